"""A corpus that anybody can make: a neural voice from packages, and noise by arithmetic."""
