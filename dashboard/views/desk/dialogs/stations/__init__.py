"""The stations: their links, what they ask, and what they tell by telephone."""
