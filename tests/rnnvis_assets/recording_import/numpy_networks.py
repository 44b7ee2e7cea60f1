"""Layers of an LSTM and of a GRU in NumPy, written as recordings of their states and gates."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tests.rnnvis_assets.recording_import.synthetic_recording import WORDS, Arrays

Floats = npt.NDArray[np.float64]


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def _inputs(lengths: Sequence[int], seed: int) -> tuple[Arrays, Floats, set[int]]:
    """Words of no pattern; the rows that start from zero."""
    random = np.random.default_rng(seed)
    word_ids = random.integers(0, len(WORDS), sum(lengths))
    arrays: Arrays = {"word_id": word_ids, "sequence_lengths": np.array(lengths)}
    embedding = random.normal(size=(len(WORDS), 4))
    return arrays, embedding[word_ids], set(np.cumsum([0, *lengths]).tolist())


def lstm_arrays(
    lengths: Sequence[int] = (60, 40, 50), units: int = 6, seed: int = 0, scale: float = 1.5
) -> Arrays:
    """h, c, the forget gate and, as ``input``, ``output`` the others (Gers et al. 2000)."""
    arrays, inputs, starts = _inputs(lengths, seed)
    random = np.random.default_rng(seed + 1)
    read, carry = (random.normal(0, scale, (4, size, units)) for size in (4, units))
    hidden = cell = np.zeros(units)
    rows: dict[str, list[Floats]] = {name: [] for name in ("hidden", "cell", "f", "i", "o")}
    for step, x in enumerate(inputs):
        if step in starts:
            hidden = cell = np.zeros(units)
        f, i, o = (sigmoid(x @ read[k] + hidden @ carry[k] + (k == 0)) for k in range(3))
        cell = f * cell + i * np.tanh(x @ read[3] + hidden @ carry[3])
        hidden = o * np.tanh(cell)
        for name, values in zip(rows, (hidden, cell, f, i, o), strict=True):
            rows[name].append(values)
    names = ("hidden_0", "cell_0", "keep_gate_0", "input", "output")
    states = {name: np.array(v, np.float32) for name, v in zip(names, rows.values(), strict=True)}
    return arrays | states


def gru_arrays(
    lengths: Sequence[int] = (60, 40, 50), units: int = 6, seed: int = 0, scale: float = 1.5
) -> Arrays:
    """h and z of h = (1 - z) n + z h' (Cho et al. 2014, in the convention of PyTorch)."""
    arrays, inputs, starts = _inputs(lengths, seed)
    random = np.random.default_rng(seed + 1)
    read, carry = (random.normal(0, scale, (3, size, units)) for size in (4, units))
    hidden, rows, gates = np.zeros(units), [], []
    for step, x in enumerate(inputs):
        hidden = np.zeros(units) if step in starts else hidden
        r, z = (sigmoid(x @ read[k] + hidden @ carry[k] + k) for k in range(2))
        hidden = (1 - z) * np.tanh(x @ read[2] + r * (hidden @ carry[2])) + z * hidden
        rows.append(hidden)
        gates.append(z)
    states = {"hidden_0": np.array(rows, np.float32), "keep_gate_0": np.array(gates, np.float32)}
    return arrays | states
