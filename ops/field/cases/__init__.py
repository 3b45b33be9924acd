"""What concerns several departments: kinds, course and standing of a case, what is done with it."""
