"""Networks that compute the same function with other signs and another order of their units."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.co_clusters.co_clustering import CoClustering, co_cluster
from rnnvis_assets.configuration.cell_kinds import CELLS, Cell
from rnnvis_assets.expected_response.mean_response import respond
from rnnvis_assets.glyphs.aggregate_information import Glyphs, sentence_glyphs
from rnnvis_assets.network.cells import make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.checkpoint.small_runs import make_config

WORDS, UNITS, LAYERS, TOKENS = 15, 6, 2, 150
TEXT = np.random.default_rng(0).integers(0, WORDS, TOKENS)
SIGNED_BLOCK = {"rnn": 0, "lstm": 2, "gru": 2, "min_gru": 1, "min_lstm": 2}
"""The block of rows that computes the state's new value; the others are gates."""
NEAR = {"rtol": 1e-3, "atol": 1e-4}
Analysis = tuple[list[CoClustering], Glyphs]


def make_network(cell: Cell) -> RecurrentNetwork:
    torch.manual_seed(0)
    shape = {"embedding_size": 4, "hidden_size": UNITS, "num_layers": LAYERS}
    network = RecurrentNetwork(make_config(cell=cell, **shape), WORDS, WORDS).eval()
    for weight in network.parameters():
        torch.nn.init.normal_(weight)
    return network


def rearrange(
    network: RecurrentNetwork, orders: list[np.ndarray], signs: list[np.ndarray]
) -> RecurrentNetwork:
    """A network whose unit u of layer l is the unit ``orders[l][u]``, times ``signs[l][u]``, of
    ``network``, and whose logits are the same."""
    other = make_network(network.cell)
    other.load_state_dict(network.state_dict())
    block = SIGNED_BLOCK[network.cell]
    for layer, (order, sign) in enumerate(zip(orders, signs, strict=True)):
        sign = torch.tensor(sign)
        for weight in (weights.data for weights in other.rnn.all_weights[layer]):
            rows = [part[order] for part in weight.clone().split(UNITS)]
            rows[block] = rows[block] * (sign if weight.dim() == 1 else sign[:, None])
            weight.copy_(torch.cat(rows))
        above = layer + 1
        columns = [] if CELLS[network.cell].linear else [getattr(other.rnn, f"weight_hh_l{layer}")]
        columns.append(
            getattr(other.rnn, f"weight_ih_l{above}") if above < LAYERS else other.decoder.weight
        )
        for weight in columns:
            weight.data.copy_(weight.data.clone()[:, order] * sign)
    return other


def states_of(network: RecurrentNetwork) -> list[dict[str, np.ndarray]]:
    """Every recorded array of each layer, float32[tokens, units]."""
    inputs = network.embedding.weight.detach()[torch.tensor(TEXT)][None]
    starts = torch.zeros(1, TOKENS, dtype=torch.bool)
    found = []
    for layer in make_layers(network):
        out = {name: torch.empty(1, TOKENS, UNITS) for name in layer.arrays}
        layer.run(inputs, starts, [torch.zeros(1, UNITS) for _ in layer.states], out)
        found.append({name: array[0].numpy() for name, array in out.items()})
        inputs = out["hidden"]
    return found


def analyse(arrays: dict[str, np.ndarray], state: str) -> Analysis:
    responses = respond(TEXT.astype(np.int32), arrays[f"{state}_delta"]).mean
    found = co_cluster(responses, "signed", clusters=range(2, 5), seeds=2)
    return found, sentence_glyphs(arrays[state], arrays.get("keep_gate"), found[1].chips)


def analyses(layers: list[dict[str, np.ndarray]]) -> list[dict[str, Analysis]]:
    """Of each layer, that of every state."""
    return [
        {state: analyse(arrays, state) for state in ("hidden", "cell") if state in arrays}
        for arrays in layers
    ]


@cache
def before(cell: Cell) -> tuple[list[dict[str, np.ndarray]], list[dict[str, Analysis]]]:
    """What is recorded of the network as it is made, and the analyses of this."""
    layers = states_of(make_network(cell))
    return layers, analyses(layers)


def assert_same(found: Analysis, expected: Analysis, order: np.ndarray, sign: np.ndarray) -> None:
    for one, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_array_equal(one.words, other.words)
        falls = (sign < 0) != (one.chips.directions < 0)
        np.testing.assert_array_equal(one.cells, other.cells[order + falls * UNITS])
        np.testing.assert_allclose(one.strength, other.strength, **NEAR)
        np.testing.assert_allclose(one.centrality, other.centrality, **NEAR)
        np.testing.assert_allclose(one.links.weight, other.links.weight, **NEAR)
        np.testing.assert_allclose(
            list(vars(one.quality).values()), list(vars(other.quality).values()), **NEAR
        )
    for name, values in vars(found[1]).items():
        if values is not None:
            np.testing.assert_allclose(values, getattr(expected[1], name), **NEAR)


@pytest.mark.slow
@pytest.mark.parametrize("cell", SIGNED_BLOCK)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_signs_and_order_of_units_change_no_table(cell: Cell, seed: int) -> None:
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(UNITS) for _ in range(LAYERS)]
    signs = [generator.choice(np.float32([-1, 1]), UNITS) for _ in range(LAYERS)]
    layers, expected = before(cell)
    after = states_of(rearrange(make_network(cell), orders, signs))
    for one, other, order, sign in zip(layers, after, orders, signs, strict=True):
        np.testing.assert_allclose(other["hidden"], one["hidden"][:, order] * sign, atol=1e-4)
    for ours, theirs, order, sign in zip(analyses(after), expected, orders, signs, strict=True):
        assert ours.keys() == theirs.keys()
        for state, found in ours.items():
            assert_same(found, theirs[state], np.tile(order, 2), np.tile(sign, 2))
