"""Districts and storms drawn at random, and the laws that every plan for them must keep."""
