"""What a drill has shown, as somebody reads it: pages, pictures, sentences."""
