"""Stretches like a chosen one, over a real release: against every window in float64."""

from itertools import product

import numpy as np
import pytest

from tests.viewer.conftest import SPEC
from tests.warehouse.synthetic_states import states_of
from viewer.data import pattern_matches as searched
from viewer.state.explorer_state import ExplorerState
from viewer.views.detail_view import DetailView
from viewer.views.sections.patterns_section import NO_CHIP, NO_STEP, NO_UNIT

SENTENCES, LENGTH = SPEC.num_tokens // SPEC.sentence_length, SPEC.sentence_length


def distances_to(sentence: int, first: int, length: int, units: list[int]) -> dict:
    """By (sentence, position): the root of the mean squared difference of standardized states."""
    values = states_of(SPEC, 1, "cell").astype(np.float64)
    scaled = ((values - values.mean(axis=0)) / values.std(axis=0))[:, units]
    scaled = np.clip(scaled, -127 / 32, 127 / 32).reshape(SENTENCES, LENGTH, -1)
    wanted = scaled[sentence, first : first + length]
    return {
        (other, place): np.sqrt(np.mean((scaled[other, place : place + length] - wanted) ** 2))
        for other, place in product(range(SENTENCES), range(LENGTH - length + 1))
        if (other, place) != (sentence, first)
    }


def test_the_nearest_stretches_of_the_selected_step(
    detail: DetailView, state: ExplorerState
) -> None:
    state.section = "patterns"
    page = detail.sections["patterns"]
    assert NO_STEP in page.text.pane.object
    state.select_units([3, 17])
    state.param.update(sentences=[4], stretch=3, matched_by="selected units", step=(0, 6))
    words = np.array(SPEC.words())[SPEC.word_ids()].reshape(SENTENCES, LENGTH)
    assert f"<mark>{' '.join(words[4, 4:7])}</mark>" in page.shown.object
    expected = distances_to(4, 4, 3, [3, 17])
    found = [(item["sentence"], item["position"]) for item in page.matches.list.items]
    given = [float(item["change"]) for item in page.matches.list.items]
    assert given == sorted(given)
    np.testing.assert_allclose(given, [expected[place] for place in found], atol=0.03)
    best = min(expected.values())
    assert given[0] == pytest.approx(best, abs=0.03)
    assert page.matches.list.items[0]["word"] == " ".join(
        words[found[0][0], found[0][1] : found[0][1] + 3]
    )
    page.matches._receive({"type": "show", "sentence": found[0][0], "position": 0})
    assert (state.sentences, state.step) == ([4, found[0][0]], (0, 6))


def test_the_units_are_those_of_the_choice(detail: DetailView, state: ExplorerState) -> None:
    state.section = "patterns"
    page = detail.sections["patterns"]
    state.param.update(sentences=[4], step=(0, 1), matched_by="highlighted chip")
    assert NO_CHIP in page.text.pane.object
    state.pinned = "chip~2"
    chips = state.release.clusters.get(
        layer=1, state="cell", affinity="positive", num_clusters=state.num_clusters
    ).chips
    own = chips.units[chips.clusters == 1]
    assert page.matches.latest.question[1].units == tuple(sorted(own.tolist()))
    # Only two words come before the step's end.
    assert page.matches.latest.question[1].length == 2
    state.matched_by = "selected units"
    assert NO_UNIT in page.text.pane.object
    assert page.matches.list.items == []


def test_of_many_units_the_farthest_from_their_mean_are_compared(
    detail: DetailView, state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searched, "MOST_COMPARED", 5)
    state.section = "patterns"
    state.param.update(sentences=[7], step=(0, 9), stretch=2)
    values = states_of(SPEC, 1, "cell")
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    stretch = scaled.reshape(SENTENCES, LENGTH, -1)[7, 8:10]
    farthest = np.argsort(-np.square(stretch).sum(axis=0))[:5].tolist()
    expected = distances_to(7, 8, 2, sorted(farthest))
    item = detail.sections["patterns"].matches.list.items[0]
    assert float(item["change"]) == pytest.approx(min(expected.values()), abs=0.03)


def test_a_typed_sentence_that_no_network_reads_is_a_problem(
    detail: DetailView, state: ExplorerState
) -> None:
    state.section = "patterns"
    state.param.update(sentences=["her own words"], step=(0, 1))
    assert "not in the vocabulary" in detail.sections["patterns"].text.pane.object
