"""What can be asked of the database and written to it, each thing in one transaction."""
