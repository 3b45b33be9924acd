"""Streets and their water in a drill: network, hydraulics, storms, what nobody sees."""
