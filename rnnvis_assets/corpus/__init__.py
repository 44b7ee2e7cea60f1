"""Text in, numbered words out: sources, tokenisers, vocabulary, splits, part-of-speech tags."""
