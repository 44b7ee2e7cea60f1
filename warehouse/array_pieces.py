"""Ranges of large arrays, so short that copies of them in float64 hardly count."""

from collections.abc import Iterator

PIECE = 2**22
"""Numbers in a range: 32 MiB in float64."""


def pieces(length: int, width: int) -> Iterator[slice]:
    """Consecutive ranges of ``length`` rows (or columns) of ``width`` numbers each."""
    step = max(1, PIECE // max(width, 1))
    return (slice(start, start + step) for start in range(0, length, step))
