"""The page of the desk above several districts."""
