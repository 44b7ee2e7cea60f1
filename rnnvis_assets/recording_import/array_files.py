"""The arrays of ``.npy``, ``.npz`` and ``.safetensors`` files. Nothing is ever unpickled."""

import json
import math
import struct
import threading
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from safetensors import SafetensorError, safe_open

from rnnvis_assets.recording_import.array_conversion import BFLOAT16
from rnnvis_assets.recording_import.array_source import WRITE_AGAIN, ArraySource, NamedArray
from rnnvis_assets.recording_import.recording_faults import Array, RecordingFault, UnreadableError

_OpenStream = Callable[[], AbstractContextManager[IO[bytes]]]
_DAMAGE = (
    ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
    SafetensorError,
)  # fmt: skip
"""What the readers raise over bytes that are no array, as a test with random damage found."""
_ONE_PARSER = threading.Lock()
"""Layers are read side by side, and Python's parser, which NumPy gives a header to, raises
SystemError where two threads use it (https://github.com/python/cpython/issues/106905)."""


@contextmanager
def _whole(place: str) -> Iterator[None]:
    """Raises UnreadableError for whatever the readers raise."""
    try:
        yield
    except _DAMAGE as error:
        found = f"damaged or cut short bytes ({error})"
        raise UnreadableError(place, found, "a whole file", WRITE_AGAIN) from error


def open_array_file(path: Path) -> Iterator[NamedArray]:
    """The arrays of a file; none where its name ends in none of the three formats."""
    try:
        with _whole(path.name):
            if path.suffix == ".npy":
                yield path.stem, _open_npy(path.name, path.stat().st_size, lambda: path.open("rb"))
            elif path.suffix == ".npz":
                yield from _open_npz(path)
            elif path.suffix == ".safetensors":
                yield from _open_safetensors(path)
    except UnreadableError as error:
        yield "", error.fault


def _open_npz(path: Path) -> Iterator[NamedArray]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    for member in members:
        name = member.filename.removesuffix(".npy")
        opened = partial(_open_member, path, member.filename)
        yield name, _open_npy(f"{path.name}, array {name}", member.file_size, opened)


@contextmanager
def _open_member(path: Path, member: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
        yield stream


def _open_npy(place: str, size: int, open_stream: _OpenStream) -> ArraySource | RecordingFault:
    """The array of a stream of ``size`` bytes in NumPy's format."""
    try:
        with open_stream() as stream:
            shape, by_column, dtype = _read_header(stream)
            needed = stream.tell() + math.prod(shape) * dtype.itemsize
    except _DAMAGE as error:
        return RecordingFault(place, str(error), "an array written by np.save", WRITE_AGAIN)
    if dtype.hasobject:
        return RecordingFault(
            place, "Python objects, which are never unpickled", "numbers or text of fixed length",
            "save numbers, or text as np.array(list_of_text)",
        )  # fmt: skip
    if not shape:
        expected = "an array with a row per token"
        return RecordingFault(place, "a single number", expected, "save the whole array")
    if size < needed:
        return RecordingFault(
            place, f"{size:,} bytes: the file is cut short",
            f"{needed:,} for {dtype}{list(shape)}", WRITE_AGAIN,
        )  # fmt: skip
    by_column = by_column and len(shape) > 1
    read = _read_columns if by_column else _npy_pieces
    pieces = partial(read, place, open_stream, dtype, shape)
    return ArraySource(place, dtype, shape, pieces)


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether stored column by column, and dtype. Raises one of ``_DAMAGE``."""
    readers = {
        (1, 0): npy_format.read_array_header_1_0,
        (2, 0): npy_format.read_array_header_2_0,
    }
    reader = readers[npy_format.read_magic(stream)]
    with _ONE_PARSER:
        shape, by_column, dtype = reader(stream)
    if min(shape, default=0) < 0:
        raise ValueError(f"the shape {shape}")
    return shape, by_column, dtype


def _row_pieces(
    stream: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...], rows: int
) -> Iterator[Array]:
    """What follows in the stream, ``rows`` rows at a time."""
    row_bytes = math.prod(shape[1:]) * dtype.itemsize
    for start in range(0, shape[0], rows):
        count = min(rows, shape[0] - start)
        values = np.frombuffer(stream.read(count * row_bytes), dtype)
        yield values.reshape(count, *shape[1:])


def _npy_pieces(
    place: str, open_stream: _OpenStream, dtype: np.dtype[Any], shape: tuple[int, ...], rows: int
) -> Iterator[Array]:
    """Read, not mapped: mapped pages count as memory of this process until the file is closed."""
    with _whole(place), open_stream() as stream:
        _read_header(stream)
        yield from _row_pieces(stream, dtype, shape, rows)


def _read_columns(
    place: str, open_stream: _OpenStream, dtype: np.dtype[Any], shape: tuple[int, ...], rows: int
) -> Iterator[Array]:
    """Of an array that is stored column by column (Fortran order), each block column by column."""
    columns, size = math.prod(shape[1:]), dtype.itemsize
    with _whole(place), open_stream() as stream:
        _read_header(stream)
        begin = stream.tell()
        for start in range(0, shape[0], rows):
            count = min(rows, shape[0] - start)
            values = np.empty((count, columns), dtype, "F")
            for column in range(columns):
                stream.seek(begin + (column * shape[0] + start) * size)
                values[:, column] = np.frombuffer(stream.read(count * size), dtype)
            yield np.ascontiguousarray(values.reshape((count, *shape[1:]), order="F"))


def _open_safetensors(path: Path) -> Iterator[NamedArray]:
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118 - it is no mapping
            yield name, _open_tensor(path, name, file)


def _open_tensor(path: Path, name: str, file: Any) -> ArraySource | RecordingFault:
    tensor = file.get_slice(name)
    place, shape = f"{path.name}, array {name}", tuple(tensor.get_shape())
    if tensor.get_dtype() == "BF16" and shape:
        return ArraySource(place, BFLOAT16, shape, partial(_half_pieces, path, place, name, shape))
    try:
        dtype = (tensor[:0] if math.prod(shape) else file.get_tensor(name)).dtype
    except _DAMAGE:
        found, expected = f"{tensor.get_dtype()}{list(shape)}", "a dtype of NumPy's, with rows"
        repair = "save it as float32, a row per token, or as whole numbers"
        return RecordingFault(place, found, expected, repair)
    return ArraySource(place, dtype, shape, partial(_tensor_pieces, path, place, name, shape[0]))


def _tensor_pieces(path: Path, place: str, name: str, total: int, rows: int) -> Iterator[Array]:
    """The file is opened for each piece, since it stays mapped as long as it is open."""
    with _whole(place):
        for start in range(0, total, rows):
            with safe_open(path, framework="numpy") as file:
                piece = file.get_slice(name)[start : min(start + rows, total)]
            yield piece


def _half_pieces(
    path: Path, place: str, name: str, shape: tuple[int, ...], rows: int
) -> Iterator[Array]:
    """The two bytes of each bfloat16, which NumPy has no name for."""
    with _whole(place), path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        begin = json.loads(stream.read(length))[name]["data_offsets"][0]
        stream.seek(8 + length + begin)
        yield from _row_pieces(stream, BFLOAT16, shape, rows)
