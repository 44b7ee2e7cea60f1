"""The detail column over a real release: what its pages show for a state."""

from pathlib import Path

import numpy as np
import pytest

from tests.viewer.conftest import SPEC, TOY
from tests.viewer.made_up_release import publish_made_up
from tests.warehouse.synthetic_states import (
    changes_of,
    write_made_up_recording,
)
from viewer.data import detail_data
from viewer.state.explorer_state import ExplorerState
from viewer.views.detail_view import DetailView
from viewer.views.sections.box_section import NO_UNIT
from viewer.views.sections.responses_section import NO_WORD, rarity
from viewer.views.sections.training_section import NO_LOG, SCALES
from warehouse.reader import Release
from warehouse.storage import Storage

pytestmark = pytest.mark.slow


def test_words_are_laid_over_one_another(
    detail: DetailView, state: ExplorerState, release: Release
) -> None:
    state.find("he, she, for")
    page = detail.sections["responses"]
    for word, glyphs in zip(("he", "she", "for"), page.response.words, strict=True):
        exact = release.words.response(word, layer=1, state="cell")
        order = np.argsort(release.words.response("he", layer=1, state="cell").mean, kind="stable")
        np.testing.assert_array_equal(glyphs.source.data["mean"], exact.mean[order])
        np.testing.assert_array_equal(glyphs.source.data["q91"], exact.q91[order])
    names = [(item["text"], item["count"]) for item in page.words.items]
    counts = [release.words.response(word, layer=1, state="cell").count for word, _ in names]
    assert [count for _, count in names] == [f"{count:,}" for count in counts]
    assert page.sorting.visible
    page.sorting.value = state.words[2]
    order = np.argsort(release.words.response("for", layer=1, state="cell").mean, kind="stable")
    np.testing.assert_array_equal(page.response.order, order)
    state.select_words(state.words[:1])
    assert not page.sorting.visible


def test_a_rare_word_is_marked_as_such(detail: DetailView, state: ExplorerState) -> None:
    counts = state.vocabulary.counts
    rare = int(np.flatnonzero((counts > 0) & (counts < state.minimum_count))[0])
    frequent = int(counts.argmax())
    state.select_words([rare, frequent])
    notes = [item["note"] for item in detail.sections["responses"].words.items]
    assert (f"fewer than the minimum of {state.minimum_count}" in notes[0], notes[1]) == (True, "")
    assert "seen only once" in rarity(1, 5)


def test_the_selected_steps_response_lies_over_the_words(
    detail: DetailView, state: ExplorerState
) -> None:
    state.param.update(sentences=[4], step=(0, 3))
    token = 4 * SPEC.sentence_length + 3
    page = detail.sections["responses"]
    exact = changes_of(SPEC, 1, "cell")[token]
    np.testing.assert_allclose(page.response.step.data["change"], exact[page.response.order])
    word = SPEC.words()[SPEC.word_ids()[token]]
    assert page.words.items[-1]["text"] == f"“{word}” at the selected step"
    assert page.words.items[-1]["id"] is None


def test_units_side_by_side_share_a_scale(
    detail: DetailView, state: ExplorerState, release: Release
) -> None:
    state.find("unit 7, unit 9")
    boxes = detail.sections["responses"].boxes
    ends = set()
    for unit, chart in zip((7, 9), boxes.charts, strict=True):
        top = release.units.top_words(unit, layer=1, state="cell", limit=14, minimum_count=5)
        expected = top.sort_by([("mean", "descending")])
        assert list(chart.source.data["word"]) == expected["word"].to_pylist()
        np.testing.assert_array_equal(chart.source.data["mean"], expected["mean"].to_numpy())
        ends.add((chart.plot.x_range.start, chart.plot.x_range.end))
    assert len(ends) == 1
    assert [len(row.children) for row in boxes.grid.children] == [2]
    state.toggle_unit(11)
    assert [len(row.children) for row in boxes.grid.children] == [2, 2]


def test_how_many_words_and_how_often_seen_is_asked_for(
    detail: DetailView, state: ExplorerState, release: Release
) -> None:
    state.select_units([7])
    (chart,) = detail.sections["responses"].boxes.charts
    state.param.update(top_words=3, minimum_count=20)
    top = release.units.top_words(7, layer=1, state="cell", limit=3, minimum_count=20)
    assert set(chart.source.data["word"]) == set(top["word"].to_pylist())
    assert min(chart.source.data["count"]) >= 20
    state.minimum_count = 10**6
    boxes = detail.sections["responses"].boxes
    assert "No word was seen 1,000,000 times or more: no boxes" in boxes.text.pane.object
    assert not boxes.rows.visible


def test_sentences_stand_where_there_is_no_chart(detail: DetailView, state: ExplorerState) -> None:
    page = detail.sections["responses"]
    state.select_words([])
    assert NO_WORD in page.slot.text.pane.object
    assert NO_UNIT in page.boxes.text.pane.object
    assert not page.slot.chart.visible
    assert not page.boxes.limits.visible
    state.select_words([3])
    assert page.slot.chart.visible
    assert not page.slot.text.pane.visible


def test_a_page_is_made_when_it_is_turned_to_and_drawn_while_it_is_seen(
    detail: DetailView, state: ExplorerState
) -> None:
    assert list(detail.sections) == ["responses"]
    state.section = "units"
    responses = detail.sections["responses"]
    assert not responses.column.visible
    before = dict(responses.response.words[0].source.data)
    state.find("her")
    assert responses.response.words[0].source.data == before
    state.section = "responses"
    assert responses.response.words[0].line.name == "her"
    assert list(detail.sections) == ["responses", "units"]


def test_a_step_that_cannot_be_told_leaves_the_chart_alone(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    publish_made_up(storage, TOY)
    state = ExplorerState(storage)
    state.model = TOY.name
    page = DetailView(state).sections["responses"]
    state.param.update(sentences=[3], step=(0, 1))
    assert "rnnvis materialize" in page.step_text.pane.object
    assert page.slot.chart.visible


def test_occurrences_in_context(detail: DetailView, state: ExplorerState) -> None:
    state.section = "in context"
    state.find("her")
    state.find("unit 7")
    page, word = detail.sections["in context"], state.words[0]
    changes = changes_of(SPEC, 1, "cell")[:, 7]
    tokens = np.flatnonzero(SPEC.word_ids() == word)
    first = tokens[np.argsort(-np.abs(changes[tokens]), kind="stable")][0]
    sentence, position = divmod(int(first), SPEC.sentence_length)
    item = page.of_word.list.items[0]
    assert (item["sentence"], item["position"], item["word"]) == (sentence, position, "her")
    assert item["change"] == f"{changes[first]:+.3f}".replace("-", "−")
    spoken = np.array(SPEC.words())[SPEC.word_ids()].reshape(-1, SPEC.sentence_length)[sentence]
    text = f"{item['before']} {item['word']} {item['after']}".strip("… ")
    assert text in " ".join(spoken)
    assert len(page.of_unit.list.items) == detail_data.LISTED
    page.of_word._receive({"type": "show", "sentence": sentence, "position": position})
    assert (state.sentences, state.step) == ([sentence], (0, position))
    page.of_word._receive({"type": "add", "sentence": sentence + 1, "position": 0})
    assert state.sentences == [sentence, sentence + 1]
    page.of_word._receive({"type": "show", "sentence": "1"})
    assert state.sentences == [sentence, sentence + 1]


def test_without_a_unit_occurrences_are_ranked_by_the_whole_state(
    detail: DetailView, state: ExplorerState
) -> None:
    state.section = "in context"
    state.find("her")
    norms = np.linalg.norm(changes_of(SPEC, 1, "cell"), axis=1)
    largest = norms[SPEC.word_ids() == state.word].max()
    page = detail.sections["in context"]
    assert page.of_word.list.items[0]["change"] == f"{largest:.3f}"
    assert page.of_unit.list.items == []


def test_a_recording_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    publish_made_up(storage, TOY)
    state = ExplorerState(storage)
    state.model = TOY.name
    state.section = "in context"
    page = DetailView(state).sections["in context"]
    assert "is missing" in page.of_word.text.pane.object
    assert "rnnvis materialize" in page.of_word.text.pane.object
    write_made_up_recording(storage, TOY)
    state.find("her")
    assert page.of_word.list.items


def test_training_curves(detail: DetailView, state: ExplorerState, release: Release) -> None:
    state.section = "training"
    page, log = detail.sections["training"], release.training_log().to_pylist()
    shown = [name for name in SCALES if page.panes[name].visible]
    assert shown == ["loss", "perplexity", "learning rate", "gradient norm"]
    train = [row for row in log if row["split"] == "train"]
    first, second, *_ = page.charts["perplexity"].sources
    np.testing.assert_array_equal(first.data["value"], [row["value"] for row in train])
    np.testing.assert_array_equal(first.data["step"], [row["step"] for row in train])
    assert len(second.data["step"]) == len(log) - len(train)
    assert [len(source.data["step"]) for source in page.charts["gradient norm"].sources] == [40] * 4
    state.model = TOY.name
    assert page.panes["accuracy"].visible
    assert not page.panes["perplexity"].visible


def test_a_model_without_a_log_says_so(
    detail: DetailView, state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_data, "training_curves", lambda _: {})
    state.section = "training"
    assert NO_LOG in detail.sections["training"].text.pane.object


def test_with_a_problem_the_column_is_empty(tmp_path: Path) -> None:
    state = ExplorerState(Storage(tmp_path))
    assert not DetailView(state).root.visible


def test_charts_are_larger_in_a_presentation(detail: DetailView, state: ExplorerState) -> None:
    title = detail.sections["responses"].response.plot.title
    assert title.text_font_size == "12px"
    state.presentation = ["detail"]
    assert title.text_font_size == "15px"
    state.presentation = []
    assert title.text_font_size == "12px"
