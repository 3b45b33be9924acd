"""The use cases that run the solver: a trigger answered, a change by hand, plans kept ready."""
