"""The arrays of a ``.safetensors`` file.

Its header is read here and the numbers as any others (see ``sources``): the library maps the file,
and gives a slice only of what it has mapped.
https://huggingface.co/docs/safetensors: eight bytes with the header's length, a JSON header, data.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.foreign_recordings.faults import Fault
from rnnvis_assets.foreign_recordings.sources import RawArray, Source

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_LONGEST_HEADER = 100_000_000
_SAVE_AGAIN = "write the file again and let the program that writes it end"


def _entry(
    dtype: str, shape: list[int], data_offsets: list[int]
) -> tuple[str, list[int], int, int]:
    """What the header says of one array. Raises ValueError where that is no description of one."""
    begin, end = data_offsets
    if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise ValueError(f"the shape {shape} and the offsets {data_offsets}")
    return dtype, shape, begin, end


def open_safetensors(path: Path) -> Iterator[tuple[str, Source] | Fault]:
    """Every array by name, or what is wrong with it."""
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header: dict[str, Any] = json.loads(stream.read(min(length, _LONGEST_HEADER)))
        header.pop("__metadata__", None)
        entries = [(name, *_entry(**entry)) for name, entry in header.items()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield Fault(path.name, f"no header that can be read ({error})", "safetensors", _SAVE_AGAIN)
        return
    for name, kind, shape, begin, end in entries:
        place, begin, end = f"{path.name}, array {name}", begin + 8 + length, end + 8 + length
        if kind not in _DTYPES or not shape:
            found = f"{kind}{shape}"
            yield Fault(place, found, f"one of {', '.join(_DTYPES)} with rows", "convert it")
        elif end > size:
            found = f"{size:,} bytes: the file is cut short"
            yield Fault(place, found, f"{end:,} bytes", _SAVE_AGAIN)
        elif end - begin != (needed := math.prod(shape) * np.dtype(_DTYPES[kind]).itemsize):
            found = f"{end - begin:,} bytes in its header"
            yield Fault(place, found, f"{needed:,} for {kind}{shape}", _SAVE_AGAIN)
        else:
            yield name, RawArray(place, np.dtype(_DTYPES[kind]), tuple(shape), path, begin)
