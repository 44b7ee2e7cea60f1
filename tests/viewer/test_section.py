"""What a slow question leads to, answered or failed, on a page that is open or closed meanwhile."""

from collections.abc import Callable
from queue import Queue
from types import SimpleNamespace

import pytest

from viewer.views.sections import section
from warehouse.errors import RecordingError


class Page:
    """Stands in for the document of a session."""

    def __init__(self) -> None:
        self.session_context: object | None = object()
        self.ticks: Queue[Callable[[], None]] = Queue()

    def add_next_tick_callback(self, call: Callable[[], None]) -> None:
        self.ticks.put(call)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()
    monkeypatch.setattr(section.pn, "state", SimpleNamespace(curdoc=page, loaded=False))
    return page


def test_an_answer_arrives_at_the_next_tick(page: Page) -> None:
    said: list[object] = []
    section.ask(lambda: 6 * 7, said.append)
    tick = page.ticks.get(timeout=120)
    assert said == []
    tick()
    assert said == [42]


def test_a_failure_is_said_and_logged(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    said: list[object] = []
    section.ask(lambda: {}["found"], said.append)
    page.ticks.get(timeout=120)()
    assert said == ["This failed: KeyError: 'found'. The log of the viewer says where."]
    assert "a background query failed" in caplog.text


def test_without_a_page_the_answer_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(section.pn, "state", SimpleNamespace(curdoc=None))
    said: list[object] = []
    section.ask(lambda: 42, said.append)
    assert said == [42]


def test_a_late_answer_to_an_earlier_question_is_not_taken(page: Page) -> None:
    said: list[object] = []
    latest = section.LatestQuestion(said.append)
    for question in ("first", "second"):
        latest.ask(question, lambda question=question: f"answer to the {question}")
    for _ in range(2):
        page.ticks.get(timeout=120)()
    assert said == ["answer to the second"]


def test_an_error_of_a_release_is_the_answer(page: Page) -> None:
    def read() -> None:
        raise RecordingError("the recording is missing")

    said: list[object] = []
    section.ask(read, said.append)
    page.ticks.get(timeout=120)()
    assert said == ["the recording is missing"]
