"""Papers and tables of the services of the street."""
