"""Named views over a real release: saved, listed, opened by a short address, exported."""

from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tests.viewer.conftest import TOY, session_of
from tests.viewer.made_up_release import publish_made_up
from viewer.export.export_command import write_page
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import query_of_session, restore_session
from viewer.state.session import Session
from viewer.views.detail_view import DetailView
from warehouse.named_views import named_views, read_view, save_view
from warehouse.storage import Storage


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    made = Storage(tmp_path_factory.mktemp("named"))
    publish_made_up(made, TOY)
    return made


@pytest.fixture
def session(toy: Storage) -> Session:
    return session_of(toy, TOY.name)


@pytest.fixture
def state(session: Session) -> ExplorerState:
    return session.left


def test_a_view_is_saved_listed_changed_and_removed(state: ExplorerState, toy: Storage) -> None:
    state.section = "views"
    page = DetailView(state).sections["views"]
    assert not page.change.visible
    page._save("")
    assert "a view needs a name" in page.text.pane.object
    page.title.value, page.note.value = "her", "second\nline"
    state.find("her")
    page._save("")
    first = state.view
    assert dict(parse_qsl(read_view(toy, first).query))["word"] == "her"
    assert [item["id"] for item in page.list.items if item["current"]] == [first]
    assert page.change.visible
    state.find("she")
    page.title.value = "she"
    page._save(state.view)
    assert dict(parse_qsl(read_view(toy, first).query))["word"] == "she"
    assert [item["name"] for item in page.list.items] == ["she"]
    page._receive({"type": "remove_view", "view": first})
    assert (state.view, page.list.items, named_views(toy)) == ("", [], ([], []))


def test_a_short_address_opens_both_panes(session: Session, toy: Storage) -> None:
    session.left.find("her")
    session.compare()
    assert session.right
    session.right.num_clusters = 3
    view = save_view(toy, "two", "", query_of_session(session))
    opened = Session(toy)
    assert restore_session(opened, {"view": view.id}) == []
    assert opened.right
    assert (opened.left.words, opened.right.num_clusters) == (session.left.words, 3)
    assert opened.left.view == view.id
    # What the address says itself counts; so a reload keeps what was changed since.
    again = Session(toy)
    assert restore_session(again, {"view": view.id, "word": "she"}) == []
    assert again.left.words == again.left.vocabulary.occurring(["she"])


@pytest.mark.parametrize("view_id", ["aaaaaa", "../../x"])
def test_a_view_that_is_gone_is_reported_once(toy: Storage, view_id: str) -> None:
    opened = Session(toy)
    (problem,) = restore_session(opened, {"view": view_id})
    assert problem.startswith("view in this address: ")
    assert opened.left.model == TOY.name


@pytest.mark.slow
def test_a_view_is_exported_with_its_name_and_note(toy: Storage, tmp_path: Path) -> None:
    view = save_view(toy, "<her>", "a & b", f"model={TOY.name}&word=her")
    write_page(toy, TOY.name, tmp_path / "page.html", f"?view={view.id}")
    written = (tmp_path / "page.html").read_text("utf-8")
    assert "<h2>&lt;her&gt;</h2><p class=note>a &amp; b</p>" in written
    write_page(toy, TOY.name, tmp_path / "plain.html")
    assert "<p class=note>" not in (tmp_path / "plain.html").read_text("utf-8")
