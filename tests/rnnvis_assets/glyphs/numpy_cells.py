"""Vanilla RNN, LSTM and GRU stepped word by word in float64 NumPy, by PyTorch's equations."""

from collections.abc import Mapping, Sequence

import numpy as np

Weights = Mapping[str, np.ndarray]
Steps = dict[str, np.ndarray]
"""float64[steps, units] by name: hidden, and cell and keep_gate where the network has them."""


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def step_rnn(inputs: np.ndarray, hidden: np.ndarray, before: Mapping) -> dict[str, np.ndarray]:
    return {"hidden": np.tanh(inputs + hidden)}


def step_lstm(inputs: np.ndarray, hidden: np.ndarray, before: Mapping) -> dict[str, np.ndarray]:
    i, f, g, o = np.split(inputs + hidden, 4)
    cell = sigmoid(f) * before["cell"] + sigmoid(i) * np.tanh(g)
    return {"hidden": sigmoid(o) * np.tanh(cell), "cell": cell, "keep_gate": sigmoid(f)}


def step_gru(inputs: np.ndarray, hidden: np.ndarray, before: Mapping) -> dict[str, np.ndarray]:
    (ri, zi, ni), (rh, zh, nh) = np.split(inputs, 3), np.split(hidden, 3)
    z = sigmoid(zi + zh)
    n = np.tanh(ni + sigmoid(ri + rh) * nh)
    return {"hidden": (1 - z) * n + z * before["hidden"], "keep_gate": z}


STEP = {"rnn": step_rnn, "lstm": step_lstm, "gru": step_gru}


def read_words(weights: Weights, cell: str, layers: int, words: Sequence[int]) -> list[Steps]:
    """Every layer's states for one sequence read from a zero state."""
    inputs, read = [weights["embedding.weight"][word] for word in words], []
    for layer in range(layers):
        w_ih, w_hh, b_ih, b_hh = (
            weights[f"rnn.{name}_l{layer}"].astype(np.float64)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        zeros = np.zeros(w_hh.shape[1])
        state, steps = {"hidden": zeros, "cell": zeros}, []
        for values in inputs:
            after = STEP[cell](w_ih @ values + b_ih, w_hh @ state["hidden"] + b_hh, state)
            state = {**state, **after}
            steps.append(after)
        inputs = [step["hidden"] for step in steps]
        read.append({name: np.stack([step[name] for step in steps]) for name in steps[0]})
    return read
