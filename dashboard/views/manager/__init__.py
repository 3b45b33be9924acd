"""The manager's page: response times, the storm's ledger, the crews' hours."""
