"""The district's tables as a whole: taken in, looked through, places found on them."""
