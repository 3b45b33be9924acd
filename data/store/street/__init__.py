"""The parts of the store that hold the services of the street."""
