"""Situation -> HTML, charts and maps; reads no database and asks nobody."""
