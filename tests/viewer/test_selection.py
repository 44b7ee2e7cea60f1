"""Selecting words and units: one alone, several together, by name."""

import pytest

from tests.viewer.conftest import SPEC, TOY
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import restore
from viewer.state.selection import toggled
from viewer.state.url_values import write_words
from viewer.views.main_view import CoClusterView


def ids(state: ExplorerState, *words: str) -> list[int]:
    return [state.vocabulary.place[word] for word in words]


@pytest.mark.parametrize(
    ("chosen", "value", "expected"),
    [
        ([], 4, [4]), ([4], 4, []), ([4, 5], 4, [5]), ([4, 5], 6, [4, 5, 6]),
        ([4, 5, 6], 7, [4, 6, 7]),
    ],
)  # fmt: skip
def test_the_oldest_but_the_first_makes_room(
    chosen: list[int], value: int, expected: list[int]
) -> None:
    assert toggled(chosen, value, most=3) == expected


def test_words_are_selected_in_one_change(state: ExplorerState) -> None:
    seen: list[list[int]] = []
    state.watch(lambda: seen.append(state.words), "word", "overlaid")
    chosen = ids(state, "he", "she", "for")
    state.select_words(chosen)
    state.toggle_word(chosen[0])
    assert seen == [chosen, chosen[1:]]
    state.find("her")
    assert state.words == ids(state, "her")


def test_units_are_sorted_by_a_selected_word(state: ExplorerState) -> None:
    he, she, her = ids(state, "he", "she", "her")
    state.select_words([he, she])
    assert state.sorting_word == he
    state.sorted_by = she
    assert state.sorting_word == she
    state.select_words([her, he])
    assert state.sorting_word == her


def test_several_are_found_together(state: ExplorerState) -> None:
    assert state.find("he, SHE for unit 7, unit 9") == ""
    assert state.words == ids(state, "he", "she", "for")
    assert state.units == [7, 9]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("he, zzzzzz", "“zzzzzz” is not in the vocabulary"),
        ("he she for of", "found 4 words, expected 3 at most"),
        ("unit 1 unit 2 unit 3 unit 4 unit 5", "found 5 units, expected 4 at most"),
        ("he, unit 60", "expected one from 0 to 59"),
    ],
)
def test_one_bad_name_leaves_the_selection_alone(
    state: ExplorerState, text: str, problem: str
) -> None:
    before = (state.words, state.units)
    assert problem in state.find(text)
    assert (state.words, state.units) == before


def test_messages_add_and_take_away(state: ExplorerState) -> None:
    view = CoClusterView(state)
    he, she = ids(state, "he", "she")
    view._receive({"type": "word", "word_id": he})
    view._receive({"type": "add_word", "word_id": she})
    view._receive({"type": "unit", "unit": 7})
    view._receive({"type": "add_unit", "unit": 9})
    expected = {"words": [he, she], "units": [7, 9], "step": None, "silenced": None, "outside": []}
    assert view.component.selection == expected | {"other_steps": []}
    view._receive({"type": "add_word", "word_id": he})
    assert (state.word, state.overlaid) == (she, [])
    view._receive({"type": "add_word", "word_id": 10**6})
    view._receive({"type": "add_unit", "unit": "7"})
    assert (state.words, state.units) == ([she], [7, 9])


def test_selected_words_stay_with_another_model(state: ExplorerState) -> None:
    state.find("he she")
    state.find("unit 7 unit 9")
    state.model = TOY.name
    assert [state.vocabulary.words[word] for word in state.words] == ["he", "she"]
    assert state.units == []


def test_the_minimum_begins_with_that_of_the_analysis(state: ExplorerState) -> None:
    assert state.minimum_count == state.facts.minimum_count
    state.minimum_count = 2
    state.model = TOY.name
    state.model = SPEC.name
    assert state.minimum_count == state.facts.minimum_count


def test_any_word_can_be_written_into_an_address(state: ExplorerState) -> None:
    words = ids(state, "he", "she")
    written = write_words(state, words)
    assert written == "he,she"
    assert restore(state, {"word": written}) == []
    assert state.words == words
    (problem,) = restore(state, {"word": "%2C,a%2Cb"})
    assert "is not in the vocabulary" in problem
