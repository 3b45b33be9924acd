"""Commands that measure how much an installation can carry."""
