"""A made-up release for all tests, and the viewer serving it to a real browser."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.kept_browser import KEPT, PATIENCE_MS, forget_all
from tests.made_once import copy_made_once, made_once
from tests.viewer.analysed import GRU, LSTM, publish_external
from tests.viewer.forked_viewers import forked_viewers
from tests.viewer.made_up_release import MadeUp, OtherWords, publish_made_up
from tests.warehouse.synthetic_states import write_made_up_recording
from viewer.data import release_store
from viewer.state.explorer_state import ExplorerState
from viewer.state.session import Session
from viewer.views.detail_view import DetailView
from warehouse.reader import Release, open_release
from warehouse.storage import Storage

SPEC = MadeUp(cluster_counts=(2, 5, 9, 11, 12, 20, 10))
TOY = MadeUp(
    name="toy-gru", task="classification", cell="gru", num_layers=1, num_units=50,
    cluster_counts=(2, 3), empty_word_cluster=True, tagged=False,
)  # fmt: skip
SERVE = (
    "import sys; from pathlib import Path; from viewer.server.app import serve;"
    "from warehouse.storage import Storage; serve(Storage(Path(sys.argv[1])), int(sys.argv[2]))"
)


def _publish_recorded(made: Storage) -> None:
    for spec in (SPEC, TOY):
        publish_made_up(made, spec)
        write_made_up_recording(made, spec)


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Two published models and their recordings."""
    return copy_made_once(tmp_path_factory, "recorded", _publish_recorded)


WHOLE_PIPELINES = {"analysed", "foreign"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of models that went through the whole pipeline are slow."""
    for item in items:
        if isinstance(item, pytest.Function) and WHOLE_PIPELINES & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


LEFT = MadeUp(cluster_counts=(2, 10))
OTHER = OtherWords(cluster_counts=(3, 5))
TWIN = MadeUp(name="twin-gru", cell="gru", num_layers=1, cluster_counts=(2, 4))


MEMORY = MadeUp(name="mamba2", cell="mamba2", heads=6, cluster_counts=(2, 10))


def _publish_memory(made: Storage) -> None:
    publish_made_up(made, MEMORY)
    write_made_up_recording(made, MEMORY)


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """A model of two layers that remember in matrices, and its recording."""
    return copy_made_once(tmp_path_factory, "memory", _publish_memory)


def _publish_with_factors(made: Storage) -> None:
    from tests.viewer.made_up_factors import write_made_up_factors  # imports PyTorch

    _publish_memory(made)
    write_made_up_factors(made, MEMORY)


@pytest.fixture(scope="session")
def with_factors(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """The same, with the factors of its memories next to the recording."""
    return copy_made_once(tmp_path_factory, "with_factors", _publish_with_factors)


def _publish_compared(made: Storage) -> None:
    for spec in (LEFT, LEFT, OTHER, TWIN):
        publish_made_up(made, spec)


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Three models: two were recorded on one text, the third on another, of other words. The first
    one has two releases."""
    return copy_made_once(tmp_path_factory, "compared", _publish_compared)


@pytest.fixture(scope="session")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Two tiny models that went through the whole pipeline."""
    from tests.pipelines.shared_analysis import copy_analysed  # Dagster: a second for the others

    folder = copy_analysed(tmp_path_factory, tmp_path_factory.mktemp("tiny"))
    return Storage(folder / "storage")


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """A model of which there is only a recording, annotated twice."""
    return Storage(made_once(tmp_path_factory, "foreign", publish_external) / "storage")


@pytest.fixture(scope="session")
def release(storage: Storage) -> Iterator[Release]:
    with open_release(SPEC.name, storage=storage) as opened:
        yield opened


def session_of(storage: Storage, model: str) -> Session:
    """A session of one pane that looks at a model."""
    made = Session(storage)
    made.left.model = model
    return made


@pytest.fixture
def session(storage: Storage) -> Session:
    """A session of one pane that looks at the larger model."""
    return session_of(storage, SPEC.name)


@pytest.fixture
def state(session: Session) -> ExplorerState:
    """That pane."""
    return session.left


@pytest.fixture
def detail(state: ExplorerState) -> DetailView:
    """The detail column of that pane."""
    return DetailView(state)


@pytest.fixture(scope="module")
def releases(analysed: Storage) -> dict[str, Release]:
    return {name: release_store.current_release(analysed, name) for name in (LSTM, GRU)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """The viewer's address, served by a process of its own while the block lasts."""
    port = free_port()
    with forked_viewers().serving(root, port) as said:
        yield _address(said, port)


@contextmanager
def serving_by(program: str, root: Path) -> Iterator[str]:
    """The same, by a program that begins with nothing imported."""
    port = free_port()
    command = [sys.executable, "-c", program, str(root), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline() if process.stdout else ""
        Thread(target=process.communicate, daemon=True).start()  # a full pipe would stop it
        yield _address(said, port)
    finally:
        process.terminate()
        process.wait(60)


def _address(said: str, port: int) -> str:
    assert f"http://127.0.0.1:{port}" in said, f"the viewer did not start: {said}"
    return f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="session")
def address(storage: Storage) -> Iterator[str]:
    with serving(storage.root) as served:
        yield served


@pytest.fixture(scope="session")
def compared_address(compared: Storage) -> Iterator[str]:
    with serving(compared.root) as served:
        yield served


@pytest.fixture(scope="session")
def tiny(analysed: Storage) -> Iterator[str]:
    with serving(analysed.root) as served:
        yield served


@pytest.fixture
def chromium() -> Browser:
    return KEPT.open()


Open = Callable[[str], Page]


@pytest.fixture
def density() -> int:
    """Screen pixels a CSS pixel; a test may ask for others."""
    return 1


@pytest.fixture
def open_page(chromium: Browser, density: int) -> Iterator[Open]:
    """Opens addresses; afterwards no page may have complained or asked another host."""
    context, faults = KEPT.context(density), list[str]()
    unused = context.pages or [context.new_page()]
    watched: dict[Any, Callable[[Any], object]] = {
        "weberror": lambda error: faults.append(str(error.error)),
        "console": lambda m: m.type == "error" and faults.append(m.text),
        "request": lambda r: _is_outside(r.url) and faults.append(r.url),
    }
    for event, note in watched.items():
        context.on(event, note)

    def opened(url: str) -> Page:
        page = unused.pop() if unused else context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        return page

    yield opened
    for event, note in watched.items():
        context.remove_listener(event, note)
    forget_all(context)
    assert faults == []


def _is_outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
