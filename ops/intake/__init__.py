"""What comes from outside: warnings, forecasts, recorded storms, the ordered level."""
