"""What is kept: entities, the database, the tables of a district as files."""
