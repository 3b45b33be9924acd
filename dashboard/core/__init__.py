"""What every page of the board stands on: who looks, the frame around a page, its theme."""
