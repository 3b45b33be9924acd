"""The plan: one job looked at, changed by hand, what is left out, what is held or kept ready."""
