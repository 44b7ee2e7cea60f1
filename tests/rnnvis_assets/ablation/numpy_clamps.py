"""A network read word by word in float64 NumPy while one layer's state is clamped."""

from collections.abc import Sequence

import numpy as np

from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.glyphs.numpy_cells import sigmoid

Bounds = tuple[np.ndarray, np.ndarray]


def _step(cell: str, read: np.ndarray, kept: np.ndarray, h: np.ndarray, c: np.ndarray, hold):
    """h and c after a step; ``hold`` takes a state's name and what it would be."""
    if cell in ("rnn", "rnn_relu"):
        summed = read + kept
        return hold("hidden", np.tanh(summed) if cell == "rnn" else np.maximum(summed, 0)), c
    if cell == "gru":
        (ri, zi, ni), (rh, zh, nh) = np.split(read, 3), np.split(kept, 3)
        z, n = sigmoid(zi + zh), np.tanh(ni + sigmoid(ri + rh) * nh)
        return hold("hidden", (1 - z) * n + z * h), c
    if cell == "min_gru":
        z, new = np.split(read, 2)
        return hold("hidden", (1 - sigmoid(z)) * h + sigmoid(z) * new), c
    i, f, g, o = np.split(read + kept, 4)
    c = hold("cell", sigmoid(f) * c + sigmoid(i) * np.tanh(g))
    return hold("hidden", sigmoid(o) * hold("cell_output", np.tanh(c))), c


def read_clamped_by_hand(
    network: RecurrentNetwork, words: Sequence[int], layer: int, state: str, bounds: Bounds
) -> np.ndarray:
    """The last layer's h float64[steps, units] for one sequence from a zero state."""
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    inputs = [weights["embedding.weight"][word] for word in words]
    for number in range(network.rnn.num_layers):
        w_ih, b_ih = (weights[f"rnn.{name}_l{number}"] for name in ("weight_ih", "bias_ih"))
        nothing = np.zeros((1, network.rnn.hidden_size)), np.zeros(1)
        w_hh, b_hh = (
            weights.get(f"rnn.{name}_l{number}", none)
            for name, none in zip(("weight_hh", "bias_hh"), nothing, strict=True)
        )
        h = c = np.zeros(network.rnn.hidden_size)
        outputs = []

        def hold(name: str, values: np.ndarray, number: int = number) -> np.ndarray:
            return np.clip(values, *bounds) if (number, name) == (layer, state) else values

        for x in inputs:
            h, c = _step(network.cell, w_ih @ x + b_ih, w_hh @ h + b_hh, h, c, hold)
            outputs.append(h)
        inputs = outputs
    return np.array(inputs)
