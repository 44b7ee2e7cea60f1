"""Writing arrays of floats as Parquet at the speed of a copy.

pyarrow computes and encodes two levels for every float of a fixed-size list: a third of the
time of recording a 2 x 600 LSTM. As no list is null or of another length, the levels of a page
follow from its shape: this writes them and then the array's own memory. The files are plain
Parquet for pyarrow, DuckDB or any other reader: a column of a row group is one page, uncompressed
unless asked otherwise, with the checksum that the format provides for, and scalars have statistics.
``plain_parquet_file`` reads them back, every byte checked.

https://github.com/apache/parquet-format, parquet.thrift: the numbers below are its field numbers.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

import pyarrow as pa

from warehouse.arrays import AnyArray
from warehouse.compact_thrift import Value, binary, i32, i64, list_of, struct
from warehouse.parquet_pages import PLAIN, RLE, PageFormat, levels_of, page_header

MAGIC = b"PAR1"
_VERSION = i32(2)
_CREATED_BY = b"rnnvis version 1"
_TYPES = {pa.int32(): i32(1), pa.int64(): i32(2), pa.float32(): i32(4), pa.float16(): i32(7)}
_REQUIRED, _REPEATED, _CONVERTED_LIST = i32(0), i32(2), i32(3)
_ORDERED_BY_TYPE = struct({1: struct({})})


class PlainParquetWriter:
    """One file of required int32, int64 and fixed-size lists of required float32
    or float16.

    It is complete once it is closed; ``num_rows`` counts what was written, ``footer_crc32`` is the
    checksum of the metadata at its end, for which Parquet itself has none.
    """

    def __init__(self, path: Path, schema: pa.Schema, arrays: PageFormat = PLAIN) -> None:
        """``arrays``: how the pages of lists are stored; those of scalars are plain."""
        self.num_rows = self.footer_crc32 = 0
        self._schema, self._arrays, self._position = schema, arrays, 0
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
        begin, form = self._position, self._arrays if units else PLAIN
        levels = levels_of(rows, units)
        body, size = form.pack(levels, values), len(levels) + values.nbytes
        header = page_header(values.size, size, body, form)
        for content in (header, *body):
            self._write(content)
        path = [field.name, "list", "element"] if units else [field.name]
        description = {
            1: _TYPES[leaf],
            2: list_of([i32(form.encoding), RLE]),
            3: list_of([binary(name.encode()) for name in path]),
            4: i32(form.codec),
            5: i64(values.size),
            6: i64(len(header) + size),
            7: i64(self._position - begin),
            9: i64(begin),
        }
        if not units:
            description[12] = struct(
                {5: binary(values.max().tobytes()), 6: binary(values.min().tobytes())}
            )
        return struct({2: i64(begin), 3: struct(description)})


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
