"""A Mamba in float64 NumPy, word by word, by the equations of Gu and Dao (2023)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from rnnvis_assets.network.recurrent_network import RecurrentNetwork

Floats = npt.NDArray[np.float64]
Hold = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""The memory and what is read of it, under clamps, of a memory and a query."""
EPSILON = 1e-5


@dataclass
class Readings:
    """Of every step: the ``queries`` [16], the memories before and after it [channels, 16], what
    decay leaves and what is added, both the same."""

    queries: Floats
    before: Floats
    after: Floats
    decays: Floats
    added: Floats

    def arrays(self) -> dict[str, Floats]:
        """The arrays of a recording but for changes, with one reader: the mean query."""
        reader = self.queries.mean(axis=0)
        energy = self.before**2
        whole = energy.sum(-1)
        keep = (self.decays * energy).sum(-1) / np.where(whole > 0, whole, 1)
        return {
            "hidden": (self.after * self.queries[:, None]).sum(-1),
            "cell": self.after @ reader,
            "cell_written": self.added @ reader,
            "cell_lost": ((self.decays - 1) * self.before) @ reader,
            "keep_gate": np.where(whole > 0, keep, self.decays.mean(-1)),
        }


def _norm(x: Floats, weight: Floats) -> Floats:
    return x / np.sqrt((x**2).mean() + EPSILON) * weight


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _read_freely(memory: Floats, query: Floats) -> tuple[Floats, Floats]:
    return memory, memory @ query


def _step(w: Mapping[str, Floats], stream: Floats, last: list[Floats], memory: Floats, hold: Hold):
    """The stream after a block, its query and the decays and additions of its memory."""
    entering, gate = np.split(w["in_proj.weight"] @ _norm(stream, w["norm.weight"]), 2)
    last.append(entering)
    mixed = w["conv1d.bias"] + sum(
        w["conv1d.weight"][:, 0, -1 - back] * last[-1 - back] for back in range(4)
    )
    channels = mixed * _sigmoid(mixed)
    rank = w["dt_proj.weight"].shape[1]
    low, key, query = np.split(w["x_proj.weight"] @ channels, [rank, rank + 16])
    steps = np.log1p(np.exp(w["dt_proj.weight"] @ low + w["dt_proj.bias"]))
    decay = np.exp(steps[:, None] * -np.exp(w["A_log"]))
    added = (steps * channels)[:, None] * key
    memory, read = hold(decay * memory + added, query)
    skipped = w["D"] * channels
    out = stream + w["out_proj.weight"] @ ((read + skipped) * gate * _sigmoid(gate))
    return out, query, decay, added, memory


def read_by_hand(
    network: RecurrentNetwork,
    words: Sequence[int],
    holds: Mapping[int, Hold] = MappingProxyType({}),
) -> tuple[list[Readings], Floats]:
    """Of each block its readings over one sequence from zero, and the logits [steps, outputs];
    ``holds`` are the clamps of blocks."""
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    streams, found = weights["embedding.weight"][np.asarray(words)], []
    for layer in range(network.rnn.num_layers):
        start = f"rnn.layers.{layer}."
        w = {n.removeprefix(start): v for n, v in weights.items() if n.startswith(start)}
        channels = len(w["D"])
        last, memory = [np.zeros(channels)] * 3, np.zeros((channels, 16))
        rows, hold = [], holds.get(layer, _read_freely)
        for place, stream in enumerate(streams):
            out, query, decay, added, after = _step(w, stream, last, memory, hold)
            rows.append((query, memory, after, decay, added))
            streams[place], memory = out, after
        found.append(Readings(*map(np.array, zip(*rows, strict=True))))
    final = np.array([_norm(stream, weights["rnn.norm.weight"]) for stream in streams])
    output = weights.get("decoder.weight", weights["embedding.weight"])
    return found, final @ output.T + weights["decoder.bias"]
