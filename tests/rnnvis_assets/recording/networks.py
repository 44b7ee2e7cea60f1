"""Small networks, and what they must do."""

import numpy as np
import numpy.typing as npt
import torch

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.numpy_cells import Arrays, Floats, read_sequences, read_words
from tests.rnnvis_assets.checkpoint.small_runs import make_config

CELLS: tuple[Cell, ...] = ("rnn", "lstm", "gru", "min_gru", "min_lstm")
WORDS = 20
ARRAYS = {
    "rnn": ("hidden", "hidden_delta"),
    "lstm": ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate"),
    **dict.fromkeys(("gru", "min_gru", "min_lstm"), ("hidden", "hidden_delta", "keep_gate")),
}


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


def _weights(network: RecurrentNetwork) -> dict[str, Floats]:
    return {name: value.double().numpy() for name, value in network.state_dict().items()}


def expected_states(network: RecurrentNetwork, word_ids: npt.ArrayLike) -> list[Arrays]:
    """Every array of every layer, float64[steps, units], for one sequence from a zero state."""
    return read_words(_weights(network), network.cell, network.rnn.num_layers, word_ids)


def expected_recording(
    network: RecurrentNetwork, word_ids: npt.NDArray[np.int32], sequences: npt.NDArray[np.int64]
) -> list[Arrays]:
    """The same, sequence by sequence, one below the other."""
    layers = network.rnn.num_layers
    return read_sequences(_weights(network), network.cell, layers, word_ids, sequences)
