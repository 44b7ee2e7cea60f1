"""A network read word by word in float64 NumPy while one layer's state is clamped."""

import numpy as np
import numpy.typing as npt

from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.numpy_cells import read_words

Bounds = tuple[np.ndarray, np.ndarray]


def read_clamped_by_hand(
    network: RecurrentNetwork, words: npt.ArrayLike, layer: int, state: str, bounds: Bounds
) -> np.ndarray:
    """The last layer's h float64[steps, units] for one sequence from a zero state."""
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}

    def hold(number: int, name: str, values: np.ndarray) -> np.ndarray:
        return np.clip(values, *bounds) if (number, name) == (layer, state) else values

    return read_words(weights, network.cell, network.rnn.num_layers, words, hold)[-1]["hidden"]
