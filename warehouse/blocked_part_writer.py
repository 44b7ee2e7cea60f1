"""One part of a recording in blocks of units, without the changes that its states give.

A change is left out where the difference of the states is that change, to the last bit, in every
row of the part. That is known only at its end: a part whose later rows differ is written again.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from warehouse.arrays import AnyArray, Float32Array
from warehouse.parquet_pages import PLAIN, SPLIT
from warehouse.plain_parquet import PlainParquetWriter
from warehouse.plain_parquet_file import PlainParquetFile
from warehouse.recorded_rows import ALL_UNITS, RecordedRows, changes_of
from warehouse.recording_schema import (
    SCALARS,
    LayerShape,
    RecordingFormat,
    block_name,
    recording_schema,
)

Columns = Mapping[str, AnyArray]
States = Mapping[str, Float32Array]


class BlockedPartWriter:
    """Writes a part as ``PlainParquetWriter`` does, given the contract's columns.

    ``before``: the states float32[units] in the last row of the part before; none where that is not
    known. ``last_states`` are those of the last row.
    """

    def __init__(
        self, path: Path, layer: LayerShape, stored: RecordingFormat, before: States
    ) -> None:
        self._path, self._layer, self._stored = path, layer, stored
        self._before = self.last_states = before
        self._omitted: frozenset[str] = frozenset()
        self._file: PlainParquetWriter | None = None

    @property
    def num_rows(self) -> int:
        return self._file.num_rows if self._file else 0

    @property
    def footer_crc32(self) -> int:
        return self._file.footer_crc32 if self._file else 0

    def write_row_group(self, columns: Columns) -> None:
        """Adds one row group. Raises as ``PlainParquetWriter`` does."""
        derived = self._derived_from(columns)
        if self._file is None:
            self._file = self._begin(derived)
        elif not self._omitted <= derived:
            self._write_again(self._file, self._omitted & derived)
        self._file.write_row_group(self._in_blocks(columns))
        self.last_states = {name: columns[name][-1].copy() for name in self._layer.states}

    def close(self) -> None:
        """Completes the file."""
        if self._file:
            self._file.close()

    def abandon(self) -> None:
        """Closes the file as it is, which is no Parquet."""
        if self._file:
            self._file.abandon()

    def _derived_from(self, columns: Columns) -> frozenset[str]:
        """The changes that states of float32 give."""
        position = columns["position"]
        if self._stored.precision != "float32" or (position[0] and not self.last_states):
            return frozenset()
        found = set()
        for state in self._layer.states:
            before = self.last_states.get(state, np.zeros_like(columns[state][0]))
            change = columns.get(f"{state}_delta")
            if change is not None and _same_bits(
                changes_of(columns[state], position, before), change
            ):
                found.add(f"{state}_delta")
        return frozenset(found)

    def _begin(self, omitted: frozenset[str]) -> PlainParquetWriter:
        self._omitted = omitted
        arrays = tuple(name for name in self._layer.arrays if name not in omitted)
        schema = recording_schema(replace(self._layer, arrays=arrays), self._stored)
        form = SPLIT if self._stored.precision == "float32" else PLAIN
        return PlainParquetWriter(self._path, schema, form)

    def _in_blocks(self, columns: Columns) -> Columns:
        stored = {name: columns[name] for name in SCALARS}
        for name in self._layer.arrays:
            if name not in self._omitted:
                for block in self._stored.blocks(self._layer.units):
                    stored[block_name(name, block)] = columns[name][:, block]
        return stored

    def _write_again(self, file: PlainParquetWriter, omitted: frozenset[str]) -> None:
        """Writes what there is of the part with changes that were left out."""
        file.close()
        old = self._path.rename(self._path.with_suffix(".old"))
        self._file = again = self._begin(omitted)
        last, names = self._before, (*SCALARS, *self._layer.arrays)
        with PlainParquetFile(old, file.footer_crc32) as written:
            for group in range(len(written.group_rows)):
                rows = RecordedRows(
                    written, [group], self._layer, self._stored, ALL_UNITS, last.__getitem__
                )
                columns = {name: rows[name] for name in names}
                again.write_row_group(self._in_blocks(columns))
                last = {name: columns[name][-1] for name in self._layer.states}
        old.unlink()


def _same_bits(one: Float32Array, other: Float32Array) -> bool:
    return np.array_equal(one.view(np.int32), np.ascontiguousarray(other).view(np.int32))
