"""The kinds of model (trained here, imported, recorded by another program) and their stages."""
