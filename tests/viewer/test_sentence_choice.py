"""Which sentences are shown: added, refused, removed, written into an address; and the picker."""

import json
from collections.abc import Callable
from threading import Event

import pytest

from tests.viewer.conftest import SPEC, TOY
from viewer.state.explorer_state import ExplorerState
from viewer.state.sentence_choice import (
    MOST_CHARACTERS,
    MOST_SENTENCES,
    add_sentence,
    add_step,
    remove_sentence,
    select_step,
    show_other_steps,
    show_step,
    show_written,
    written,
)
from viewer.views import reader_loading
from viewer.views.main_view import CoClusterView
from viewer.views.sentence_picker import SentencePicker
from warehouse.reader import Release

EXOTIC = (
    "<script>alert(1)</script>",
    "'; DROP TABLE sentence; --",
    "😀🏳️‍🌈",
    "שלום & عالم",
    "~[3]~",
    "3",
)


@pytest.fixture
def bare(state: ExplorerState) -> ExplorerState:
    state.sentences = []
    return state


def test_sentences_are_added_after_the_others_and_once(bare: ExplorerState) -> None:
    assert [add_sentence(bare, sentence) for sentence in (3, "the company", 5, 3)] == [""] * 4
    assert bare.sentences == [3, "the company", 5]


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("", "found no words"),
        (" \n ", "found no words"),
        ("x" * 100_000, "found a text of 100,000 characters, expected 5,000 at most"),
        (99_999, "expected one below"),
        (-1, "found sentence -1"),
        (10**40, "expected the number of a recorded one"),
        (True, "expected a sentence's number or its text"),
        (2.5, "expected a sentence's number or its text"),
        (None, "expected a sentence's number or its text"),
        ({"a": 1}, "expected a sentence's number or its text"),
    ],
)
def test_what_is_no_sentence_is_refused(
    bare: ExplorerState, sentence: object, problem: str
) -> None:
    assert problem in add_sentence(bare, sentence)
    assert bare.sentences == []


def test_the_longest_text_is_taken(bare: ExplorerState) -> None:
    assert add_sentence(bare, "x" * MOST_CHARACTERS) == ""


def test_no_more_than_a_few_at_once(bare: ExplorerState) -> None:
    for sentence in range(MOST_SENTENCES):
        assert add_sentence(bare, sentence) == ""
    assert "remove one first" in add_sentence(bare, 50)


def test_no_more_than_an_address_holds(bare: ExplorerState) -> None:
    assert "no longer fit into an address" in add_sentence(bare, "😀" * 3000)
    for letter in "abcde":
        assert add_sentence(bare, letter * MOST_CHARACTERS) == ""
    assert "no longer fit into an address" in add_sentence(bare, "f" * MOST_CHARACTERS)


@pytest.mark.parametrize(
    ("removed", "step", "left"), [(0, (1, 2), (0, 2)), (1, (1, 2), None), (2, (1, 2), (1, 2))]
)
def test_a_step_stays_with_its_sentence(
    bare: ExplorerState, removed: int, step: tuple[int, int], left: tuple[int, int] | None
) -> None:
    bare.param.update(sentences=[3, 4, 5], step=step)
    remove_sentence(bare, removed)
    assert len(bare.sentences) == 2
    assert bare.step == left


@pytest.mark.parametrize("text", EXOTIC)
def test_an_address_keeps_any_text(bare: ExplorerState, text: str) -> None:
    bare.sentences = [3, text, 5]
    kept = written(bare.sentences)
    bare.sentences = []
    assert show_written(bare, kept) == ""
    assert bare.sentences == [3, text, 5]


@pytest.mark.parametrize(
    "text", ["3", "[", "{}", '"the"', "null", "[" * 100_000, "[" + "9" * 5000 + "]"]
)
def test_what_is_no_list_is_said(bare: ExplorerState, text: str) -> None:
    assert "expected a list" in show_written(bare, text)


def test_the_good_ones_of_a_list_are_shown(bare: ExplorerState) -> None:
    problem = show_written(bare, json.dumps([3, 99_999, None, "the company"]))
    assert bare.sentences == [3, "the company"]
    assert "expected one below" in problem


def test_a_step_selects_its_word(bare: ExplorerState, release: Release) -> None:
    bare.sentences = [3]
    select_step(bare, 0, 1)
    assert bare.step == (0, 1)
    assert bare.word == release.sentences.tokens(3)["word_id"][1].as_py()
    assert bare.find("her") == ""
    assert bare.step is None


@pytest.mark.parametrize(("index", "position"), [(5, 0), (-1, 0), (0, 99), (0, -1)])
def test_no_such_step_changes_nothing(bare: ExplorerState, index: int, position: int) -> None:
    bare.sentences = [3]
    word = bare.word
    select_step(bare, index, position)
    assert (bare.step, bare.word) == (None, word)


def test_an_address_says_what_is_no_step(bare: ExplorerState) -> None:
    bare.sentences = [3]
    assert "as 0~5" in show_step(bare, "0-5")
    assert "expected one below" in show_step(bare, "0~99")
    assert show_step(bare, "0~2") == ""
    assert bare.step == (0, 2)


def test_typed_sentences_stay_with_another_model(bare: ExplorerState) -> None:
    bare.sentences = [3, "the company"]
    bare.model = TOY.name
    assert bare.sentences == ["the company"]


def test_the_browser_selects_steps_and_removes_sentences(state: ExplorerState) -> None:
    view = CoClusterView(state)
    state.sentences = [3, 4]
    view._receive({"type": "step", "sentence": 1, "position": 2})
    assert state.step == (1, 2)
    response = view.component.response
    assert (response["step"], response["word"]) == (True, view.component.sentences[1]["words"][2])
    assert view.component.selection["step"] == (1, 2)
    view._receive({"type": "step", "sentence": None})
    assert state.step is None
    assert "step" not in view.component.response
    view._receive({"type": "remove_sentence", "sentence": 0})
    assert state.sentences == [4]
    for senseless in ({"type": "step"}, {"type": "step", "sentence": "0", "position": 1},
                      {"type": "remove_sentence", "sentence": 9}):  # fmt: skip
        view._receive(senseless)
    assert state.sentences == [4]


def test_recorded_sentences_are_found_by_their_text(state: ExplorerState, release: Release) -> None:
    picker = SentencePicker(state)
    text = str(release.sentences.get(5)["text"])
    found = picker.find(text.upper())
    assert found[0]["sentence"] == 5
    assert found[0]["text"] == text
    picker._receive({"type": "add", "sentence": 5})
    assert state.sentences[-1] == 5
    assert picker.component.shown[-1].startswith("5  ")
    picker._receive({"type": "remove", "index": len(state.sentences) - 1})
    assert 5 not in state.sentences
    for nothing in ("no such words", "%", "' OR 1=1 --"):
        assert picker.find(nothing) == []


def test_what_needs_pytorch_waits_for_it_outside_the_loop(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Callable[[None], object]] = []
    monkeypatch.setattr(reader_loading, "_loaded", Event())
    monkeypatch.setattr(reader_loading, "ask", lambda query, take: asked.append(take))
    picker, view, before = SentencePicker(state), CoClusterView(state), list(state.sentences)
    picker._receive({"type": "add", "sentence": 5})
    assert state.sentences == [*before, 5]
    picker._receive({"type": "add", "sentence": "a cat"})
    view._receive({"type": "silence", "cluster": 1})
    assert (state.sentences, state.silenced) == ([*before, 5], None)
    for take in asked:
        take(None)
    assert (state.sentences, state.silenced) == ([*before, 5, "a cat"], 1)
    reader_loading._loaded.set()
    picker._receive({"type": "add", "sentence": "a dog"})
    assert (len(asked), state.sentences[-1]) == (2, "a dog")


def test_label_and_prediction_stand_beside_what_is_found(state: ExplorerState) -> None:
    state.model = TOY.name
    picker = SentencePicker(state)
    row = state.release.sentences.get(0)
    verdict = f"labelled {row['label']}, read as {row['predicted']}"
    assert verdict in picker.find("")[0]["note"]
    assert verdict in CoClusterView(state).component.sentences[0]["verdict"]


def test_a_recorded_sentence_follows_the_clustering(state: ExplorerState) -> None:
    component = CoClusterView(state).component
    state.num_clusters = 5
    assert component.sentences[0]["k"] == 5
    assert component.sentences[0]["note"] == ""


def test_a_model_without_a_checkpoint_says_so_of_typed_sentences(state: ExplorerState) -> None:
    component = CoClusterView(state).component
    state.sentences = ["the company"]
    (sent,) = component.sentences
    assert (sent["k"], component.problem) == (0, "")
    assert f"rnnvis materialize {SPEC.name}" in sent["note"]


def test_steps_of_several_sentences_one_of_each(bare: ExplorerState) -> None:
    bare.sentences = [3, 4, 5, 6]
    add_step(bare, 1, 2)
    word = bare.word
    add_step(bare, 0, 1)
    assert (bare.step, bare.other_steps, bare.word) == ((1, 2), [(0, 1)], word)
    add_step(bare, 0, 2)
    add_step(bare, 3, 0)
    assert bare.steps == [(1, 2), (0, 2), (3, 0)]
    add_step(bare, 2, 1)
    assert bare.steps == [(1, 2), (3, 0), (2, 1)]
    add_step(bare, 2, 99)
    remove_sentence(bare, 1)
    assert bare.steps == [(2, 0), (1, 1)]
    add_step(bare, 2, 0)
    assert (bare.step, bare.other_steps) == ((1, 1), [])
    add_step(bare, 0, 0)
    select_step(bare, 0, 1)
    assert bare.steps == [(0, 1)]


def test_an_address_keeps_all_steps(bare: ExplorerState) -> None:
    bare.sentences = [3, 4, 5]
    assert show_other_steps(bare, "1~2") == "no other step is selected"
    bare.step = (0, 1)
    assert show_other_steps(bare, "1~2~2~0") == ""
    assert bare.steps == [(0, 1), (1, 2), (2, 0)]
    assert "expected one below" in show_other_steps(bare, "1~99")
    assert "different sentences" in show_other_steps(bare, "1~2~1~1")
    assert "different sentences" in show_other_steps(bare, "0~2")
    for text in ("1", "1~2~2", "one~2", "1~1~2~1~3~1"):
        assert "as 1~5~2~7" in show_other_steps(bare, text)
    assert show_other_steps(bare, "") == ""
    assert bare.steps == [(0, 1)]
