"""Releases close with the last session that shows them."""

import gc
import shutil
from pathlib import Path

import psutil
import pytest

from tests.viewer.made_up_release import MadeUp, publish_made_up
from viewer.data import release_store
from viewer.data.sentence_states import glyphs_of
from viewer.state.session import Session
from viewer.views.main_view import CoClusterView
from warehouse.storage import Storage


def _open_files(folder: Path) -> list[str]:
    """Files under ``folder`` that this process holds open, deleted ones too."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return [link for link in links if link.startswith(str(folder))]


@pytest.mark.slow
def test_releases_close_with_their_last_session(tmp_path: Path) -> None:
    storage, spec = Storage(tmp_path), MadeUp(cluster_counts=(2,))
    threads = []
    for _ in range(6):
        shutil.rmtree(storage.releases(spec.name), ignore_errors=True)
        publish_made_up(storage, spec)
        session = Session(storage)
        session.left.model = spec.name
        CoClusterView(session.left)
        glyphs_of(session.left.release, 0, session.left.analysis)
        del session
        gc.collect()
        threads.append(psutil.Process().num_threads())
    assert len(_open_files(tmp_path)) <= release_store._LATEST.maxlen
    assert threads[-1] == threads[2]


@pytest.mark.slow
def test_a_release_that_is_shown_is_opened_once(tmp_path: Path) -> None:
    storage, spec = Storage(tmp_path), MadeUp(cluster_counts=(2,))
    publish_made_up(storage, spec)
    shown = release_store.current_release(storage, spec.name)
    release_store._LATEST.clear()
    assert release_store.current_release(storage, spec.name) is shown
    assert release_store.facts_of(shown) is release_store.facts_of(shown)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fractions", "first"),
    [
        ({"cell": 0.1, "hidden": 0.5}, "hidden"),
        ({"cell": 0.1, "hidden": 0.6}, "cell"),
        ({"cell": 0.95, "hidden": 0.9}, "hidden"),
        ({"cell": None, "hidden": None}, "cell"),
    ],
)
def test_a_saturated_state_is_not_shown_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fractions: dict[str, float | None],
    first: str,
) -> None:
    storage, spec = Storage(tmp_path), MadeUp(cluster_counts=(2,))
    publish_made_up(storage, spec)
    release = release_store.current_release(storage, spec.name)
    monkeypatch.setattr(release.units, "saturation", lambda *, layer, state: fractions[state])
    assert release_store.facts_of(release).default.state == first
