"""The parts of the store that a headquarters and its districts share."""
