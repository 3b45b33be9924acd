"""What the services of the street speak of: cases, works, cleaning, cars, the street map."""
