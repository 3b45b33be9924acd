"""What the plan in force leaves to the next one: what is under way, told, ordered or late. Pure."""
