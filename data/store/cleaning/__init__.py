"""What is kept of routine cleaning beside the crews' taps."""
