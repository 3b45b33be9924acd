"""What a finished plan still gains: back towards the published one, and posts manned in part."""
