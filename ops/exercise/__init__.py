"""A drill on one's own district beside real operation: its home, script, injects and report."""
