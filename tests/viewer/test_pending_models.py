from pathlib import Path

import pytest

from viewer.data.pending_models import pending_models, pending_text
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import restore
from viewer.views.banner import pending_html
from warehouse.live_progress import published_progress
from warehouse.storage import Storage


def _begun(storage: Storage, model: str, *stages: str) -> None:
    storage.checkpoint(model).mkdir(parents=True)
    for stage in stages:
        path = storage.manifest(stage, model)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_how_far_models_without_a_release_came(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    _begun(storage, "started")
    _begun(storage, "trained", "checkpoint")
    _begun(storage, "recorded", "checkpoint", "recording")
    assert pending_models(storage) == {
        "recorded": "recorded, not analysed yet",
        "started": "not trained to the end yet",
        "trained": "trained, not recorded yet",
    }


def test_a_published_model_is_none_of_them(storage: Storage) -> None:
    assert pending_models(storage) == {}


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configurations of the models "trained" and "slow"."""
    folder = tmp_path / "configs" / "models"
    folder.mkdir(parents=True)
    for model in ("trained", "slow"):
        (folder / f"{model}.yaml").touch()
    monkeypatch.setenv("RNNVIS_CONFIGS", str(folder.parent))


@pytest.mark.usefixtures("configured")
def test_they_are_listed_in_place_of_the_picture(tmp_path: Path) -> None:
    _begun(Storage(tmp_path), "trained", "checkpoint")
    said = ExplorerState(Storage(tmp_path)).problem
    assert "trained is trained, not recorded yet: rnnvis materialize trained" in said


@pytest.mark.usefixtures("configured")
def test_a_model_whose_configuration_is_gone_cannot_be_completed() -> None:
    complete, gone = pending_text(dict.fromkeys(("trained", "orphan"), "trained"))
    assert complete.endswith(": rnnvis materialize trained")
    assert "orphan.yaml is gone: put it back, or run rnnvis remove orphan" in gone
    assert "materialize" not in gone


def test_an_address_that_names_a_running_one_is_not_answered_by_a_command(
    storage: Storage,
) -> None:
    path = storage.progress("busy", "checkpoint")
    with published_progress(path, "checkpoint", lambda _: None):
        state = ExplorerState(storage)
        assert "busy" not in state.pending
        (problem,) = restore(state, {"model": "busy"})
    assert "busy: training … started; it is offered here once it is published" in problem


@pytest.mark.usefixtures("configured")
def test_an_address_that_names_one_is_answered_by_the_command(storage: Storage) -> None:
    state = ExplorerState(storage)
    state.pending = {"slow": "trained, not recorded yet"}
    (problem,) = restore(state, {"model": "slow"})
    assert "rnnvis materialize slow" in problem
    assert state.problem == ""


def test_many_are_folded_away_and_none_is_left_out() -> None:
    assert pending_html(["a <b>", "c"]) == "<p class=small>a &lt;b&gt;<br>c</p>"
    folded = pending_html(["a", "b", "c"])
    assert folded.startswith("<details class=small><summary>3 models are pending</summary>")
    assert "a<br>b<br>c" in folded
