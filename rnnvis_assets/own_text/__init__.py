"""A file of text becomes a dataset and a model that fit it (``rnnvis start``)."""
