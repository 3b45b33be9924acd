"""Warnings and forecasts of any provider -> one form. Imports nothing of ours."""
