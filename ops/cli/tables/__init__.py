"""Commands that bring in the district's tables and streets."""
