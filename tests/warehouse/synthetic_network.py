"""A made-up network: its sizes, its words and its responses, and columns joined to tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.recording_schema import LayerShape, stacked_layers

Columns = dict[str, Any]
QUANTILE_SHIFTS = {"q09": -2.0, "q25": -1.0, "q50": 0.0, "q75": 1.0, "q91": 2.0}


@dataclass(frozen=True)
class Synthetic:
    """What a release is to hold. The last word never occurs, and so has no response. With
    ``heads``, the cell is a matrix memory of so many in each layer."""

    name: str = "small"
    task: str = "language_model"
    cell: str = "lstm"
    num_layers: int = 2
    num_words: int = 40
    num_units: int = 8
    num_tokens: int = 300
    sentence_length: int = 12
    cluster_counts: tuple[int, ...] = (2, 3)
    affinities: tuple[str, ...] = ("positive", "shifted")
    seed: int = 0
    heads: int = 0

    @property
    def states(self) -> tuple[str, ...]:
        return ("cell", "hidden") if self.cell == "lstm" or self.heads else ("hidden",)

    @property
    def layers(self) -> tuple[LayerShape, ...]:
        ordered = [(state, f"{state}_delta") for state in sorted(self.states, reverse=True)]
        gate = () if self.cell == "rnn" else ("keep_gate",)
        split = ("cell_written", "cell_lost") if self.heads else ()
        arrays = (*(name for pair in ordered for name in pair), *split, *gate)
        return stacked_layers([self.num_units] * self.num_layers, arrays, self.cell)

    def units_of(self, layer: int) -> int:
        return self.layers[layer].units

    @property
    def analysed(self) -> list[tuple[int, str]]:
        return list(product(range(self.num_layers), self.states))

    @property
    def classes(self) -> tuple[str, ...]:
        return ("bad", "good") if self.task == "classification" else ()

    def random(self, *key: object) -> np.random.Generator:
        return np.random.default_rng(list(repr((self.seed, *key)).encode()))

    def word_ids(self) -> npt.NDArray[np.int32]:
        """int32[tokens]; every word but the last occurs at least once."""
        ids = self.random("words").integers(0, self.num_words - 1, self.num_tokens)
        ids[: self.num_words - 1] = np.arange(self.num_words - 1)
        return ids.astype(np.int32)

    def counts(self) -> npt.NDArray[np.int64]:
        return np.bincount(self.word_ids(), minlength=self.num_words)

    def responses(self, layer: int, state: str) -> npt.NDArray[np.float32]:
        """float32[words that occur, units]."""
        shape = (self.num_words - 1, self.units_of(layer))
        return self.random("response", layer, state).standard_normal(shape, np.float32) * 0.1

    def words(self) -> list[str]:
        return ["good", "bad", *(f"word{i}" for i in range(2, self.num_words))]


def keyed(constant: Mapping[str, Any], columns: Columns) -> Columns:
    rows = len(next(iter(columns.values())))
    return {name: np.full(rows, value) for name, value in constant.items()} | columns


def stacked(parts: list[Columns]) -> Columns:
    return {
        name: None if values is None else _joined([part[name] for part in parts])
        for name, values in parts[0].items()
    }


def _joined(pieces: list[Any]) -> Any:
    """One array, or a list of rows where layers differ in size."""
    if len({np.shape(piece)[1:] for piece in pieces}) > 1:
        return [row for piece in pieces for row in piece]
    return np.concatenate(pieces)
