"""Reading files of ``PlainParquetWriter``, every byte checked before it becomes a number.

Parquet has a checksum for the content of a page, but none for the page's header nor for the
metadata at the end of the file. Here both are covered: the metadata is compared with the checksum
that its writer returned, and all that precedes a page's values, checksum included, with what the
writer would have written for them. Faster than pyarrow, which decodes levels that are known.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.arrays import AnyArray
from warehouse.parquet_pages import format_of, levels_of, page_header
from warehouse.plain_parquet import MAGIC

_END_BYTES = 8
"""The length of the metadata, then the magic number."""


class PlainParquetFile:
    """One opened file; ``schema`` is Arrow's, ``group_rows`` are the rows of its row groups. Close
    it, or use it as a context manager.

    Raises OSError where it cannot be read, ValueError where it is not what was written.
    """

    def __init__(self, path: Path, footer_crc32: int) -> None:
        self._file = path.open("rb", buffering=0)
        try:
            opened = self._open_metadata(footer_crc32)
        except BaseException:
            self._file.close()
            raise
        # Not ``metadata.schema``: each keeps the other until Python looks for cycles, which it does
        # by the number of objects, not by their size. Of 500 parts that were 70 MB.
        self.schema, metadata = opened.schema_arrow, opened.metadata
        self._groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        self.group_rows = tuple(group.num_rows for group in self._groups)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def read(self, name: str, groups: Sequence[int]) -> AnyArray:
        """A column of some row groups: [rows], or float[rows, units]."""
        parts = [self._read_chunk(group, self.schema.get_field_index(name)) for group in groups]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _open_metadata(self, expected: int) -> pq.ParquetFile:
        size = os.fstat(self._file.fileno()).st_size
        end = self._read(size - _END_BYTES, _END_BYTES)
        length = int.from_bytes(end[:4], "little")
        footer = self._read(size - _END_BYTES - length, length)
        if crc32(footer) != expected:
            raise ValueError("the metadata at its end has another checksum")
        return pq.ParquetFile(pa.BufferReader(MAGIC + footer + end))

    def _read_chunk(self, group: int, column: int) -> AnyArray:
        field, rows = self.schema.field(column), self.group_rows[group]
        units = field.type.list_size if pa.types.is_fixed_size_list(field.type) else None
        kind = np.dtype((field.type.value_type if units else field.type).to_pandas_dtype())
        chunk, levels = self._groups[group].column(column), levels_of(rows, units)
        count, form = rows * (units or 1), format_of(chunk.compression)
        size = len(levels) + count * kind.itemsize
        content = memoryview(self._read(chunk.data_page_offset, chunk.total_compressed_size))
        begin = chunk.total_uncompressed_size - size
        body = content[begin:]
        if content[:begin] != page_header(count, size, [body], form):
            raise ValueError(f"row group {group}, {field.name}: the page has another checksum")
        values = form.unpack(body, size, len(levels), kind)
        return values.reshape(rows, units) if units else values

    def _read(self, offset: int, size: int) -> bytes:
        content = os.pread(self._file.fileno(), size, offset) if offset >= 0 else b""
        if len(content) < size or offset < 0:
            raise ValueError("it was cut short")
        return content
