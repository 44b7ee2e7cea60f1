"""What PyTorch's recurrent layers must do: the equations of its manual, in float64 NumPy."""

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

Floats = npt.NDArray[np.float64]
Arrays = dict[str, Floats]


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def _weight(module: nn.Module, name: str, rows: int = 0) -> Floats:
    found = getattr(module, name, None)
    return np.zeros(rows) if found is None else found.detach().double().numpy()


def _step(kind: str, w: Arrays, x: Floats, h: Floats, c: Floats) -> Arrays:
    read, kept = w["ih"] @ x + w["b_ih"], w["hh"] @ h + w["b_hh"]
    if kind == "tanh":
        return {"hidden": np.tanh(read + kept)}
    if kind == "relu":
        return {"hidden": np.maximum(read + kept, 0)}
    if kind == "lstm":
        i, f, g, o = np.split(read + kept, 4)
        cell = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        out = _sigmoid(o) * np.tanh(cell)
        hidden = w["hr"] @ out if "hr" in w else out
        return {"hidden": hidden, "cell": cell, "keep_gate": _sigmoid(f)}
    (r, z, n), (hr, hz, hn) = np.split(read, 3), np.split(kept, 3)
    z = _sigmoid(z + hz)
    n = np.tanh(n + _sigmoid(r + hr) * hn)
    return {"hidden": (1 - z) * n + z * h, "keep_gate": z}


def _kind(module: nn.Module) -> str:
    if isinstance(module, nn.RNN | nn.RNNCell):
        return module.nonlinearity
    return "lstm" if isinstance(module, nn.LSTM | nn.LSTMCell) else "gru"


def read_layer(module: nn.Module, suffix: str, inputs: Floats) -> Arrays:
    """One direction of one layer over float64[steps, inputs], from a zero state, read in the
    order of its direction; the arrays stand in the order of the words."""
    ih = _weight(module, f"weight_ih{suffix}")
    w = {
        "ih": ih, "hh": _weight(module, f"weight_hh{suffix}"),
        "b_ih": _weight(module, f"bias_ih{suffix}", len(ih)),
        "b_hh": _weight(module, f"bias_hh{suffix}", len(ih)),
    }  # fmt: skip
    if getattr(module, "proj_size", 0):
        w["hr"] = _weight(module, f"weight_hr{suffix}")
    h, c = np.zeros(w["hh"].shape[1]), np.zeros(module.hidden_size)
    backward = suffix.endswith("_reverse")
    rows = []
    for x in inputs[::-1] if backward else inputs:
        row = _step(_kind(module), w, x, h, c)
        row["hidden_delta"] = row["hidden"] - h
        h = row["hidden"]
        if "cell" in row:
            row["cell_delta"] = row["cell"] - c
            c = row["cell"]
        rows.append(row)
    order = slice(None, None, -1 if backward else 1)
    return {name: np.array([row[name] for row in rows])[order] for name in rows[0]}


def read_module(module: nn.RNNBase, inputs: torch.Tensor | Floats) -> list[Arrays]:
    """Every layer of a module, each direction by itself, for one sequence of inputs."""
    inputs, layers = np.asarray(inputs, np.float64), []
    for number in range(module.num_layers):
        level = [
            read_layer(module, f"_l{number}{direction}", inputs)
            for direction in (("", "_reverse") if module.bidirectional else ("",))
        ]
        layers += level
        inputs = np.concatenate([arrays["hidden"] for arrays in level], axis=1)
    return layers
