"""Releases: what an analysis is published with, beside its tables."""
