"""What is called in: incidents, the matter that several are about, the work that comes of it."""
