from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pooch.core
import pytest

from rnnvis_assets.configuration.dataset_config import RemoteFile
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.download import fetch_file, find_in_mirror, remote_files
from warehouse.errors import CorpusError, NetworkError
from warehouse.storage import Storage

CONTENT = b"some text\n"


class FlakyServer(ThreadingHTTPServer):
    """Answers with what ``answers`` holds, in turn: a status and a body; counts what it gave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, bytes]] = []
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/text.txt"


class _Handler(BaseHTTPRequestHandler):
    server: FlakyServer

    def do_GET(self) -> None:
        status, body = self.server.answers[min(self.server.requests, len(self.server.answers) - 1)]
        self.server.requests += 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyServer]:
    monkeypatch.setattr(pooch.core, "time", SimpleNamespace(sleep=lambda _: None))
    with FlakyServer() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.delenv("RNNVIS_MIRROR", raising=False)
    return Storage(tmp_path / "storage")


def known_file(url: str | None = None, content: bytes = CONTENT) -> RemoteFile:
    return RemoteFile(
        name="text.txt", sha256=sha256(content).hexdigest(), url=url, terms="ask the owner"
    )


def fetch(file: RemoteFile, storage: Storage) -> Path:
    return fetch_file(file, storage, lambda _: None)


def put_into_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes = CONTENT
) -> Path:
    path = tmp_path / "mirror" / "deep" / "below" / "text.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    monkeypatch.setenv("RNNVIS_MIRROR", str(tmp_path / "mirror"))
    return path


def test_the_mirror_comes_first_and_nothing_is_copied(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FlakyServer
) -> None:
    path = put_into_mirror(tmp_path, monkeypatch)
    assert fetch(known_file(server.url), storage) == path
    assert server.requests == 0
    assert not storage.root.exists()


def test_a_wrong_checksum_says_file_found_expected_and_repair(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_into_mirror(tmp_path, monkeypatch, CONTENT[:4])
    with pytest.raises(CorpusError) as caught:
        fetch(known_file(), storage)
    for part in (str(path), sha256(CONTENT[:4]).hexdigest(), sha256(CONTENT).hexdigest()):
        assert part in caught.value.message
    assert "get it again" in caught.value.repair


def test_a_download_is_tried_again_and_then_kept(storage: Storage, server: FlakyServer) -> None:
    server.answers = [(503, CONTENT), (200, CONTENT[:4]), (200, CONTENT)]
    path = fetch(known_file(server.url), storage)
    assert path == storage.downloads / "text.txt"
    assert path.read_bytes() == CONTENT
    assert fetch(known_file(server.url), storage) == path
    assert server.requests == 3


def test_a_wrong_download_leaves_nothing_behind(storage: Storage, server: FlakyServer) -> None:
    server.answers = [(200, b"other txt\n")]
    with pytest.raises(CorpusError, match=r"text\.txt could not be downloaded from http") as caught:
        fetch(known_file(server.url), storage)
    assert not isinstance(caught.value, NetworkError)
    assert sha256(CONTENT).hexdigest() in caught.value.message
    assert sha256(b"other txt\n").hexdigest() in caught.value.message
    assert list(storage.downloads.iterdir()) == []


def test_an_unreachable_address_is_named(storage: Storage, server: FlakyServer) -> None:
    url = server.url.replace(str(server.server_port), "1")
    with pytest.raises(NetworkError, match=url):
        fetch(known_file(url), storage)


def test_a_file_without_an_address_tells_how_to_get_it(storage: Storage) -> None:
    with pytest.raises(CorpusError, match=r"RNNVIS_MIRROR \(not set\)") as caught:
        fetch(known_file(), storage)
    assert caught.value.repair.startswith("ask the owner; put it into a folder and set")
    storage.downloads.mkdir(parents=True)
    (storage.downloads / "text.txt").write_bytes(CONTENT)
    assert fetch(known_file(), storage) == storage.downloads / "text.txt"


def test_a_mirror_that_is_no_folder_is_refused(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNVIS_MIRROR", str(tmp_path / "nowhere"))
    with pytest.raises(CorpusError, match="nowhere, which is no folder"):
        find_in_mirror(known_file(), storage)


def test_remote_files_of_a_dataset() -> None:
    names = [file.name for file in remote_files(load_project().datasets["ptb"])]
    assert names == ["ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"]
    assert remote_files(load_project().datasets["docstrings"]) == ()
