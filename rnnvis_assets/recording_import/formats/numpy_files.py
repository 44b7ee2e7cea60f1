"""The arrays of ``.npy`` and ``.npz`` files, without ever unpickling one."""

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.formats.array_source import Array, RawArray, Source

_SAVE_AGAIN = "write the file again and let the program that writes it end"
_DAMAGE = (
    ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and zipfile raise over bytes that are no array or no archive, as a test of random
damage found."""


@dataclass(frozen=True)
class _Header:
    """What an array file says of itself; ``offset`` is where its numbers begin."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int


def _read_header(stream: IO[bytes], place: str) -> _Header:
    """Raises FaultError where there is no header, or one of an array that cannot be streamed."""
    readers = {
        (1, 0): npy_format.read_array_header_1_0,
        (2, 0): npy_format.read_array_header_2_0,
    }
    try:
        shape, by_column, dtype = readers[npy_format.read_magic(stream)](stream)
    except _DAMAGE as error:
        fault = Fault(place, str(error), "an array written by np.save", _SAVE_AGAIN)
        raise FaultError(fault) from error
    if dtype.hasobject:
        raise FaultError(Fault(
            place, "Python objects, which are never unpickled", "numbers or text of fixed length",
            "save numbers, or text as np.array(list_of_text)",
        ))  # fmt: skip
    if by_column and len(shape) > 1:
        raise FaultError(Fault(
            place, "an array stored column by column (Fortran order)", "row by row (C order)",
            f"np.save({place!r}, np.ascontiguousarray(array))",
        ))  # fmt: skip
    if not shape:
        expected = "an array with a row a token"
        raise FaultError(Fault(place, "a single number", expected, "save the whole array"))
    return _Header(dtype, shape, stream.tell())


def open_npy(path: Path) -> Source:
    """The array of a ``.npy`` file. Raises FaultError where it is damaged or cut short."""
    with path.open("rb") as stream:
        header = _read_header(stream, path.name)
    needed = header.offset + math.prod(header.shape) * header.dtype.itemsize
    found = path.stat().st_size
    if found < needed:
        raise FaultError(Fault(
            path.name, f"{found:,} bytes: the file is cut short",
            f"{needed:,} for {header.dtype}{list(header.shape)}", _SAVE_AGAIN,
        ))  # fmt: skip
    return RawArray(path.name, header.dtype, header.shape, path, header.offset)


@dataclass(frozen=True)
class ZippedArray(Source):
    """An array of an ``.npz`` file, compressed or not, decompressed as it is read."""

    path: Path
    member: str

    def _pieces(self, rows: int) -> Iterator[Array]:
        row_items = math.prod(self.shape[1:])
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                _read_header(stream, self.place)
                for start in range(0, len(self), rows):
                    count = min(rows, len(self) - start)
                    content = stream.read(count * row_items * self.dtype.itemsize)
                    values = np.frombuffer(content, self.dtype)
                    yield values.reshape(count, *self.shape[1:])
        except _DAMAGE as error:
            found = f"damaged bytes ({error})"
            raise FaultError(Fault(self.place, found, "a whole array", _SAVE_AGAIN)) from error


def open_npz(path: Path) -> Iterator[tuple[str, Source | Fault] | Fault]:
    """Every array of an ``.npz`` file by name, or what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                name = member.removesuffix(".npy")
                place = f"{path.name}, array {name}"
                try:
                    with archive.open(member) as stream:
                        header = _read_header(stream, place)
                except FaultError as error:
                    yield name, error.fault
                    continue
                yield name, ZippedArray(place, header.dtype, header.shape, path, member)
    except _DAMAGE as error:
        yield Fault(path.name, f"{error}: damaged or cut short", "an .npz file", _SAVE_AGAIN)
