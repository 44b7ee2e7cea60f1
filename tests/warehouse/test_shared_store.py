"""An object store of releases: whole files only, a pointer that moves forward, faults in words."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from s3fs import S3FileSystem

from tests.s3_store import BUCKET, NO_HOOK, S3Store
from warehouse.errors import BusyError, ReleaseError, StorageError
from warehouse.shared_store import SharedRelease, SharedStore

POINTER = "a/m/CURRENT"


@pytest.fixture
def store(s3: S3Store) -> Iterator[SharedStore]:
    for key in s3.contents():
        s3.client.delete_object(Bucket=BUCKET, Key=key)
    s3.requests.clear()
    yield SharedStore(f"s3://{BUCKET}/a", s3.endpoint)
    s3.failures, s3.before = 0, NO_HOOK


@pytest.fixture
def made(tmp_path: Path):
    """A release of the model m with this id, and its file."""

    def make(release_id: str) -> tuple[SharedRelease, Path]:
        content, path = f"content of {release_id}".encode(), tmp_path / release_id
        path.write_bytes(content)
        return SharedRelease("m", release_id, sha256(content).hexdigest(), len(content)), path

    return make


def _puts(s3: S3Store) -> list[str]:
    return [path.rpartition("/")[2] for method, path in s3.requests if method == "PUT"]


@pytest.mark.slow
def test_what_is_published_is_read_by_its_pointer_and_uploaded_once(store, s3, made, tmp_path):
    release, path = made("1")
    assert store.models() == []
    assert store.publish(release, path)
    assert not store.publish(release, path)
    assert _puts(s3) == [f"1-{release.sha256}.duckdb", "CURRENT"]
    assert s3.contents() == sorted([f"a/{release.key}", POINTER])
    assert (store.models(), store.current("m")) == (["m"], release)
    store.download(release, tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == path.read_bytes()


def test_the_pointer_moves_forward_only(store, made):
    store.publish(*made("2"))
    with pytest.raises(ReleaseError, match="has the newer release 2 of m; found 1 here"):
        store.publish(*made("1"))
    assert store.publish(*made("3"))
    assert store.current("m").release_id == "3"


@pytest.mark.slow
@pytest.mark.parametrize("first", ["none", "1"])
def test_of_publishers_at_once_the_newest_release_stays(first, store, s3, made):
    """Each has read the pointer before any has moved it."""
    if first != "none":
        store.publish(*made(first))
    releases = {name: made(name) for name in ("2", "3", "4")}
    barrier, met = Barrier(len(releases)), []

    def wait_for_all(method: str, path: str) -> None:
        if method == "PUT" and path.endswith("CURRENT") and len(met) < len(releases):
            met.append(path)
            barrier.wait(timeout=60)

    s3.before = wait_for_all

    def publish(name: str) -> bool:
        try:
            return SharedStore(store.address, s3.endpoint).publish(*releases[name])
        except ReleaseError:
            return False

    with ThreadPoolExecutor(len(releases)) as pool:
        published = dict(zip(releases, pool.map(publish, releases), strict=True))
    assert published["4"]
    assert store.current("m").release_id == "4"


@pytest.mark.slow
def test_a_pointer_that_never_stands_still_is_given_up(store, s3, made):
    release, path = made("2")
    others = iter(range(100))

    def come_first(method: str, path: str) -> None:
        if method == "PUT" and path.endswith("CURRENT"):
            s3.before = NO_HOOK
            said = {"release_id": "1", "sha256": str(next(others)), "size": 1}
            s3.client.put_object(Bucket=BUCKET, Key=POINTER, Body=json.dumps(said).encode())
            s3.before = come_first

    s3.before = come_first
    with pytest.raises(BusyError, match="m is being published by others"):
        store.publish(release, path)
    assert next(others) == 5


def test_a_half_uploaded_release_is_never_current_and_is_uploaded_again(store, s3, made):
    (release, path), (old, old_path) = made("2"), made("1")
    store.publish(old, old_path)
    s3.client.put_object(Bucket=BUCKET, Key=f"a/{release.key}", Body=path.read_bytes()[:5])
    assert store.current("m") == old
    assert store.publish(release, path)
    stored = s3.client.get_object(Bucket=BUCKET, Key=f"a/{release.key}")["Body"].read()
    assert stored == path.read_bytes()


def test_a_damaged_release_is_refused(store, s3, made, tmp_path):
    release, path = made("1")
    store.publish(release, path)
    s3.client.put_object(Bucket=BUCKET, Key=f"a/{release.key}", Body=b"another content")
    with pytest.raises(StorageError, match=f"expected {release.sha256}\n.*rnnvis publish m"):
        store.download(release, tmp_path / "got")


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'{"release_id": "1"}', b"\xff"])
def test_a_pointer_of_anything_else_is_refused(text, store, s3):
    s3.client.put_object(Bucket=BUCKET, Key=POINTER, Body=text)
    with pytest.raises(ReleaseError, match="expected what `rnnvis publish` writes"):
        store.current("m")


def test_a_model_that_is_not_there_is_named_with_what_is(store, made):
    store.publish(*made("1"))
    with pytest.raises(ReleaseError, match=r"mm has no release in .*there: m; did you mean 'm'\?"):
        store.current("mm")


def test_a_store_that_refuses_for_a_while_is_asked_again(store, s3, made):
    refused: list[str] = []

    def refuse_the_first_upload(method: str, path: str) -> None:
        if method == "PUT" and not refused:
            refused.append(path)
            s3.failures = 1

    s3.before = refuse_the_first_upload
    assert store.publish(*made("1"))
    assert s3.requests.count(("PUT", refused[0])) == 2


def test_a_store_that_keeps_refusing_is_named(store, s3, made):
    s3.failures = 1000
    with pytest.raises(
        StorageError, match=r"s3://releases/a: .*(reduce your request rate|Service Unavailable)"
    ) as caught:
        store.publish(*made("1"))
    assert s3.failures > 900
    assert caught.value.repair.startswith("start the store, or correct store in configs/engine")


def test_a_store_that_is_gone_is_named(store):
    with pytest.raises(StorageError, match=r"s3://releases/a: .*127.0.0.1:1"):
        SharedStore(store.address, "http://127.0.0.1:1").current("m")


@pytest.mark.slow
def test_a_missing_bucket_and_missing_credentials_are_named(s3, monkeypatch):
    with pytest.raises(StorageError, match=r"(?s)s3://other/a: .*make the bucket"):
        SharedStore("s3://other/a", s3.endpoint).models()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    S3FileSystem.clear_instance_cache()  # as a new process, which has no connection yet
    with pytest.raises(StorageError, match="set AWS_ACCESS_KEY_ID"):
        SharedStore("s3://other/a", s3.endpoint).models()
