"""The page of street cleaning: what is owed by road, checks, actions of volunteers, the month."""
