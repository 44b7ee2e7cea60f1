"""The user's code and weights."""
