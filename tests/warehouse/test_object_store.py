"""An object store: objects replaced by one of those who try, and a store that is slow."""

import pickle
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest

from tests.s3_store import BUCKET, NO_HOOK, S3Store, run_s3
from warehouse import object_store
from warehouse.errors import StorageError, StoreError
from warehouse.object_store import ObjectStore


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Store]:
    with run_s3() as store:
        yield store


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


def test_a_store_that_never_answers_is_named(store, s3, monkeypatch):
    monkeypatch.setattr(object_store, "READ_SECONDS", 0.2)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    end = Event()
    s3.before = lambda *_: end.wait(timeout=60) and None
    try:
        with pytest.raises(StoreError, match=f"(?s){store.address}: .*imeout.*start the store"):
            ObjectStore(store.address, s3.endpoint).get("a")
    finally:
        end.set()
