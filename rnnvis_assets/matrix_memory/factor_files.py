"""The factors of a recording, in Parquet next to its states: a row a piece.

    _factors/_factors.json                     sizes, decay rates, readers, checksums
    _factors/layer=<l>/part-00000.parquet …    whole sequences, as in the recording's parts

Numbers are stored in float16 unless asked otherwise, but for decays, whose errors would add up, and
floors, which are powers. Folders that begin with _ are passed over by readers of the recording.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from warehouse.arrays import AnyArray, Float32Array
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import RecordingError
from warehouse.plain_parquet import PlainParquetWriter
from warehouse.plain_parquet_file import PlainParquetFile
from warehouse.recording_schema import Precision
from warehouse.recordings import part_path

FOLDER, DESCRIPTION = "_factors", "_factors.json"
_EXACT = ("decay_step", "floor")
_SCALARS = {"sequence": pa.int32(), "token": pa.int64(), "piece": pa.int32()}

Rows = Mapping[str, Float32Array]
"""Factors by name, float32[rows, …] with the axes of ``MemoryFactors`` after its steps."""
Sizes = Mapping[str, Sequence[int]]
"""The last two axes of each factor, or the last one of a floor."""


def _schema(sizes: Sizes, precision: Precision) -> pa.Schema:
    fields = [pa.field(name, kind, nullable=False) for name, kind in _SCALARS.items()]
    for name, size in sorted(sizes.items()):
        kind = pa.float32() if name in _EXACT else pa.type_for_alias(precision)
        item = pa.field("item", kind, nullable=False)
        fields.append(pa.field(name, pa.list_(item, int(np.prod(size))), nullable=False))
    return pa.schema(fields)


class FactorWriter:
    """Writes the factors of a recording that is being written in ``folder``."""

    def __init__(self, folder: Path, precision: Precision) -> None:
        self._folder, self._precision = folder / FOLDER, precision
        self._sizes: dict[int, Sizes] = {}
        self._rounding: dict[int, float] = {}
        self._parts: dict[int, list[dict[str, int]]] = {}

    def write(self, layer: int, scalars: Mapping[str, AnyArray], factors: Rows) -> None:
        """The next part of a layer: [rows] of ``sequence``, ``token`` and ``piece``, and its
        factors. Raises RecordingError for a number that is too large for float16."""
        sizes = self._sizes.setdefault(layer, {n: v.shape[1:] for n, v in factors.items()})
        parts = self._parts.setdefault(layer, [])
        path = part_path(self._folder, layer, len(parts))
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = {n: self._stored(layer, n, v).reshape(len(v), -1) for n, v in factors.items()}
        writer = PlainParquetWriter(path, _schema(sizes, self._precision))
        try:
            writer.write_row_group({**scalars, **columns})
        finally:
            writer.close()
        token = int(scalars["token"][0])
        parts.append({"first_token": token, "footer_crc32": writer.footer_crc32})

    def _stored(self, layer: int, name: str, values: Float32Array) -> AnyArray:
        if name in _EXACT or self._precision == "float32":
            return values
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        error = float(np.abs(values - half).max())
        if not np.isfinite(error):
            raise RecordingError(
                f"layer {layer}: found a {name} of {float(np.abs(values).max()):,.0f}, expected at "
                f"most {np.finfo(np.float16).max:,.0f}, the largest float16",
                repair="write recording: {factors: float32} in the model's analysis",
            )
        self._rounding[layer] = max(self._rounding.get(layer, 0.0), error)
        return half

    def finish(
        self, memories: Mapping[int, MemoryShape], readers: Mapping[int, Tensor]
    ) -> "StoredFactors":
        """Describes the files, and opens them. ``readers`` float[groups, readers * key_size] by
        layer."""
        layers = {
            str(layer): {
                **_describe(memory),
                "reader": _packed(readers[layer]),
                "sizes": {name: [*size] for name, size in self._sizes[layer].items()},
                "rounding": self._rounding.get(layer, 0.0),
                "parts": self._parts[layer],
            }
            for layer, memory in memories.items()
        }
        content = {"precision": self._precision, "layers": layers}
        write_checked_json(self._folder / DESCRIPTION, content)
        return open_factors(self._folder.parent)


@dataclass(frozen=True)
class StoredLayer:
    """The factors of one layer: its ``memory``; the readers of each head one after another,
    float32[heads, readers * key_size], the mean query first; and the largest error by which storing
    a factor has changed it."""

    folder: Path
    number: int
    memory: MemoryShape
    reader: Tensor
    rounding: float
    sizes: Sizes
    parts: Sequence[Mapping[str, int]]

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(part_path(self.folder, self.number, n) for n in range(len(self.parts)))

    def part_of(self, token: int) -> int:
        """The part with the pieces of a token."""
        starts = [part["first_token"] for part in self.parts]
        return int(np.searchsorted(starts, token, side="right")) - 1

    def read(self, part: int) -> tuple[Mapping[str, AnyArray], MemoryFactors]:
        """``sequence``, ``token`` and ``piece`` [rows] of a part, and its factors, float32[1, rows,
        …]. Raises RecordingError where it is missing or damaged."""
        path = self.files[part]
        try:
            with PlainParquetFile(path, self.parts[part]["footer_crc32"]) as file:
                columns = {name: file.read(name, [0]) for name in file.schema.names}
        except (OSError, ValueError) as error:
            raise _damaged(self.folder, f"{path} cannot be read: {error}") from error
        factors = {
            name: torch.from_numpy(columns[name].astype(np.float32)).view(1, -1, *size)
            for name, size in self.sizes.items()
        }
        return {name: columns[name] for name in _SCALARS}, MemoryFactors(**factors)


@dataclass(frozen=True)
class StoredFactors:
    """The factors next to a recording, by number of the recorded layer."""

    description: Path
    layers: Mapping[int, StoredLayer]

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.description, *(file for layer in self.layers.values() for file in layer.files))


def open_factors(recording: Path) -> StoredFactors:
    """The factors in the folder of a recording. Raises RecordingError where there are none, or
    their description is damaged."""
    folder = recording / FOLDER
    path = folder / DESCRIPTION
    try:
        content = read_checked_json(path)
        layers = {
            int(number): _open_layer(folder, int(number), layer)
            for number, layer in content["layers"].items()
        }
    except FileNotFoundError as error:
        raise _damaged(folder, f"{path} is missing") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{path} is damaged, or of an earlier version: {error!r}") from error
    return StoredFactors(path, layers)


def _open_layer(folder: Path, number: int, described: Mapping[str, Any]) -> StoredLayer:
    rate = described["decay_rate"]
    names = ("heads", "key_size", "value_size", "groups", "normalized")
    own_rate = None if rate is None else _unpacked(rate, described["heads"])
    memory = MemoryShape(**{name: described[name] for name in names}, decay_rate=own_rate)
    reader = memory.per_head(_unpacked(described["reader"], memory.groups))
    stored = {name: described[name] for name in ("rounding", "sizes", "parts")}
    return StoredLayer(folder, number, memory, reader, **stored)


def _describe(memory: MemoryShape) -> dict[str, Any]:
    rate = memory.decay_rate
    return vars(memory) | {"decay_rate": None if rate is None else _packed(rate)}


def _packed(values: Tensor) -> str:
    return base64.b64encode(values.float().contiguous().cpu().numpy().tobytes()).decode()


def _unpacked(text: str, rows: int) -> Tensor:
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), np.float32).copy()).view(rows, -1)


def _damaged(folder: Path, text: str) -> RecordingError:
    model = folder.parent.parent.name
    return RecordingError(text, repair=f"rnnvis materialize {model} --recordings")
