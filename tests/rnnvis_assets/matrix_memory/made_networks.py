"""Networks whose factors are looked up by piece, and what they must record."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, matrix_layer, vector_layer
from tests.rnnvis_assets.matrix_memory.memories import KINDS, Array, expected_readings
from warehouse.arrays import Int32Array

NUM_PIECES = 12
PIECES = ((0,), (1, 2), (3,), (4, 5, 6), (7, 8), (9,), (10, 11))
"""Of each word."""
EXACT = RecordingSettings(factors="float32")
Rows = dict[str, Array]


class MadeNetwork:
    """Layers of some ``KINDS``, and one that remembers a vector, an exponential mean of inputs."""

    def __init__(self, kinds: Sequence[str], seed: int = 0) -> None:
        made = [KINDS[kind](np.random.default_rng([seed, n]), 1, NUM_PIECES)
                for n, kind in enumerate(kinds)]  # fmt: skip
        self.shapes = [shape for shape, _ in made]
        self.factors = [factors.map(torch.Tensor.float) for _, factors in made]
        self.inputs = np.random.default_rng(seed).normal(size=(NUM_PIECES, 3))
        self.gates = np.random.default_rng(seed + 1).random((NUM_PIECES, 3))
        self.passes = 0

    @property
    def layers(self) -> list[LayerOfMemory]:
        memories = [matrix_layer(f"memory {n}", "made", s) for n, s in enumerate(self.shapes)]
        return [*memories, vector_layer("vector", "mean", 3, ("hidden", "keep_gate"))]

    def pieces(self, word_ids: Int32Array) -> list[tuple[int, ...]]:
        return [PIECES[word] for word in word_ids]

    def read(self, pieces: Tensor) -> list[MemoryFactors | dict[str, Tensor]]:
        self.passes += 1
        found: list[MemoryFactors | dict[str, Tensor]] = [
            factors.map(lambda each: each[0][pieces]) for factors in self.factors
        ]
        hidden = np.zeros((*pieces.shape, 3))
        state = np.zeros((len(pieces), 3))
        for step, piece in enumerate(pieces.T.numpy()):
            state = self.gates[piece] * state + self.inputs[piece]
            hidden[:, step] = state
        gates = torch.from_numpy(self.gates[pieces.numpy()]).float()
        return [*found, {"hidden": torch.from_numpy(hidden).float(), "keep_gate": gates}]

    def mean_query(self, layer: int, text: Sequence[int]) -> Tensor:
        """float64[heads, key_size] over all pieces of a text of words."""
        pieces = [piece for word in text for piece in PIECES[word]]
        query = self.factors[layer].query[0][torch.tensor(pieces)].double().mean(0)
        return self.shapes[layer].per_head(query)

    def expected(self, layer: int, text: Sequence[int], words: Sequence[int]) -> Rows:
        """A layer's columns at the ``words`` of one sequence, float64[words, units]."""
        pieces = torch.tensor([[piece for word in words for piece in PIECES[word]]])
        shape, factors = self.shapes[layer], self.factors[layer]
        factors = factors.map(lambda each: each[0][pieces].double())
        found = expected_readings(shape, factors, self.mean_query(layer, text))
        ends = np.cumsum([len(PIECES[word]) for word in words])
        rows: Rows = {}
        for name in ("hidden", "cell"):
            states = getattr(found, name)[0].reshape(-1, shape.units)[ends - 1]
            rows |= {name: states, f"{name}_delta": np.diff(states, axis=0, prepend=0)}
        starts = [0, *ends[:-1].tolist()]
        spans = list(zip(starts, ends.tolist(), strict=True))
        for name in ("written", "lost"):
            steps = getattr(found, name)[0].reshape(-1, shape.units)
            rows[f"cell_{name}"] = np.array([steps[a:b].sum(axis=0) for a, b in spans])
        keep = np.array([found.keep[0, a:b].prod(axis=0) for a, b in spans])
        rows["keep_gate"] = np.repeat(keep, shape.channels, axis=1)
        return rows
