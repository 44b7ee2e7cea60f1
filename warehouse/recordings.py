"""Recordings: what every token did to the state, in Parquet parts (docs/design.md, Recording).

Belongs here: the files of a recording, and reading them in row order. Does not belong here: writing
them (see ``recording_writer``), running the network (see ``rnnvis_assets.recording``).

    _recording.json                    layers; rows, bytes and checksums of every part; source
    layer=<l>/part-00000.parquet ...   one row a token, ordered by sequence then position

Every byte of a part that is read is checked, so that damage is an error and never a number.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from warehouse.arrays import AnyArray, Float32Array, Int64Array
from warehouse.checked_json import read_checked_json
from warehouse.errors import RecordingError
from warehouse.plain_parquet_file import PlainParquetFile
from warehouse.recorded_rows import ALL_UNITS, RecordedRows, unknown_columns
from warehouse.recording_schema import (
    ROWS_OF_FLOAT32,
    SCALARS,
    STATES,
    LayerShape,
    Precision,
    RecordingFormat,
)

Columns = Mapping[str, AnyArray]
"""Arrays by column name: scalars [rows], states float32[rows, units]."""

DESCRIPTION = "_recording.json"
_STORED = {field.name for field in fields(RecordingFormat)}


def _error(folder: Path, text: str) -> RecordingError:
    """A recording lies in a folder of its model (``Storage.recording``)."""
    return RecordingError(text, repair=f"rnnvis materialize {folder.parent.name} --recordings")


def part_path(folder: Path, layer: int, part: int) -> Path:
    """Where a part of a layer lies in a recording's folder."""
    return folder / f"layer={layer}" / f"part-{part:05d}.parquet"


def is_part(path: Path) -> bool:
    """Whether a stored file is a part of a recording."""
    return path.suffix == ".parquet" and path.parent.name.startswith("layer=")


@dataclass(frozen=True)
class Recording:
    """A recording on disk. ``parts`` holds the rows of every part, the same for each layer;
    ``footers`` the checksum of each part's metadata, by part and layer; ``states`` are those to
    analyse, of the layers that have them. ``rounding`` is the largest that storing the numbers as
    ``stored`` says cost; they are read as float32."""

    folder: Path
    layers: tuple[LayerShape, ...]
    parts: tuple[int, ...]
    footers: tuple[tuple[int, ...], ...]
    source: Mapping[str, Any]
    states: tuple[str, ...] = STATES
    stored: RecordingFormat = ROWS_OF_FLOAT32
    rounding: float = 0.0

    @property
    def precision(self) -> Precision:
        return self.stored.precision

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
        """Every layer and state to analyse, from the input up."""
        return tuple(
            (layer, state) for layer in range(self.num_layers) for state in self.states_of(layer)
        )

    def states_of(self, layer: int) -> tuple[str, ...]:
        """The states of a layer to analyse, an LSTM's c last."""
        return self.layers[layer].analysed(self.states)

    @property
    def files(self) -> tuple[Path, ...]:
        """``_recording.json``, then the parts, each in all layers."""
        parts, layers = range(len(self.parts)), range(self.num_layers)
        paths = (part_path(self.folder, layer, part) for part in parts for layer in layers)
        return (self.folder / DESCRIPTION, *paths)

    @cached_property
    def _offsets(self) -> Int64Array:
        """The first row of every part, and the end."""
        return _offsets_of(self.parts)

    def unit_blocks(self, layer: int) -> tuple[slice, ...]:
        """The ranges of a layer's units that can be read without reading others."""
        return self.stored.blocks(self.layers[layer].units)

    def batches(
        self, layer: int, columns: Sequence[str], rows: int = 4096, units: slice = ALL_UNITS
    ) -> Iterator[Mapping[str, AnyArray]]:
        """All rows of a layer in order, at most ``rows`` at a time; no more is held in memory.

        Scalars are 1-d arrays, states float32[rows, units], of some ``units`` only if asked so;
        ``cell_output`` and ``cell_output_delta`` are computed of the recorded c. Raises
        RecordingError for a column that was not recorded and for a part that cannot be read or is
        not what was written.
        """
        self._check_columns(layer, columns)
        for part in range(len(self.parts)):
            with self._open(layer, part) as file:
                for groups in _runs(file.group_rows, rows):
                    found = self._rows_of(file, groups, layer, part, units)
                    arrays = {name: found[name] for name in columns}
                    total = sum(file.group_rows[group] for group in groups)
                    for start in range(0, total, rows):
                        yield {name: array[start : start + rows] for name, array in arrays.items()}

    def rows(
        self, layer: int, columns: Sequence[str], start: int, stop: int
    ) -> Mapping[str, AnyArray]:
        """Rows ``start`` to ``stop`` (a sentence, say); reads only the row groups that hold them.

        Raises RecordingError where they are not rows of the recording, and as ``batches`` does.
        """
        self._check_columns(layer, columns)
        if not 0 <= start < stop <= self.num_tokens:
            raise RecordingError(f"rows {start} to {stop}: the recording has {self.num_tokens}")
        pieces: list[Mapping[str, AnyArray]] = []
        for part in _overlapping(self._offsets, start, stop):
            with self._open(layer, part) as file:
                offsets = self._offsets[part] + _offsets_of(file.group_rows)
                groups = _overlapping(offsets, start, stop)
                begin = int(offsets[groups.start])
                wanted = slice(max(start - begin, 0), stop - begin)
                found = self._rows_of(file, groups, layer, part, ALL_UNITS)
                pieces.append({name: found[name][wanted] for name in columns})
        return {name: np.concatenate([each[name] for each in pieces]) for name in columns}

    def _check_columns(self, layer: int, columns: Sequence[str]) -> None:
        shape = self.layers[layer]
        if unknown := unknown_columns(columns, shape):
            known = [*SCALARS, *shape.arrays]
            raise RecordingError(f"{self.folder}, layer {layer} has no {unknown}, only {known}")

    def _rows_of(
        self, file: PlainParquetFile, groups: range, layer: int, part: int, units: slice
    ) -> RecordedRows:
        def before(state: str) -> Float32Array:
            last: Float32Array
            if groups.start:
                previous = range(groups.start - 1, groups.start)
                last = self._rows_of(file, previous, layer, part, units)[state][-1]
                return last
            with self._open(layer, part - 1) as other:
                end = len(other.group_rows)
                rows = self._rows_of(other, range(end - 1, end), layer, part - 1, units)
                last = rows[state][-1]
                return last

        return RecordedRows(file, groups, self.layers[layer], self.stored, units, before)

    @contextmanager
    def _open(self, layer: int, part: int) -> Iterator[PlainParquetFile]:
        path = part_path(self.folder, layer, part)
        try:
            with PlainParquetFile(path, self.footers[part][layer]) as file:
                yield file
        except (OSError, ValueError) as error:
            raise _error(self.folder, f"{path} cannot be read: {error}") from error


def _offsets_of(sizes: Sequence[int]) -> Int64Array:
    """Where each of some runs begins, and the end of the last."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _runs(sizes: Sequence[int], most: int) -> Iterator[range]:
    """Row groups one after the other, as many at a time as have ``most`` rows, at least one."""
    offsets, first = _offsets_of(sizes), 0
    while first < len(sizes):
        last = int(np.searchsorted(offsets, offsets[first] + most, side="right")) - 1
        yield range(first, max(last, first + 1))
        first = max(last, first + 1)


def _overlapping(offsets: Int64Array, start: int, stop: int) -> range:
    """Which of the runs that ``offsets`` cut have rows from ``start`` to ``stop``."""
    first = int(np.searchsorted(offsets, start, side="right")) - 1
    last = int(np.searchsorted(offsets, stop, side="left"))
    return range(max(first, 0), min(last, len(offsets) - 1))


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
        content = read_checked_json(path)
        recording = Recording(
            folder=folder,
            layers=_layers(content),
            parts=tuple(part["rows"] for part in content["parts"]),
            footers=tuple(tuple(part["footer_crc32"]) for part in content["parts"]),
            source=content["source"],
            stored=RecordingFormat(**{name: content[name] for name in _STORED & content.keys()}),
            rounding=content.get("rounding", 0.0),
        )
        sizes = chain.from_iterable(part["bytes"] for part in content["parts"])
        parts = list(zip(recording.files[1:], sizes, strict=True))
    except FileNotFoundError as error:
        raise _error(folder, f"{path} is missing") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _error(folder, f"{path} is damaged, or of an earlier version: {error!r}") from error
    for file, size in parts:
        _check_size(folder, file, size)
    return recording


def _check_size(folder: Path, path: Path, expected: int) -> None:
    try:
        found = path.stat().st_size
    except FileNotFoundError as error:
        raise _error(folder, f"{path} is missing") from error
    if found != expected:
        raise _error(folder, f"{path} has {found} bytes, expected {expected}")
