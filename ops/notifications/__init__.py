"""Who is told what, through which channel, until it has arrived."""
