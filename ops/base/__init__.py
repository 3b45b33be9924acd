"""What all of ops stands on: where files lie, the words, the errors, the log."""
