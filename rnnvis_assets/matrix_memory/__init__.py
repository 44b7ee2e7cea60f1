"""Layers that remember in a matrix a head (linear attention, state spaces), read from factors."""
