from pathlib import Path

import pytest
from filelock import FileLock

from tests.viewer.made_up_release import MadeUp, publish_made_up
from viewer.data.running_trainings import running_trainings
from viewer.state.page_address import restore_session
from viewer.state.session import Session
from viewer.views.banner import PendingView
from warehouse import live_progress
from warehouse.atomic_files import write_json
from warehouse.live_progress import published_progress
from warehouse.storage import Storage

pytestmark = pytest.mark.slow


@pytest.fixture
def empty(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def test_a_page_without_a_model_follows_the_run_and_opens_what_it_publishes(
    empty: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_progress, "WRITE_SECONDS", 0)
    session = Session(empty)
    view = PendingView(session, empty)
    assert not view.root.visible
    with published_progress(
        empty.progress("m", "checkpoint"), "checkpoint", lambda _: None
    ) as report:
        report("m: epoch 1/3 <b>")
        view.look()
        assert view.root.visible
        assert view.text.object == "m: training … epoch 1/3 &lt;b&gt;"
        view.close.param.trigger("clicks")
        view.look()
        assert not view.root.visible
        with published_progress(empty.progress("m", "release"), "release", lambda _: None):
            view.look()
            assert view.text.object.startswith("m: publishing")
    made = publish_made_up(empty)
    view.look()
    assert session.left.model in session.left.param.model.objects
    assert session.left.release_id == made.release_id
    assert not view.root.visible


def test_a_page_with_a_model_offers_the_new_one_and_opens_it_on_request(empty: Storage) -> None:
    publish_made_up(empty)
    session = Session(empty)
    session.left.model = shown = session.left.param.model.objects[0]
    view = PendingView(session, empty)
    publish_made_up(empty, MadeUp(name="another"))
    view.look()
    assert session.left.model == shown
    assert view.open.visible
    assert "another is ready." in view.text.object
    view.open.param.trigger("clicks")
    assert session.left.model == "another"
    assert not view.root.visible


@pytest.mark.parametrize("model", ["first", "second"])
def test_the_model_of_the_address_opens_as_the_address_asks(empty: Storage, model: str) -> None:
    session, query = Session(empty), {"model": model, "k": "5", "silence": "2"}
    restore_session(session, query)
    view = PendingView(session, empty, query)
    for name in ("first", "second"):
        publish_made_up(empty, MadeUp(name=name))
        view.look()
    view.open.param.trigger("clicks")  # offers the second, where the first is shown
    assert session.left.model == "second"
    asked = (session.left.num_clusters, session.left.silenced) == (5, 1)
    assert asked == (model == "second")
    session.left.model = "first"


def test_stages_that_run_side_by_side_have_a_line_each(empty: Storage) -> None:
    glyphs, findings = (empty.progress("m", stage) for stage in ("glyphs", "findings"))
    with (
        published_progress(glyphs, "glyphs", lambda _: None),
        published_progress(findings, "findings", lambda _: None),
    ):
        view = PendingView(Session(empty), empty)
    assert view.text.object.splitlines() == [
        "m: measuring the findings … started<br>m: measuring the sentences … started"
    ]


def test_a_failed_run_says_why(empty: Storage) -> None:
    with (
        pytest.raises(ValueError, match="no words"),
        published_progress(empty.progress("m", "corpus"), "corpus", lambda _: None),
    ):
        raise ValueError("no words")
    view = PendingView(Session(empty), empty)
    assert view.text.object == "m: preparing the text failed: no words"


def test_a_silent_run_whose_process_runs_is_not_called_stopped(
    empty: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_progress, "SILENT_SECONDS", -1)
    lock = empty.locks("m") / "checkpoint.lock"
    lock.parent.mkdir(parents=True)
    with (
        FileLock(lock),
        published_progress(empty.progress("m", "checkpoint"), "checkpoint", lambda _: None),
    ):
        text = PendingView(Session(empty), empty).text.object
        assert "its process is running" in text
        assert "materialize" not in text
        assert [training.model for training in running_trainings(empty)] == ["m"]
    write_json(empty.progress("m", "checkpoint"), {
        "stage": "checkpoint", "state": "running", "line": "m: epoch 1/2", "updated_at": 0.0,
    })  # fmt: skip
    assert running_trainings(empty) == []


def test_a_run_that_fell_silent_names_the_command_that_continues_it(
    empty: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_progress, "SILENT_SECONDS", -1)
    with published_progress(empty.progress("m", "checkpoint"), "checkpoint", lambda _: None):
        view = PendingView(Session(empty), empty)
        assert "rnnvis materialize m continues it" in view.text.object
