"""The user's code and weights, loaded without trusting them."""
