"""Reading tokens with an imported network: its layers found, called and verified."""
