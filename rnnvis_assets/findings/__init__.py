"""Findings: the paper's observations as numbers with an interval and a verdict."""
