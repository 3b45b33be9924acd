"""Files of others: headings mapped to ours, streets cut, rows taken in."""
