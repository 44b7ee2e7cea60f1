"""What other programs write differently and means the same: converted while read, and reported."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.recording_faults import Array, Mask

BFLOAT16 = np.dtype("V2")
"""What NumPy calls the two bytes of a bfloat16, as JAX saves them."""

_FLOAT32 = np.dtype("<f4")
_SPELLED = {"V2": "bfloat16", "|b1": "bool"}


def spell(source: ArraySource) -> str:
    """The dtype as a user knows it, with its byte order where that is the unusual one."""
    dtype = source.dtype
    name = _SPELLED.get(dtype.str, _SPELLED.get(dtype.str.lstrip("<|"), dtype.name))
    return f"big-endian {name}" if dtype.str.startswith(">") else name


def as_float32(source: ArraySource) -> ArraySource | None:
    """Floats of any size and byte order, the rounding of the smaller ones remembered; None where
    the numbers are no floats. Too large ones become infinite."""
    if source.dtype == BFLOAT16:
        return _converted(source, _from_bfloat16, precision=2.0**-7)
    if source.dtype.kind != "f":
        return None
    precision = max(source.precision, float(np.finfo(source.dtype).eps))
    return _converted(source, _to_float32, precision)


def _converted(
    source: ArraySource, convert: Callable[[Array], Array], precision: float
) -> ArraySource:
    def pieces(rows: int) -> Iterator[Array]:
        return map(convert, source.pieces(rows))

    return replace(source, dtype=_FLOAT32, pieces=pieces, precision=precision)


def _to_float32(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(_FLOAT32)


def _from_bfloat16(values: Array) -> Array:
    """A bfloat16 is the upper half of a float32."""
    halves = np.ascontiguousarray(values).view("<u2").reshape(values.shape)
    return (halves.astype("<u4") << 16).view(_FLOAT32)


def as_whole_numbers(source: ArraySource) -> ArraySource | None:
    """Truth values, or floats that are whole, as int64 (-1 for NaN), one for each row; None where
    some are not whole. Raises UnreadableError where they cannot be read."""
    if source.dtype.kind not in "bf" or len(source.shape) != 1:
        return None
    values = source.read()
    numbers = np.where(np.isfinite(values), values, -1)
    if np.any(np.isinf(values)) or np.any(numbers != np.floor(numbers)) or np.any(numbers > 2**62):
        return None
    return in_memory(source.place, numbers.astype(np.int64))


def in_memory(place: str, values: Array) -> ArraySource:
    """An array that has been read."""

    def pieces(rows: int) -> Iterator[Array]:
        return (values[start : start + rows] for start in range(0, len(values), rows))

    return ArraySource(place, values.dtype, values.shape, pieces)


def flatten_steps(source: ArraySource) -> ArraySource:
    """[sequences, steps, …] as [sequences · steps, …]."""
    sequences, steps, *rest = source.shape

    def pieces(rows: int) -> Iterator[Array]:
        at_once = max(1, rows // max(steps, 1))
        return (piece.reshape(-1, *rest) for piece in source.pieces(at_once))

    return replace(source, shape=(sequences * steps, *rest), pieces=pieces)


def keep_rows(source: ArraySource, kept: Mask) -> ArraySource:
    """The rows for which ``kept`` [rows] is true."""

    def pieces(rows: int) -> Iterator[Array]:
        first = 0
        for piece in source.pieces(rows):
            yield piece[kept[first : first + len(piece)]]
            first += len(piece)
        if first != len(kept):
            raise source.misses_rows(first)

    return replace(source, shape=(int(kept.sum()), *source.shape[1:]), pieces=pieces)
