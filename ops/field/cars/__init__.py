"""The service cars: what is in their kits, what calls took, what they should carry therefore."""
