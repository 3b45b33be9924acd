"""The desk above several districts of one installation: which there are, what they publish."""
