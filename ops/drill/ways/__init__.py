"""The ways of units through a simulated storm: over streets, past water and closures."""
