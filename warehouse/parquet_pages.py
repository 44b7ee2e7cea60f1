"""The pages of our Parquet files: one a column and row group, its header, levels and values.

https://parquet.apache.org/docs/file-format/data-pages/encodings/: the numbers of encodings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa

from warehouse.arrays import AnyArray
from warehouse.compact_thrift import Value, i32, struct, varint

Buffer = bytes | memoryview
RLE = i32(3)
_DATA_PAGE = i32(0)


@dataclass(frozen=True)
class PageFormat:
    """How a page is stored: Parquet's numbers of its ``encoding`` and ``codec``; ``pack`` makes its
    body of levels and values, ``unpack`` gives the values back, of a body that is ``size`` bytes
    unpacked, of which the last ones are values of that type."""

    encoding: int
    codec: int
    pack: Callable[[bytes, AnyArray], Sequence[Buffer]]
    unpack: Callable[[Buffer, int, int, "np.dtype[Any]"], AnyArray]


def _pack_plain(levels: bytes, values: AnyArray) -> Sequence[Buffer]:
    return levels, np.ascontiguousarray(values).data.cast("B")


def _unpack_plain(body: Buffer, _: int, start: int, kind: "np.dtype[Any]") -> AnyArray:
    return np.frombuffer(memoryview(body)[start:], kind)


_ZSTD = pa.Codec("zstd", compression_level=1)
_NOISE_BYTES = 2
"""The lower bytes of a float32, which nothing compresses."""


def _pack_split(levels: bytes, values: AnyArray) -> Sequence[Buffer]:
    bits = np.ascontiguousarray(values).view(np.uint32).ravel()
    planes = [(bits >> np.uint32(8 * byte)).astype(np.uint8).tobytes() for byte in range(4)]
    # A frame has one table of frequencies: so the bytes that differ in them have frames of their
    # own, which saves another 4 % of all; zstd reads frames that follow one another as one.
    frames = (levels + b"".join(planes[:_NOISE_BYTES]), *planes[_NOISE_BYTES:])
    return [_ZSTD.compress(frame, asbytes=True) for frame in frames]


def _unpack_split(body: Buffer, size: int, start: int, kind: "np.dtype[Any]") -> AnyArray:
    content = _ZSTD.decompress(body, decompressed_size=size, asbytes=True)
    planes = np.frombuffer(content, np.uint8)[start:].reshape(kind.itemsize, -1)
    bits = planes[-1].astype(np.uint32)
    for plane in planes[-2::-1]:
        bits <<= np.uint32(8)
        bits |= plane
    values: AnyArray = bits.view(kind)
    return values


PLAIN = PageFormat(0, 0, _pack_plain, _unpack_plain)
SPLIT = PageFormat(9, 6, _pack_split, _unpack_split)
"""Of float32: byte by byte of all values (BYTE_STREAM_SPLIT), then zstd, which compresses signs and
exponents. Of h, c and f of a 2 x 200 LSTM on Penn Treebank, in pages of 109 x 128: 0.80 of the raw
bytes, 0.87 in one frame, 0.90 with lz4; pages of 109 x 64 the same, but read a third slower."""


def format_of(compression: str) -> PageFormat:
    """The format of pages that have this compression, by its name in pyarrow."""
    return {"UNCOMPRESSED": PLAIN, "ZSTD": SPLIT}[compression]


def page_header(count: int, size: int, body: Sequence[Buffer], form: PageFormat) -> bytes:
    """What comes before the body of a page of ``count`` values, which is ``size`` bytes unpacked;
    it holds the checksum of the body."""
    checksum = 0
    for content in body:
        checksum = crc32(content, checksum)
    page = _data_page(count, form.encoding)
    stored = i32(sum(map(len, body)))
    _, header = struct({1: _DATA_PAGE, 2: i32(size), 3: stored, 4: i32(_signed(checksum)), 5: page})
    return header


@lru_cache(maxsize=256)
def _data_page(count: int, encoding: int) -> Value:
    return struct({1: i32(count), 2: i32(encoding), 3: RLE, 4: RLE})


def _signed(number: int) -> int:
    """An unsigned 32-bit number as the signed one of the same bits."""
    return number - (number >> 31 << 32)


@lru_cache(maxsize=256)
def levels_of(rows: int, units: int | None) -> bytes:
    """The levels of a column of lists: a repetition level is 0 for a list's first value and 1 for
    the others, a definition level always 1; both come in runs, as twice the length and the level.
    A scalar has none."""
    if not units:
        return b""
    rest = varint((units - 1) << 1) + b"\1" if units > 1 else b""
    repetition, definition = rows * (b"\2\0" + rest), varint(rows * units << 1) + b"\1"
    return b"".join(len(runs).to_bytes(4, "little") + runs for runs in (repetition, definition))
