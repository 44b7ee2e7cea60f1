"""Recordings: what every token did to the state, in Parquet parts (docs/design.md, Recording).

Belongs here: the files of a recording, and reading them in row order. Does not belong here: writing
them (see ``recording_writer``), running the network (see ``rnnvis_assets.recording``).

    _recording.json                    layers, rows and bytes of every part, source
    layer=<l>/part-00000.parquet ...   one row a token, ordered by sequence then position
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.arrays import AnyArray, Int64Array
from warehouse.errors import RecordingError
from warehouse.recording_schema import LayerShape, recording_schema

Columns = Mapping[str, AnyArray]
"""Arrays by column name: scalars [rows], states float32[rows, units]."""

DESCRIPTION = "_recording.json"
_REPAIR = "rnnvis materialize MODEL --recordings"


def part_path(folder: Path, layer: int, part: int) -> Path:
    """Where a part of a layer lies in a recording's folder."""
    return folder / f"layer={layer}" / f"part-{part:05d}.parquet"


@dataclass(frozen=True)
class Recording:
    """A recording on disk. ``parts`` holds the rows of every part, the same for each layer."""

    folder: Path
    layers: tuple[LayerShape, ...]
    parts: tuple[int, ...]
    source: Mapping[str, Any]

    @property
    def num_layers(self) -> int:
        return len(self.layers)

    @property
    def units(self) -> tuple[int, ...]:
        """Units of every layer."""
        return tuple(layer.units for layer in self.layers)

    @property
    def num_tokens(self) -> int:
        return sum(self.parts)

    @property
    def starts_from_zero(self) -> bool:
        """Whether the state before every sequence is zero; an external one may not be."""
        return bool(self.source.get("starts_from_zero", True))

    @property
    def analysed(self) -> tuple[tuple[int, str], ...]:
        """Every layer and state that can be analysed, from the input up."""
        return tuple(
            (number, state) for number, layer in enumerate(self.layers) for state in layer.states
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """``_recording.json``, then the parts, each in all layers."""
        parts, layers = range(len(self.parts)), range(self.num_layers)
        paths = (part_path(self.folder, layer, part) for part in parts for layer in layers)
        return (self.folder / DESCRIPTION, *paths)

    @cached_property
    def _offsets(self) -> Int64Array:
        """The first row of every part, and the end."""
        return np.concatenate([[0], np.cumsum(self.parts)]).astype(np.int64)

    def batches(
        self, layer: int, columns: Sequence[str], rows: int = 4096
    ) -> Iterator[Mapping[str, AnyArray]]:
        """All rows of a layer in order, at most ``rows`` at a time; no more is held in memory.

        Scalars are 1-d arrays, states float32[rows, units]; read-only, over Arrow's memory. Raises
        RecordingError for a column that was not recorded and for a part that cannot be read.
        """
        self._check_columns(layer, columns)
        for part in range(len(self.parts)):
            with self._open(layer, part) as file:
                for batch in file.iter_batches(rows, columns=list(columns)):
                    yield {name: _numpy(batch.column(name)) for name in columns}

    def rows(
        self, layer: int, columns: Sequence[str], start: int, stop: int
    ) -> Mapping[str, AnyArray]:
        """Rows ``start`` to ``stop`` (a sentence, say); reads only the row groups that hold them.

        Raises RecordingError where they are not rows of the recording, and as ``batches`` does.
        """
        self._check_columns(layer, columns)
        if not 0 <= start < stop <= self.num_tokens:
            raise RecordingError(f"rows {start} to {stop}: the recording has {self.num_tokens}")
        begins, tables = [], []
        for part in _overlapping(self._offsets, start, stop):
            with self._open(layer, part) as file:
                offsets = self._offsets[part] + _group_offsets(file)
                groups = _overlapping(offsets, start, stop)
                begins.append(int(offsets[groups.start]))
                tables.append(file.read_row_groups(list(groups), columns=list(columns)))
        table = pa.concat_tables(tables).slice(start - begins[0], stop - start).combine_chunks()
        return {name: _numpy(table.column(name).chunk(0)) for name in columns}

    def _check_columns(self, layer: int, columns: Sequence[str]) -> None:
        known = recording_schema(self.layers[layer]).names
        unknown = [name for name in columns if name not in known]
        if unknown:
            raise RecordingError(f"{self.folder}, layer {layer} has no {unknown}, only {known}")

    @contextmanager
    def _open(self, layer: int, part: int) -> Iterator[pq.ParquetFile]:
        path = part_path(self.folder, layer, part)
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                yield file
        except (OSError, pa.ArrowInvalid) as error:
            raise RecordingError(f"{path} cannot be read: {error}", repair=_REPAIR) from error


def _numpy(column: pa.Array) -> AnyArray:
    if pa.types.is_fixed_size_list(column.type):
        values = column.flatten().to_numpy(zero_copy_only=True)
        return values.reshape(len(column), column.type.list_size)  # type: ignore[no-any-return]
    return column.to_numpy(zero_copy_only=True)  # type: ignore[no-any-return]


def _overlapping(offsets: Int64Array, start: int, stop: int) -> range:
    """Which of the runs that ``offsets`` cut have rows from ``start`` to ``stop``."""
    first = int(np.searchsorted(offsets, start, side="right")) - 1
    last = int(np.searchsorted(offsets, stop, side="left"))
    return range(max(first, 0), min(last, len(offsets) - 1))


def _group_offsets(file: pq.ParquetFile) -> Int64Array:
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _layers(content: Mapping[str, Any]) -> tuple[LayerShape, ...]:
    return tuple(
        LayerShape(**{**layer, "arrays": tuple(layer["arrays"])}) for layer in content["layers"]
    )


def open_recording(folder: Path) -> Recording:
    """The recording in ``folder``, every part of it there and of its full length.

    Raises RecordingError naming the first part that is missing or cut short.
    """
    path = folder / DESCRIPTION
    try:
        content = json.loads(path.read_text("utf-8"))
        recording = Recording(
            folder=folder,
            layers=_layers(content),
            parts=tuple(part["rows"] for part in content["parts"]),
            source=content["source"],
        )
        sizes = chain.from_iterable(part["bytes"] for part in content["parts"])
        parts = list(zip(recording.files[1:], sizes, strict=True))
    except FileNotFoundError as error:
        raise RecordingError(f"{path} is missing", repair=_REPAIR) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path} is damaged: {error!r}", repair=_REPAIR) from error
    for file, size in parts:
        _check_size(file, size)
    return recording


def _check_size(path: Path, expected: int) -> None:
    try:
        found = path.stat().st_size
    except FileNotFoundError as error:
        raise RecordingError(f"{path} is missing", repair=_REPAIR) from error
    if found != expected:
        raise RecordingError(f"{path} has {found} bytes, expected {expected}", repair=_REPAIR)
