"""Dry-day works: their order, the dry days they wait for, what clashes, what residents are told."""
