"""The network agrees with PyTorch's own modules, and starts from the weights it should."""

from typing import get_args

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.rnnvis_assets.checkpoint.small_runs import make_config

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def make_network(**changes: object) -> RecurrentNetwork:
    network = RecurrentNetwork(make_config(**changes), vocabulary_size=7, num_outputs=7)
    initialise(network, seed=3, forget_bias=1.0)
    return network.eval()


@pytest.mark.parametrize("cell", MODULES)
def test_reads_as_pytorch_does(cell: str) -> None:
    network = make_network(cell=cell)
    module = MODULES[cell](8, 8, 2, batch_first=True)
    module.load_state_dict(network.rnn.state_dict())
    words = torch.tensor([[1, 2, 3], [4, 5, 6]])
    expected, _ = module(nn.functional.embedding(words, network.embedding.weight))
    hidden, state = network.read(words, network.initial_state(2))
    torch.testing.assert_close(hidden, expected)
    torch.testing.assert_close(state[0][-1], expected[:, -1])


@pytest.mark.parametrize("cell", get_args(Cell))
def test_reading_in_pieces_changes_nothing(cell: str) -> None:
    network = make_network(cell=cell)
    words = torch.arange(7).unsqueeze(0)
    whole, _ = network.read(words, network.initial_state(1))
    first, state = network.read(words[:, :3], network.initial_state(1))
    second, _ = network.read(words[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)


@pytest.mark.parametrize("cell", ["gru", "min_gru", "min_lstm", "mamba"])
def test_packed_and_plain_sequences_agree(cell: str) -> None:
    network = make_network(cell=cell)
    documents = [torch.randn(length, 8) for length in (2, 5)]
    packed = pack_sequence(documents, enforce_sorted=False)
    output, state = network.run(packed, network.initial_state(2))
    for row, (document, read) in enumerate(zip(documents, unpack_sequence(output), strict=True)):
        hidden, after = network.run(document.unsqueeze(0), network.initial_state(1))
        torch.testing.assert_close(read, hidden[0])
        for together, own in zip(state, after, strict=True):
            torch.testing.assert_close(together[:, row], own[:, 0])


def test_tied_output_layer_is_the_embedding() -> None:
    network = make_network(tied_embedding=True)
    assert "decoder.weight" not in network.state_dict()
    hidden = torch.randn(3, 8)
    expected = hidden @ network.embedding.weight.t() + network.decoder.bias
    torch.testing.assert_close(network.decode(hidden), expected)


def test_names_of_the_tensors() -> None:
    names = set(make_network(num_layers=1).state_dict())
    assert names == {
        "embedding.weight",
        "rnn.weight_ih_l0",
        "rnn.weight_hh_l0",
        "rnn.bias_ih_l0",
        "rnn.bias_hh_l0",
        "decoder.weight",
        "decoder.bias",
    }


def test_starting_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = make_network().state_dict()
    torch.manual_seed(2)
    second = make_network().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_forget_gate_starts_open() -> None:
    network = make_network()
    assert torch.equal(network.rnn.bias_ih_l1[8:16], torch.ones(8))
    assert torch.equal(network.rnn.bias_hh_l1[8:16], torch.zeros(8))
    assert network.rnn.bias_ih_l1[:8].abs().max() < 8**-0.5


def test_forget_gate_of_a_min_lstm_starts_open() -> None:
    network = make_network(cell="min_lstm")
    assert torch.equal(network.rnn.bias_ih_l1[:8], torch.ones(8))
    assert network.rnn.bias_ih_l1[8:].abs().max() < 8**-0.5
