"""Recordings that other programs wrote: reading, checking and importing them."""
