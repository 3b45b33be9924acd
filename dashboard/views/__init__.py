"""The pages of the board, and how one gets from one to the other."""
