"""What an external recording contains: words, sequences, labels, annotations."""
