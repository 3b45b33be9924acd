"""The HTTP door beside the board: phone pages, sign-in, the API, and what guards them."""
