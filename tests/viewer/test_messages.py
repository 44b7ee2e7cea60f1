"""Messages as a browser sends them, through Panel's own handling."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from panel.models.esm import DataEvent

from tests.viewer.messages_schema import hostile_messages, messages
from viewer.state.explorer_state import ExplorerState
from viewer.style import COMPONENT
from viewer.views.main_view import CoClusterView
from viewer.views.messages import LARGEST, LONGEST_TEXT, TYPES, is_allowed

SENT = re.compile(r'\b(?:send|send_msg)\((?:again \? )?\{type: "(\w+)"')


def send(view: CoClusterView, message: Any) -> None:
    view.component._process_event(DataEvent(None, message))


def test_the_schema_has_all_that_our_components_send_and_no_more() -> None:
    sources = [path.read_text("utf-8") for path in COMPONENT.rglob("*.js")]
    sent = {kind for source in sources for kind in SENT.findall(source)}
    assert sent == set(TYPES)


@settings(max_examples=30)
@given(message=messages())
def test_what_our_pages_send_is_allowed(message: dict[str, Any]) -> None:
    assert is_allowed(message)


@pytest.mark.parametrize(
    "message",
    [
        None, [], "word", {}, {"type": None}, {"type": []}, {"type": "other"},
        {"type": "word", "word_id": True}, {"type": "word", "word_id": 1.0},
        {"type": "word", "word_id": -1}, {"type": "word", "word_id": LARGEST},
        {"type": "word", "word_id": [1]}, {"type": "word", "unit": 1},
        {"type": "presentation", "panes": ["detail"] * 200_000},
        {"type": "presentation", "panes": ["detail", "detail"]},
        {"type": "presentation", "panes": [["detail"]]},
        {"type": "find", "text": "x" * (LONGEST_TEXT + 1)},
        {"type": "matrix", **{f"field {n}": 0 for n in range(50)}},
    ],
)  # fmt: skip
def test_anything_else_is_not(message: Any) -> None:
    assert not is_allowed(message)


def test_a_switch_is_no_word(state: ExplorerState) -> None:
    view, before = CoClusterView(state), state.words
    send(view, {"type": "word", "word_id": True})
    send(view, {"type": "presentation", "panes": ["detail"] * 200_000})
    send(view, "word")
    assert (state.words, state.presentation) == (before, [])
    send(view, {"type": "word", "word_id": 1})
    assert state.words == [1]


@pytest.fixture
def view(state: ExplorerState) -> CoClusterView:
    return CoClusterView(state)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=messages() | hostile_messages())
def test_no_message_leaves_a_page_that_shows_nothing(view: CoClusterView, message: Any) -> None:
    state = view.state
    send(view, message)
    assert not view.component.problem
    assert set(state.words) <= set(range(state.num_words))
    assert set(state.units) <= set(range(state.num_units))
