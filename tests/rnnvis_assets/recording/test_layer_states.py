"""One sequence in memory, against the equations in NumPy and against ``torch.nn`` itself."""

import numpy as np
import pytest
import torch

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.network.cells import make_layers
from rnnvis_assets.recording.layer_states import record_sequence
from tests.rnnvis_assets.recording.networks import (
    ARRAYS,
    CELLS,
    expected_states,
    make_network,
    make_words,
)


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_every_array_agrees_with_the_equations(cell: Cell, num_layers: int) -> None:
    network, words = make_network(cell, num_layers), make_words(40)
    found = record_sequence(network, words.tolist())
    assert len(found) == num_layers
    for layer, expected in zip(found, expected_states(network, words), strict=True):
        assert {name for name, array in vars(layer).items() if array is not None} == set(expected)
        for name, values in expected.items():
            np.testing.assert_allclose(getattr(layer, name), values, atol=1e-6, rtol=0)


@pytest.mark.parametrize("cell", CELLS)
def test_hidden_and_cell_agree_with_torch_stepped_word_by_word(cell: Cell) -> None:
    network, words = make_network(cell, 2, units=40), make_words(30)
    found = record_sequence(network, words)
    state = network.initial_state(1)
    for step, word in enumerate(words):
        with torch.inference_mode():
            output, state = network.read(torch.tensor([[word]]), state)
        assert np.abs(output[0, 0].numpy() - found[-1].hidden[step]).max() < 1e-6
        for layer, states in enumerate(found):
            assert np.abs(state[0][layer, 0].numpy() - states.hidden[step]).max() < 1e-6
            if states.cell is not None:
                assert np.abs(state[1][layer, 0].numpy() - states.cell[step]).max() < 1e-6


@pytest.mark.parametrize("cell", CELLS)
def test_all_is_float32_and_has_a_row_a_word(cell: Cell) -> None:
    (layer,) = record_sequence(make_network(cell), make_words(7))
    for name in ARRAYS[cell]:
        assert getattr(layer, name).shape == (7, 5)
        assert getattr(layer, name).dtype == np.float32


@pytest.mark.parametrize("cell", CELLS)
def test_the_cell_output_is_what_the_output_gate_reads(cell: Cell) -> None:
    (layer,) = record_sequence(make_network(cell), make_words(7))
    if layer.cell is None:
        assert layer.cell_output is None
        assert layer.cell_output_delta is None
        return
    output = np.tanh(layer.cell.astype(np.float64))
    np.testing.assert_allclose(layer.cell_output, output, atol=1e-6)
    moved = np.diff(output, axis=0, prepend=np.zeros((1, output.shape[1])))
    np.testing.assert_allclose(layer.cell_output_delta, moved, atol=1e-6)


def test_layers_made_once_read_many_sequences() -> None:
    network = make_network("lstm", 2)
    layers = make_layers(network)
    for length in (3, 9, 3):
        words = make_words(length)
        for one, other in zip(
            record_sequence(network, words, layers), record_sequence(network, words), strict=True
        ):
            np.testing.assert_array_equal(one.cell, other.cell)


def test_no_words_give_no_rows() -> None:
    assert record_sequence(make_network("lstm"), [])[0].cell.shape == (0, 5)
