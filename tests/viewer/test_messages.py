"""Messages as a browser sends them, through Panel's own handling."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from panel.models.esm import DataEvent

from viewer.state.explorer_state import ExplorerState
from viewer.views.main_view import CoClusterView
from viewer.views.messages import LONGEST_TEXT, MOST_ENTRIES, is_plain

PLAIN = st.none() | st.integers() | st.text(max_size=8)
ANY = st.recursive(
    PLAIN | st.booleans() | st.floats(), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)
TYPES = ["word", "add_word", "unit", "add_unit", "pin", "step", "remove_sentence", "presentation",
         "export", "matrix"]  # fmt: skip
KEYS = st.sampled_from(
    ["word_id", "unit", "pinned", "sentence", "position", "panes", "form", "other"]
)
MESSAGES = st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.sampled_from(TYPES) | ANY, st.dictionaries(KEYS, ANY, max_size=4),
)  # fmt: skip


def send(view: CoClusterView, message: Any) -> None:
    view.component._process_event(DataEvent(None, message))


@given(value=PLAIN | st.lists(PLAIN, max_size=MOST_ENTRIES))
def test_what_our_pages_send_is_plain(value: Any) -> None:
    assert is_plain(value)


@pytest.mark.parametrize(
    "value", [True, 1.5, {}, [[1]], [True], ["left"] * 200_000, "x" * (LONGEST_TEXT + 1)]
)
def test_anything_else_is_not(value: Any) -> None:
    assert not is_plain(value)


def test_a_switch_is_no_word(state: ExplorerState) -> None:
    view, before = CoClusterView(state), state.words
    send(view, {"type": "word", "word_id": True})
    send(view, {"type": "presentation", "panes": ["detail"] * 200_000})
    send(view, "word")
    assert (state.words, state.presentation) == (before, [])
    send(view, {"type": "word", "word_id": 1})
    assert state.words == [1]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=MESSAGES)
def test_no_message_leaves_a_page_that_shows_nothing(
    state: ExplorerState, message: dict[str, Any]
) -> None:
    view = CoClusterView(state)
    send(view, message)
    assert not view.component.problem
    assert set(state.words) <= set(range(state.num_words))
    assert set(state.units) <= set(range(state.num_units))
