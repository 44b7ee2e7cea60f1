"""Training a network on a corpus: exact, resumable, and as fast as the hardware allows."""
