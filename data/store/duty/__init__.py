"""The parts of the store that hold who is on duty and what was said there."""
