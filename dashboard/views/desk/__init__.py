"""The duty desk: the situation, the jobs, and what the desk does about them."""
