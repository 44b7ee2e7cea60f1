"""Recurrent layers written out in float64 NumPy: the equations of PyTorch's manual, and of Feng et
al. (2024)."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Arrays = dict[str, Floats]
"""float64[steps, units] by the names of recorded arrays, in their order."""
Hold = Callable[..., Floats]
"""What becomes of a state, given its name and what it would be."""

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
BLOCKS = {"rnn": 1, "rnn_relu": 1, "gru": 3, "lstm": 4, "min_gru": 2, "min_lstm": 3}
ORDER = ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate")


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _free(*named: Any) -> Floats:
    return named[-1]


def _step(cell: str, read: Floats, kept: Floats, h: Floats, c: Floats, hold: Hold) -> Arrays:
    """States and keep gate after a step, from W x + b, U h + b' and the states before."""
    if cell in ("rnn", "rnn_relu"):
        total = read + kept
        return {"hidden": hold("hidden", np.tanh(total) if cell == "rnn" else np.maximum(total, 0))}
    if cell == "lstm":
        i, f, g, o = np.split(read + kept, 4)
        c = hold("cell", sigmoid(f) * c + sigmoid(i) * np.tanh(g))
        h = hold("hidden", sigmoid(o) * hold("cell_output", np.tanh(c)))
        return {"hidden": h, "cell": c, "keep_gate": sigmoid(f)}
    if cell == "gru":
        (r, z, n), (hr, hz, hn) = np.split(read, 3), np.split(kept, 3)
        keep, new = sigmoid(z + hz), np.tanh(n + sigmoid(r + hr) * hn)
    elif cell == "min_gru":
        z, new = np.split(read, 2)
        keep = 1 - sigmoid(z)
    else:
        f, i, new = np.split(read, 3)
        keep = sigmoid(f) / (sigmoid(f) + sigmoid(i))
    return {"hidden": hold("hidden", (1 - keep) * new + keep * h), "keep_gate": keep}


def read_layer(
    cell: str, weights: Mapping[str, npt.ArrayLike], inputs: Floats, hold: Hold = _free
) -> Arrays:
    """One layer over float64[steps, inputs], from a zero state; ``weights`` are those of
    ``WEIGHTS`` that it has."""
    w = {name: np.asarray(values, np.float64) for name, values in weights.items()}
    rows = len(w["weight_ih"])
    units = rows // BLOCKS[cell]
    nothing = {"weight_hh": (rows, units), "bias_ih": rows, "bias_hh": rows}
    w = {name: np.zeros(shape) for name, shape in nothing.items()} | w
    h, c = np.zeros(w["weight_hh"].shape[1]), np.zeros(units)
    found = []
    for x in inputs:
        read, kept = w["weight_ih"] @ x + w["bias_ih"], w["weight_hh"] @ h + w["bias_hh"]
        step = _step(cell, read, kept, h, c, hold)
        if "weight_hr" in w:
            step["hidden"] = w["weight_hr"] @ step["hidden"]
        step["hidden_delta"], h = step["hidden"] - h, step["hidden"]
        if "cell" in step:
            step["cell_delta"], c = step["cell"] - c, step["cell"]
        found.append(step)
    return {name: np.array([step[name] for step in found]) for name in ORDER if name in found[0]}


def read_words(
    weights: Mapping[str, npt.ArrayLike],
    cell: str,
    layers: int,
    words: npt.ArrayLike,
    hold: Hold = _free,
) -> list[Arrays]:
    """Every layer of a checkpoint's ``weights`` for one sequence; ``hold`` takes the number of the
    layer too, first."""
    inputs, read = np.asarray(weights["embedding.weight"], np.float64)[np.asarray(words)], []
    for layer in range(layers):
        named = {name: f"rnn.{name}_l{layer}" for name in WEIGHTS}
        own = {name: weights[key] for name, key in named.items() if key in weights}
        read.append(read_layer(cell, own, inputs, partial(hold, layer)))
        inputs = read[-1]["hidden"]
    return read


def read_sequences(
    weights: Mapping[str, npt.ArrayLike],
    cell: str,
    layers: int,
    words: npt.NDArray[np.int32],
    sequences: npt.NDArray[np.int64],
) -> list[Arrays]:
    """The same of several sequences, which begin at ``sequences``, one below the other."""
    cuts = pairwise(sequences)
    read = [read_words(weights, cell, layers, words[a:b]) for a, b in cuts if b > a]
    return [
        {name: np.concatenate([arrays[name] for arrays in layer]) for name in layer[0]}
        for layer in zip(*read, strict=True)
    ]
