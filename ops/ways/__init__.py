"""Ways over the streets of a district. Pure: a street map and what closes it in, seconds out."""
