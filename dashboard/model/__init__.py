"""What a page shows, gathered from the database once; no look, no page."""
