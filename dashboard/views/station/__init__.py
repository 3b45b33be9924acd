"""The station chief's page: his sheet, and what he reports of it."""
