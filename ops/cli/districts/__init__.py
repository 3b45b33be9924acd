"""The commands of an installation that holds several districts."""
