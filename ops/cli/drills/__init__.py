"""Commands of drills and of what is learnt from them."""
