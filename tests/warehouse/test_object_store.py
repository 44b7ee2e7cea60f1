"""An object store: objects replaced by one of those who try, and a store that is slow."""

import asyncio
import pickle
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Event, Timer
from types import SimpleNamespace

import pytest

from tests.s3_store import BUCKET, NO_HOOK, S3Store
from warehouse import object_store
from warehouse.errors import StorageError, StoreError
from warehouse.object_store import ObjectStore


@pytest.fixture
def store(s3: S3Store, tmp_path: Path) -> Iterator[ObjectStore]:
    yield ObjectStore(f"s3://{BUCKET}/{tmp_path.name}", s3.endpoint)
    s3.failures, s3.before = 0, NO_HOOK


def test_an_object_is_replaced_by_who_has_read_what_it_is(store):
    assert store.get("a") is None
    assert store.swap("a", b"1", None)
    assert not store.swap("a", b"2", None)
    first = store.get("a")
    assert (first.content, first.age >= 0) == (b"1", True)
    assert store.swap("a", b"2", first.tag)
    assert not store.swap("a", b"3", first.tag)
    assert store.get("a").content == b"2"


def test_a_swap_whose_answer_was_lost_is_known_by_what_it_wrote(store):
    """The put that is tried again finds what it has written itself."""
    assert store.swap("a", b"1", None)
    assert store.swap("a", b"1", None)


def test_objects_are_listed_removed_and_used_by_another_process(store, tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    store.upload(tmp_path / "file", "b/c/file")
    again = pickle.loads(pickle.dumps(store))
    assert again.sizes("b") == again.sizes("b/c/file") == {"b/c/file": 7}
    assert again.names("b/*/file") == ["b/c/file"]
    again.remove(["b/c/file"])
    assert store.sizes("b") == {}


def test_what_was_downloaded_is_what_was_meant_or_nothing(store, tmp_path):
    store.swap("a", b"content", None)
    place = tmp_path / "new" / "file"
    store.download("a", place, sha256(b"content").hexdigest(), "do this")
    assert place.read_bytes() == b"content"
    with pytest.raises(StorageError, match=r"(?s)found SHA-256 .*, expected 12.*then do this"):
        store.download("a", place, "12", "do this")
    with pytest.raises(StorageError, match=r"(?s)/gone is gone.*do this"):
        store.download("gone", place, "12", "do this")
    assert [path.read_bytes() for path in place.parent.iterdir()] == [b"content"]


def test_a_store_that_does_not_answer_in_time_is_asked_again(store, s3, monkeypatch):
    monkeypatch.setattr(object_store, "READ_SECONDS", 1.0)
    asked_again, requests = Event(), []

    def wait(*request: str) -> None:
        requests.append(request)
        if len(requests) == 1:
            assert asked_again.wait(timeout=60)
        asked_again.set()

    store.swap("a", b"1", None)
    slow = ObjectStore(store.address, s3.endpoint)
    s3.before = wait
    assert slow.get("a").content == b"1"
    assert len(requests) > 2


WRITES: dict[str, Callable[[ObjectStore, Path], object]] = {
    "swap": lambda store, _: store.swap("a", b"1", None),
    "upload": lambda store, file: store.upload(file, "a"),
    "remove": lambda store, _: store.remove(["a"]),
}
CALLS = WRITES | {"get": lambda store, _: store.get("a")}
SAID = r"(?s)s3://.*: .*the store did not answer in 0.2 s.*start the store"


@pytest.fixture
def impatient(store, monkeypatch) -> ObjectStore:
    monkeypatch.setattr(object_store, "READ_SECONDS", 0.2)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return ObjectStore(store.address, store.endpoint)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_store_that_takes_a_connection_and_no_more_is_named(call, impatient, tmp_path):
    """Nor does it send the `100 Continue` that a body waits for."""
    (tmp_path / "file").write_bytes(b"content")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        closing = Timer(60, silent.close)
        closing.start()
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoreError, match=SAID):
            call(replace(impatient, endpoint=endpoint), tmp_path / "file")
        closing.cancel()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_store_that_never_answers_is_named(write, impatient, s3, tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    end = Event()
    s3.before = lambda *_: end.wait(timeout=60) and None
    try:
        with pytest.raises(StoreError, match=SAID):
            write(impatient, tmp_path / "file")
    finally:
        end.set()


def test_all_attempts_at_a_small_object_end_in_time(store, s3, monkeypatch):
    monkeypatch.setattr(object_store, "SMALL_OBJECT_SECONDS", 0.2)
    end = Event()
    s3.before = lambda *_: end.wait(timeout=60) and None
    try:
        with pytest.raises(StoreError, match=SAID):
            store.swap("a", b"1", None)
    finally:
        end.set()


class Taken(BytesIO):
    """A body of which the store takes a byte a look, and answers at the last."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks, self.seen, self.all = looks, 0, asyncio.Event()

    def tell(self) -> int:
        self.seen = min(self.seen + 1, self.looks)
        if self.seen == self.looks:
            self.all.set()
        return self.seen


def test_an_upload_takes_as_long_as_it_progresses(monkeypatch):
    from warehouse.watched_uploads import AIOHTTPSession, WatchedUploads

    async def answer(_, request: SimpleNamespace) -> str:
        await request.body.all.wait()
        return "answer"

    monkeypatch.setattr(AIOHTTPSession, "send", answer)

    async def upload() -> tuple[str, int]:
        body = Taken(looks=5)
        session = WatchedUploads(timeout=(1.0, 0.01))
        return await session.send(SimpleNamespace(body=body, url="")), body.seen

    assert asyncio.run(upload()) == ("answer", 5)
