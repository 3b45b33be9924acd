"""One file for each source: its payload -> alerts and rain."""
