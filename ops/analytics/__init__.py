"""Looking back: response times, shares, storms, hours. Pure but for reading the history."""
