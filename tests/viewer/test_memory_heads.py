"""What the viewer says of networks that remember in matrices: heads, coverage, sub-words, and what
each word wrote and lost."""

import numpy as np
import pytest

from tests.viewer.conftest import MEMORY, SPEC, session_of
from tests.viewer.made_up_factors import KEY_SIZE, made_up_factors
from tests.warehouse.synthetic_states import split_of
from viewer.data.memory_heads import coverage_rows, heads_of, pieces_text, readers_of, sinks_text
from viewer.data.release_store import Analysis, co_clustering
from viewer.data.sentence_states import glyphs_of
from viewer.percentages import spaced
from viewer.state.explorer_state import ExplorerState
from viewer.views.component_data import analysis_data
from viewer.views.detail_view import DetailView
from viewer.views.main_view import CoClusterView
from viewer.views.pane_controls import PaneCard
from viewer.views.sections.heads_section import NO_CHOICE, NO_MEMORY
from viewer.views.sentence_data import sentence_data
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

SENTENCE = 3
ROWS = slice(SENTENCE * MEMORY.sentence_length, (SENTENCE + 1) * MEMORY.sentence_length)


@pytest.fixture
def pane(memory: Storage) -> ExplorerState:
    return session_of(memory, MEMORY.name).left


def test_the_memory_is_shown_first_with_what_was_written_and_lost(pane: ExplorerState) -> None:
    assert (pane.layer, pane.state) == (1, "cell")
    data = sentence_data(pane.release, SENTENCE, pane.analysis)
    chips = co_clustering(pane.release, pane.analysis).chips
    signs = np.where(chips.directions < 0, -1, 1)
    for name, values in zip(("written", "lost"), split_of(MEMORY, 1), strict=True):
        oriented = values[ROWS][:, chips.units] * signs
        expected = [oriented[:, chips.clusters == chip].mean(axis=1) for chip in range(10)]
        np.testing.assert_allclose(
            data[name].reshape(-1, 10), np.transpose(expected), atol=1e-5, err_msg=name
        )
    total = data["positive_change"] + data["negative_change"]
    np.testing.assert_allclose(data["written"] + data["lost"], total, atol=1e-5)


def test_the_readout_is_shown_without_its_parts(pane: ExplorerState) -> None:
    pane.state = "hidden"
    data = sentence_data(pane.release, SENTENCE, pane.analysis)
    assert data["k"] == 10
    assert "written" not in data


def test_other_clusters_are_read_from_the_recording_with_both_parts(pane: ExplorerState) -> None:
    glyphs = glyphs_of(pane.release, SENTENCE, Analysis(1, "cell", "positive", 2))
    assert glyphs.written is not None
    assert glyphs.lost is not None
    found = glyphs.written + glyphs.lost
    np.testing.assert_allclose(found, glyphs.positive_change + glyphs.negative_change, atol=1e-5)


def test_the_page_of_heads_is_there_for_matrix_memories(
    pane: ExplorerState, state: ExplorerState
) -> None:
    assert "heads" in DetailView(pane).turner.options.values()
    ordinary = DetailView(state)
    assert "heads" not in ordinary.turner.options.values()
    state.section = "heads"  # as an address may ask
    assert ordinary.turner.value == "heads"
    assert NO_MEMORY in ordinary.sections["heads"].coverage.pane.object


def test_a_row_a_head_which_selects_its_units(pane: ExplorerState) -> None:
    pane.section = "heads"
    page = DetailView(pane).sections["heads"]
    columns = {column["title"]: column["values"] for column in page.table.table["columns"]}
    assert columns["units"] == ["0–9", "10–19", "20–29", "30–39", "40–49", "50–59"]
    assert columns["half-life"] == [2, 4, 8, 16, 32, 64]
    assert columns[""] == [*[""] * 5, "sink"]
    page._receive({"type": "unit", "unit": 20})
    assert pane.units == [20]
    page._receive({"type": "add_unit", "unit": 57})
    page.draw()
    assert page.table.chosen == [20, 50]


def test_what_the_mean_query_explains_is_on_the_card(pane: ExplorerState) -> None:
    card = PaneCard(pane).quality.object
    coverage = 0.9 / (2 + np.arange(6))
    assert (
        spaced(f"{np.median(coverage):.0%} of the readout (median; lowest 13%): most of it") in card
    )
    assert "0.40 (1: each cluster is a head)" in card
    assert "recording: {readers: 4} in its analysis shows more" in card
    pane.section = "heads"
    page = DetailView(pane).sections["heads"].coverage.pane.object
    assert "Mean query explains" in page
    assert "recording: {readers: 4} in its analysis shows more." in page
    pane.layer = 0
    assert spaced("lowest 15%") in PaneCard(pane).quality.object
    pane.state = "hidden"  # the readout itself
    assert "Mean query" not in PaneCard(pane).quality.object
    assert coverage_rows({"coverage": np.array([np.nan])}, 1) == []
    assert coverage_rows({"coverage": np.array([0.9, np.nan, 0.7])}, 1) == [
        ("Mean query explains", spaced("80% of the readout (median; lowest 70%)"))
    ]


def test_several_readers_are_named() -> None:
    heads = {"coverage": np.array([0.3, 0.2])}
    assert readers_of({"spec": {"analysis": {"recording": {"readers": 4}}}}) == 4
    assert readers_of({"spec": {"analysis": None}}) == 1
    ((who, text),) = coverage_rows(heads, 4)
    assert who == "4 readers explain"
    assert text.endswith("most of it is not in the picture")


def test_sinks_are_named(pane: ExplorerState) -> None:
    assert sinks_text(heads_of(pane.release, 1), True).startswith(
        "Head 5 writes over ten times as much"
    )
    both = {"head": np.arange(3), "sink": np.array([True, False, True])}
    assert sinks_text(both, False).startswith("Heads 0, 2 write over")
    assert sinks_text(both, False).endswith("No chip holds such units (co_clusters.sinks: false).")
    assert sinks_text({"head": np.arange(3), "sink": np.zeros(3, bool)}, True) == ""


def test_gates_are_drawn_once_a_head(pane: ExplorerState) -> None:
    pane.section = "units"
    pane.select_units([17])
    page = DetailView(pane).sections["units"]
    assert page.saturation.units.data["unit"].tolist() == [0, 10, 20, 30, 40, 50]
    assert page.saturation.plot.title.text.startswith("Saturation of the gates of all 6 heads")
    assert page.saturation.selected.data["unit"] == [17]


def test_sub_words_are_listed(pane: ExplorerState) -> None:
    view = CoClusterView(pane)
    view._receive({"type": "matrix"})
    words, pieces = view.component.vocabulary["words"], view.component.measures["pieces"]
    read = dict(zip(pieces["places"].tolist(), pieces["texts"], strict=True))
    assert read[words.index("would")] == "wou\nld"
    assert words.index("she") not in read
    pane.select_words([pane.vocabulary.place["would"]])
    page = DetailView(pane).sections["responses"]
    assert "“would” as wou · ld;" in page.pieces.pane.object
    assert pieces_text(pane.release, [(pane.vocabulary.place["she"], "she")]) == ""


def test_the_help_knows_the_heads_and_the_attention_layers(
    pane: ExplorerState, state: ExplorerState
) -> None:
    shown = CoClusterView(pane).component.analysis
    assert (shown["heads"], shown["attention"]) == (6, [1, 3])
    ordinary = analysis_data(state.facts, state.analysis)
    assert (ordinary["heads"], ordinary["attention"]) == (0, [])
    view = CoClusterView(state)
    view._receive({"type": "matrix"})
    assert view.component.measures["pieces"] == {}
    assert SPEC.heads == 0


def test_what_a_unit_holds_after_a_word(with_factors: Storage) -> None:
    """Unit 17 is the eighth channel of head 1; its vector by a loop over the words before."""
    pane = session_of(with_factors, MEMORY.name).left
    pane.section = "heads"
    page = DetailView(pane).sections["heads"]
    assert NO_CHOICE in page.key_slot.text.pane.object
    pane.select_units([17])
    pane.sentences = [SENTENCE]
    pane.step = (0, 4)
    page.draw()
    factors, memory = made_up_factors(MEMORY, 1)[0], np.zeros((KEY_SIZE, 10))
    for t in range(ROWS.start, ROWS.start + 5):
        key, value = factors["key"][t, 1], factors["value"][t, 1]
        decay = np.exp(factors["decay_step"][t, 1].astype(np.float64))
        memory = decay[:, None] * memory + np.outer(key, value)
    data = page.key.source.data
    np.testing.assert_allclose(data["value"], memory[:, 7], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(data["decay"], decay, rtol=1e-5)
    assert page.key_slot.chart.visible
    norm = np.linalg.norm(memory)
    assert f"Its head 1: norm {norm:.3g}, effective rank" in page.head.pane.object


@pytest.mark.parametrize(
    ("sentence", "why"),
    [(SENTENCE, "_factors.json is missing"), ("she would", "select a word of a recorded one")],
)
def test_why_a_unit_cannot_be_looked_into(
    pane: ExplorerState, sentence: int | str, why: str
) -> None:
    """There are no factors next to this recording; of typed sentences there never are."""
    pane.section = "heads"
    pane.select_units([17])
    pane.sentences, pane.step = [sentence], (0, 1)
    page = DetailView(pane).sections["heads"]
    assert why in page.key_slot.text.pane.object
    assert not page.key_slot.chart.visible
