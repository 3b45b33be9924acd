"""A district's tables as Excel and CSV, in and out, with every mistake named by its cell."""
