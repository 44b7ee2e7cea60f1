"""File formats of external recordings, each read block by block."""
