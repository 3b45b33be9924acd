"""The monthly sheet of street cleaning for the superior office."""
