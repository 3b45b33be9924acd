"""What a city's headquarters knows: its districts, what each publishes, what it tells them."""
