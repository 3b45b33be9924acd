"""The text of a Chinese warning -> an alert: signals, who, when, how much."""
