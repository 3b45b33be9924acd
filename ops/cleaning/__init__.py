"""Routine cleaning (道路保洁、创城): rounds by road class, checks, volunteers, the month."""
