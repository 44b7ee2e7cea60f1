"""The arrays of a ``.safetensors`` file.

Its header is read here and the numbers as any others (see ``sources``): the library maps the file,
and gives a slice only of what it has mapped.
https://huggingface.co/docs/safetensors: eight bytes with the header's length, a JSON header, data.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.formats.array_source import RawArray, Source

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_SHOWN = 120
_LONGEST_HEADER = 100_000_000
_SAVE_AGAIN = "write the file again and let the program that writes it end"


@dataclass(frozen=True)
class _Entry:
    """What the header says of one array; offsets are bytes after the header."""

    dtype: str
    shape: list[int]
    data_offsets: list[int]

    @classmethod
    def read(cls, content: Any) -> "_Entry":
        """Raises ValueError where that is no description of an array."""
        try:
            entry = cls(**content)
            begin, end = entry.data_offsets
            numbers = (*entry.shape, begin, end)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{content}"[:_SHOWN]) from error
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError(f"{content}"[:_SHOWN])
        return entry

    @property
    def kind(self) -> np.dtype[Any] | None:
        """None where NumPy has no such numbers."""
        return np.dtype(_DTYPES[self.dtype]) if self.dtype in list(_DTYPES) else None


def open_safetensors(path: Path) -> Iterator[tuple[str, Source | Fault] | Fault]:
    """Every array by name, or what is wrong with it."""
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header: dict[str, Any] = json.loads(stream.read(min(length, _LONGEST_HEADER)))
        header.pop("__metadata__", None)
        entries = list(header.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        yield Fault(path.name, f"no header that can be read ({error})", "safetensors", _SAVE_AGAIN)
        return
    for name, content in entries:
        try:
            yield name, _open(path, f"{path.name}, array {name}", content, 8 + length)
        except FaultError as error:
            yield name, error.fault


def _open(path: Path, place: str, content: Any, data: int) -> Source:
    """Raises FaultError where the array is none that can be read, or not there in whole."""
    try:
        entry = _Entry.read(content)
    except ValueError as error:
        expected = "its dtype, its shape and its two offsets, in whole numbers, in the header"
        raise FaultError(Fault(place, str(error), expected, _SAVE_AGAIN)) from error
    kind, shape, (begin, end) = entry.kind, tuple(entry.shape), entry.data_offsets
    if kind is None or not shape:
        expected = f"one of {', '.join(_DTYPES)} with rows"
        mend = "save it as float32, a row a token, or whole numbers"
        raise FaultError(Fault(place, f"{entry.dtype}{entry.shape}", expected, mend))
    needed, size = math.prod(shape) * kind.itemsize, path.stat().st_size
    if data + end > size:
        found = f"{size:,} bytes: the file is cut short"
        raise FaultError(Fault(place, found, f"{data + end:,} bytes", _SAVE_AGAIN))
    if end - begin != needed:
        found, expected = f"{end - begin:,} bytes in its header", f"{needed:,} for {entry.dtype}"
        raise FaultError(Fault(place, found, f"{expected}{entry.shape}", _SAVE_AGAIN))
    return RawArray(place, kind, shape, path, data + begin)
