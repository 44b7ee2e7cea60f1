"""Checks of an external recording, and how faults are reported."""
