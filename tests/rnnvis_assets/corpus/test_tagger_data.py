"""The tagger's data over a real connection: verified, and never in the way of a corpus."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import make_archive

import pytest

from rnnvis_assets.corpus import tagger_data
from rnnvis_assets.corpus.pos_tagging import find_tagger_data, tagger_identity
from rnnvis_assets.corpus.tagger_data import fetch_tagger_data
from tests.rnnvis_assets.corpus.tagger_data import write_tagger_data
from warehouse.storage import Storage

Fetch = Callable[[], str]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a server that has made-up data in archives as NLTK's are."""
    folder = tmp_path / "served"
    write_tagger_data(folder)
    taggers = folder / "nltk_data" / "taggers"
    hashes = {}
    for place in list(taggers.iterdir()):
        make_archive(str(folder / place.name), "zip", taggers, place.name)
        hashes |= {
            f"{place.name}/{file.name}": sha256(file.read_bytes()).hexdigest()
            for file in place.iterdir()
        }
    assert set(hashes) == set(tagger_data.FILES)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        monkeypatch.setattr(tagger_data, "ADDRESS", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(tagger_data, "FILES", hashes)
        monkeypatch.delenv("NLTK_DATA", raising=False)
        monkeypatch.delenv("RNNVIS_MIRROR", raising=False)
        monkeypatch.setattr("nltk.data.path", [])
        yield folder
        server.shutdown()


@pytest.fixture
def fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """Fetches into a fresh storage; returns what was reported."""
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path / "storage"))

    def run() -> str:
        lines: list[str] = []
        fetch_tagger_data(Storage.from_environment(), lines.append)
        return "\n".join(lines)

    return run


@pytest.mark.usefixtures("served")
def test_the_data_are_fetched_once_and_found(fetch: Fetch) -> None:
    assert "fetching the data of NLTK's tagger" in fetch()
    assert len(find_tagger_data()) == 2
    assert tagger_identity().startswith("perceptron of NLTK")
    assert fetch() == ""


def test_without_an_answer_the_other_tagger_is_named(served: Path, fetch: Fetch) -> None:
    (served / "universal_tagset.zip").unlink()
    reported = fetch()
    assert "404" in reported
    assert "made by the pattern tagger of TextBlob" in reported


def test_without_a_network_the_other_tagger_is_named(
    fetch: Fetch, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tagger_data, "ADDRESS", "http://127.0.0.1:1")
    reported = fetch().splitlines()[-1]
    assert "127.0.0.1 does not answer; made by the pattern tagger of TextBlob" in reported


def test_another_edition_is_refused(
    fetch: Fetch, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "universal_tagset/en-ptb.map"
    monkeypatch.setitem(tagger_data.FILES, name, "0" * 64)
    assert f"{name} has the SHA-256" in fetch()
    assert find_tagger_data() == ()


def test_a_damaged_archive_is_refused(served: Path, fetch: Fetch) -> None:
    (served / "universal_tagset.zip").write_bytes(b"no archive")
    assert "made by the pattern tagger of TextBlob" in fetch()


@pytest.mark.usefixtures("served")
def test_nothing_is_fetched_where_it_is_not_wanted(
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "storage" / "corpora").mkdir(parents=True)
    assert fetch() == ""
    (tmp_path / "storage" / "corpora").rmdir()
    monkeypatch.setenv("NLTK_DATA", "")
    assert fetch() == ""
