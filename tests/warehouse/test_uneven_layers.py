"""A release whose layers have names, other sizes, other states and another direction."""

from dataclasses import dataclass

import numpy as np
import pytest

from tests.warehouse.examples import whole_content
from tests.warehouse.synthetic import Synthetic, columns_of, publish
from warehouse.build_release import write_release
from warehouse.errors import ReleaseError
from warehouse.reader import open_release
from warehouse.recording_schema import RECORDED_ARRAYS, LayerShape
from warehouse.storage import Storage

ENCODER = LayerShape("encoder.rnn layer 0 backward", 6, RECORDED_ARRAYS, "lstm", "backward")
TOP = LayerShape("top", 9, ("hidden", "hidden_delta", "keep_gate"), "gru")


@dataclass(frozen=True)
class Uneven(Synthetic):
    name: str = "uneven"
    cell: str = "mixed"

    @property
    def layers(self):
        return (ENCODER, TOP)

    @property
    def states(self):
        return ("cell", "hidden")

    @property
    def analysed(self):
        return [(0, "cell"), (0, "hidden"), (1, "hidden")]


SPEC = Uneven()


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    storage = Storage(tmp_path_factory.mktemp("uneven"))
    publish(storage, SPEC)
    with open_release(SPEC.name, storage=storage) as opened:
        yield opened


def test_every_layer_tells_its_name_size_states_and_gate(uneven):
    first, top = uneven.layers
    assert (first.name, first.units, first.direction) == (ENCODER.name, 6, "backward")
    assert (first.states, first.gated_state) == (("cell", "hidden"), "cell")
    assert (top.name, top.units, top.cell, top.states) == ("top", 9, "gru", ("hidden",))
    with pytest.raises(ReleaseError, match="found layer 2"):
        uneven.layers[2]


@pytest.mark.parametrize(("layer", "state"), SPEC.analysed)
def test_responses_are_as_long_as_their_layer(uneven, layer, state):
    expected = SPEC.responses(layer, state)
    np.testing.assert_array_equal(
        uneven.words.response_matrix(layer=layer, state=state).mean, expected
    )
    np.testing.assert_array_equal(
        uneven.words.response(3, layer=layer, state=state).mean, expected[3]
    )
    last = SPEC.units_of(layer) - 1
    top = uneven.units.top_words(last, layer=layer, state=state, limit=4, minimum_count=1)
    assert top["word_id"].to_pylist() == np.argsort(-np.abs(expected[:, last]))[:4].tolist()
    with pytest.raises(ReleaseError, match=f"expected one from 0 to {last}"):
        uneven.units.top_words(last + 1, layer=layer, state=state)


def test_words_are_compared_within_their_layer(uneven):
    expected = SPEC.responses(1, "hidden")
    lengths = np.linalg.norm(expected, axis=1)
    similarity = expected @ expected[5] / lengths / lengths[5]
    similarity[5] = -2
    nearest = uneven.words.nearest(5, layer=1, state="hidden", limit=3)
    assert nearest["word_id"].to_pylist() == np.argsort(-similarity)[:3].tolist()


def test_a_state_that_a_layer_lacks_is_refused_with_those_it_has(uneven):
    with pytest.raises(ReleaseError, match=r"a state of \['hidden'\]"):
        uneven.words.response(3, layer=1, state="cell")


@pytest.mark.slow
def test_responses_of_another_length_than_the_layer_are_a_fault(tmp_path):
    columns = columns_of(SPEC)
    means = columns["expected_response"]["mean"]
    means[-1] = means[-1][:-1]
    content = whole_content(tmp_path, SPEC, columns)
    faults = write_release(tmp_path / "release.duckdb", content, None)
    assert faults == ["expected_response, layer 1 hidden: 8 units, expected 9"]
