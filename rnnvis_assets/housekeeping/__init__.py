"""Keeping the storage in order: removing, pruning, and handing an analysis to another machine."""
