"""Small networks, and what they must do: the equations of PyTorch's manual, and of Feng et al.
(2024), in float64 NumPy."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.checkpoint.small_runs import make_config

CELLS: tuple[Cell, ...] = ("rnn", "lstm", "gru", "min_gru", "min_lstm")
WORDS = 20
ARRAYS = {
    "rnn": ("hidden", "hidden_delta"),
    "lstm": ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate"),
    **dict.fromkeys(("gru", "min_gru", "min_lstm"), ("hidden", "hidden_delta", "keep_gate")),
}

Floats = npt.NDArray[np.float64]
LayerArrays = dict[str, Floats]


def make_network(
    cell: Cell, num_layers: int = 1, units: int = 5, seed: int = 0
) -> RecurrentNetwork:
    """A network whose weights are large enough to drive gates and states towards their ends."""
    torch.manual_seed(seed)
    config = make_config(num_layers=num_layers, hidden_size=units, embedding_size=4)
    config = config.model_copy(update={"cell": cell})  # some cells are only imported
    network = RecurrentNetwork(config, WORDS, num_outputs=3)
    for weights in network.rnn.parameters():
        torch.nn.init.normal_(weights, std=units**-0.5)
    torch.nn.init.normal_(network.output_weight)
    return network.eval()


def make_words(count: int, seed: int = 0) -> npt.NDArray[np.int32]:
    return np.random.default_rng(seed).integers(WORDS, size=count).astype(np.int32)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _step(cell: Cell, w: Mapping[str, Floats], x: Floats, h: Floats, c: Floats) -> LayerArrays:
    read = w["weight_ih"] @ x + w["bias_ih"]
    if cell == "min_gru":
        z, new = _sigmoid(read[: len(h)]), read[len(h) :]
        return {"hidden": (1 - z) * h + z * new, "keep_gate": 1 - z}
    if cell == "min_lstm":
        f, i, new = np.split(read, 3)
        keep = _sigmoid(f) / (_sigmoid(f) + _sigmoid(i))
        return {"hidden": keep * h + (1 - keep) * new, "keep_gate": keep}
    kept = w["weight_hh"] @ h + w["bias_hh"]
    if cell == "rnn":
        return {"hidden": np.tanh(read + kept)}
    if cell == "lstm":
        i, f, g, o = np.split(read + kept, 4)
        cell_state = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        hidden = _sigmoid(o) * np.tanh(cell_state)
        return {"hidden": hidden, "cell": cell_state, "keep_gate": _sigmoid(f)}
    (read_r, read_z, read_n), (kept_r, kept_z, kept_n) = np.split(read, 3), np.split(kept, 3)
    z = _sigmoid(read_z + kept_z)
    n = np.tanh(read_n + _sigmoid(read_r + kept_r) * kept_n)
    return {"hidden": (1 - z) * n + z * h, "keep_gate": z}


def _read_layer(network: RecurrentNetwork, layer: int, inputs: Floats) -> LayerArrays:
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    weights = {
        name: getattr(network.rnn, f"{name}_l{layer}").detach().double().numpy()
        for name in names
        if hasattr(network.rnn, f"{name}_l{layer}")
    }
    h = c = np.zeros(network.rnn.hidden_size)
    rows = []
    for x in inputs:
        row = _step(network.cell, weights, x, h, c)
        row["hidden_delta"] = row["hidden"] - h
        h = row["hidden"]
        if "cell" in row:
            row["cell_delta"] = row["cell"] - c
            c = row["cell"]
        rows.append(row)
    return {name: np.array([row[name] for row in rows]) for name in ARRAYS[network.cell]}


def expected_states(network: RecurrentNetwork, word_ids: npt.ArrayLike) -> list[LayerArrays]:
    """Every array of every layer, float64[steps, units], for one sequence from a zero state."""
    inputs = network.embedding.weight.detach().double().numpy()[np.asarray(word_ids)]
    layers = []
    for layer in range(network.rnn.num_layers):
        layers.append(_read_layer(network, layer, inputs))
        inputs = layers[-1]["hidden"]
    return layers


def expected_recording(
    network: RecurrentNetwork, word_ids: npt.NDArray[np.int32], sequences: npt.NDArray[np.int64]
) -> list[LayerArrays]:
    """The same, sequence by sequence, one below the other."""
    pieces = [
        expected_states(network, word_ids[start:stop])
        for start, stop in pairwise(sequences)
        if stop > start
    ]
    return [
        {
            name: np.concatenate([piece[layer][name] for piece in pieces])
            for name in ARRAYS[network.cell]
        }
        for layer in range(network.rnn.num_layers)
    ]
