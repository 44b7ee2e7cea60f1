"""LSTM and GRU written out in NumPy (float64) from the weights file alone: the tests' oracle."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weights_of(checkpoint: Path) -> dict[str, np.ndarray]:
    tensors = load_file(checkpoint / "weights.safetensors")
    return {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def _layer_weights(weights, layer):
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [weights[f"rnn.{name}_l{layer}"] for name in names]


def step_lstm(weights, layer, x, h, c):
    w_ih, w_hh, b_ih, b_hh = _layer_weights(weights, layer)
    i, f, g, o = np.split(w_ih @ x + b_ih + w_hh @ h + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return {"hidden": sigmoid(o) * np.tanh(c), "cell": c, "keep_gate": sigmoid(f)}


def step_gru(weights, layer, x, h, _):
    w_ih, w_hh, b_ih, b_hh = _layer_weights(weights, layer)
    xr, xz, xn = np.split(w_ih @ x + b_ih, 3)
    hr, hz, hn = np.split(w_hh @ h + b_hh, 3)
    z = sigmoid(xz + hz)
    n = np.tanh(xn + sigmoid(xr + hr) * hn)
    return {"hidden": (1 - z) * n + z * h, "keep_gate": z}


STEPS = {"lstm": step_lstm, "gru": step_gru}


def run(cell, weights, layers, word_ids, sequences):
    """Every layer's arrays over all tokens, float64[tokens, units] by name, deltas included."""
    units = weights["rnn.weight_hh_l0"].shape[1]
    rows = [[] for _ in range(layers)]
    for row, word_id in enumerate(word_ids):
        if row == 0 or sequences[row] != sequences[row - 1]:
            before = [{"hidden": np.zeros(units), "cell": np.zeros(units)} for _ in range(layers)]
        x = weights["embedding.weight"][word_id]
        for layer in range(layers):
            old = before[layer]
            new = STEPS[cell](weights, layer, x, old["hidden"], old["cell"])
            new["hidden_delta"] = new["hidden"] - old["hidden"]
            if cell == "lstm":
                new["cell_delta"] = new["cell"] - old["cell"]
            rows[layer].append(new)
            before[layer] = {"cell": np.zeros(units), **new}
            x = new["hidden"]
    return [{name: np.array([row[name] for row in layer]) for name in layer[0]} for layer in rows]
