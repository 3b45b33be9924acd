"""The HTTP door beside the board: phone pages, sign-in, incident API, and what guards them."""
