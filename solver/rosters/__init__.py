"""Rosters of many days: what is asked, the referee, the model that finds them."""
