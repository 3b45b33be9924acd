"""The search that makes a plan excellent: compiled ruin and recreate."""
