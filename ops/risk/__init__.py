"""Weather and record -> the rain to plan on, the risk of each road, the work that must stop."""
