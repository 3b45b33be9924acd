"""Situation -> tasks -> problem, and plan -> duty sheets. Pure."""
