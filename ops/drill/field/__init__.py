"""What the field does, whoever sent it: who is there, works, is late, and what is heard."""
