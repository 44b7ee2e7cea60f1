"""What the views draw, read from releases and networks."""
