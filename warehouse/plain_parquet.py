"""Writing arrays of floats as Parquet at the speed of a copy.

pyarrow computes and encodes two levels for every float of a fixed-size list: a third of the
time of recording a 2 x 600 LSTM. As no list is null or of another length, the levels of a page
follow from its shape: this writes them and then the array's own memory. The files are plain
Parquet for pyarrow, DuckDB or any other reader: a column of a row group is one page, uncompressed,
with the checksum that the format provides for, and scalars have statistics.
``plain_parquet_file`` reads them back, every byte checked.

https://github.com/apache/parquet-format, parquet.thrift: the numbers below are its field numbers.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md: their encoding.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

from warehouse.arrays import AnyArray

Value = tuple[int, bytes]
"""A value's type in Thrift's compact protocol, and its bytes."""

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_LONG_LIST = 15


def varint(number: int) -> bytes:
    """A number of at least 0 in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def _zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def i32(number: int) -> Value:
    """A 32-bit integer."""
    return _I32, _zigzag(number)


def i64(number: int) -> Value:
    """A 64-bit integer."""
    return _I64, _zigzag(number)


def binary(content: bytes) -> Value:
    """Bytes, or text in UTF-8."""
    return _BINARY, varint(len(content)) + content


def list_of(values: Sequence[Value]) -> Value:
    """A list of values of one type, at least one of them."""
    kind, size = values[0][0], len(values)
    length = b"" if size < _LONG_LIST else varint(size)
    header = bytes([min(size, _LONG_LIST) << 4 | kind]) + length
    return _LIST, header + b"".join(content for _, content in values)


def struct(fields: Mapping[int, Value]) -> Value:
    """A struct of fields by number, in ascending order, at most 15 apart."""
    parts, last = [], 0
    for number, (kind, content) in fields.items():
        parts.append(bytes([(number - last) << 4 | kind]) + content)
        last = number
    return _STRUCT, b"".join(parts) + b"\0"


MAGIC = b"PAR1"
_VERSION = i32(2)
_CREATED_BY = b"rnnvis version 1"
_TYPES = {pa.int32(): i32(1), pa.int64(): i32(2), pa.float32(): i32(4), pa.float16(): i32(7)}
_REQUIRED, _REPEATED, _CONVERTED_LIST = i32(0), i32(2), i32(3)
_PLAIN, _RLE = i32(0), i32(3)
_DATA_PAGE, _UNCOMPRESSED = i32(0), i32(0)
_ORDERED_BY_TYPE = struct({1: struct({})})


class PlainParquetWriter:
    """One file of required int32, int64 and fixed-size lists of required float32
    or float16.

    It is complete once it is closed; ``num_rows`` counts what was written, ``footer_crc32`` is the
    checksum of the metadata at its end, for which Parquet itself has none.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.num_rows = self.footer_crc32 = 0
        self._schema, self._position = schema, 0
        self._groups: list[Value] = []
        self._file = path.open("wb", buffering=0)
        self._write(MAGIC)

    def write_row_group(self, columns: Mapping[str, AnyArray]) -> None:
        """Adds one row group: [rows] or float[rows, units] a column.

        Raises ValueError where a column is of another shape or type, OSError where the disk is
        full.
        """
        begin, rows = self._position, len(columns[self._schema.names[0]])
        chunks = [self._write_chunk(field, columns[field.name], rows) for field in self._schema]
        size = self._position - begin
        self._groups.append(struct({1: list_of(chunks), 2: i64(size), 3: i64(rows)}))
        self.num_rows += rows

    def close(self) -> None:
        """Writes the metadata that completes the file, and closes it."""
        _, description = struct(
            {
                1: _VERSION,
                2: list_of(_schema_elements(self._schema)),
                3: i64(self.num_rows),
                4: list_of(self._groups),
                5: list_of([_arrow_schema(self._schema)]),
                6: binary(_CREATED_BY),
                7: list_of([_ORDERED_BY_TYPE] * len(self._schema)),
            }
        )
        self.footer_crc32 = crc32(description)
        self._write(description + len(description).to_bytes(4, "little") + MAGIC)
        self._file.close()

    def abandon(self) -> None:
        """Closes the file as it is, which is no Parquet."""
        self._file.close()

    def _write(self, content: bytes | memoryview) -> None:
        left = memoryview(content).cast("B")
        while left:
            written = self._file.write(left)
            self._position += written
            left = left[written:]

    def _write_chunk(self, field: pa.Field, values: AnyArray, rows: int) -> Value:
        units = field.type.list_size if pa.types.is_fixed_size_list(field.type) else None
        leaf = field.type.value_type if units else field.type
        shape = (rows, units) if units else (rows,)
        if (values.shape, values.dtype) != (shape, leaf.to_pandas_dtype()):
            raise ValueError(f"{field.name}: {values.dtype}{values.shape}, expected {leaf}{shape}")
        begin, content = self._position, np.ascontiguousarray(values).data.cast("B")
        self._write(page_start(rows, units, content))
        self._write(content)
        size = i64(self._position - begin)
        path = [field.name, "list", "element"] if units else [field.name]
        description = {
            1: _TYPES[leaf],
            2: list_of([_PLAIN, _RLE]),
            3: list_of([binary(name.encode()) for name in path]),
            4: _UNCOMPRESSED,
            5: i64(values.size),
            6: size,
            7: size,
            9: i64(begin),
        }
        if not units:
            description[12] = struct(
                {5: binary(values.max().tobytes()), 6: binary(values.min().tobytes())}
            )
        return struct({2: i64(begin), 3: struct(description)})


def page_start(rows: int, units: int | None, values: memoryview) -> bytes:
    """What comes before a page's values: its header, which holds the checksum of all that follows
    it, and the levels of a column of lists."""
    levels = _levels(rows, units)
    count, size = rows * (units or 1), i32(len(levels) + len(values))
    page = struct({1: i32(count), 2: _PLAIN, 3: _RLE, 4: _RLE})
    checksum = i32(_signed(crc32(values, crc32(levels))))
    _, header = struct({1: _DATA_PAGE, 2: size, 3: size, 4: checksum, 5: page})
    return header + levels


def _signed(number: int) -> int:
    """An unsigned 32-bit number as the signed one of the same bits."""
    return number - (number >> 31 << 32)


@lru_cache(maxsize=256)
def _levels(rows: int, units: int | None) -> bytes:
    """A repetition level is 0 for a list's first value and 1 for the others, a definition level
    always 1; both come in runs, as twice the length and the level."""
    if not units:
        return b""
    rest = varint((units - 1) << 1) + b"\1" if units > 1 else b""
    repetition, definition = rows * (b"\2\0" + rest), varint(rows * units << 1) + b"\1"
    return b"".join(len(runs).to_bytes(4, "little") + runs for runs in (repetition, definition))


def _schema_elements(schema: pa.Schema) -> list[Value]:
    """The tree of columns, parents before children; a list is three levels deep."""
    elements = [struct({4: binary(b"schema"), 5: i32(len(schema))})]
    for field in schema:
        name = binary(field.name.encode())
        if pa.types.is_fixed_size_list(field.type):
            elements += [
                struct({3: _REQUIRED, 4: name, 5: i32(1), 6: _CONVERTED_LIST}),
                struct({3: _REPEATED, 4: binary(b"list"), 5: i32(1)}),
                _leaf(field.type.value_type, binary(b"element")),
            ]
        else:
            elements.append(_leaf(field.type, name))
    return elements


def _leaf(kind: pa.DataType, name: Value) -> Value:
    """A column's values. A float16 is two bytes, and a logical type that says what they are."""
    if kind != pa.float16():
        return struct({1: _TYPES[kind], 3: _REQUIRED, 4: name})
    return struct({1: _TYPES[kind], 2: i32(2), 3: _REQUIRED, 4: name, 10: struct({15: struct({})})})


def _arrow_schema(schema: pa.Schema) -> Value:
    """Arrow's own schema, in which the lists have a fixed size."""
    encoded = base64.b64encode(schema.serialize())
    return struct({1: binary(b"ARROW:schema"), 2: binary(encoded)})
