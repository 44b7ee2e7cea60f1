"""Stages of machines that share an object store: each fetches what it reads, publishes what it
makes, and does nothing again; and whatever may go wrong between."""

import errno
import resource
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rnnvis_assets.engine.dagster_asset import TRANSIENT
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.engine.stored_outputs import fetch_output, remove_outputs
from tests.s3_store import BUCKET, NO_HOOK, S3Store
from warehouse.errors import BusyError, StorageError, StoreError
from warehouse.object_store import ObjectStore
from warehouse.storage import Storage

MEBIBYTE = 2**20


class Machine:
    """A storage of its own, the store, and what its stages have done and reported."""

    def __init__(self, root: Path, store: ObjectStore) -> None:
        self.made: list[str] = []
        self.said: list[str] = []
        self.project = SimpleNamespace(
            datasets={"d": None}, models={"m": SimpleNamespace(dataset="d")}, content="first"
        )
        self.context = RunContext(
            self.project, Storage(root), self.said.append, run=root.name, store=store
        )
        self.corpus = self._stage("corpus")
        self.response = self._stage("response", Upstream("corpus", of="dataset"))

    def _stage(self, name: str, *upstream: Upstream) -> Stage:
        def run(context: RunContext, partition: str) -> StageOutput:
            self.made.append(name)
            read = [context.storage.table("d", each.stage).read_text() for each in upstream]
            path = context.storage.table(partition, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(" of ".join([f"{context.project.content} {name}", *read]))
            return StageOutput((path,))

        return Stage(name, upstream, lambda project, _: project.content, run)

    def run(self, stage: Stage) -> str:
        partition = "m" if stage.upstream else "d"
        run_stage(stage, self.context, partition)
        return self.file(stage).read_text()

    def file(self, stage: Stage) -> Path:
        return self.context.storage.table("m" if stage.upstream else "d", stage.name)

    def state(self, stage: Stage) -> str:
        return freshness(stage, self.context, "m" if stage.upstream else "d").state


@pytest.fixture
def machine(s3: S3Store, tmp_path: Path) -> Iterator[Any]:
    """Machines by name, which share a store."""
    store = ObjectStore(f"s3://{BUCKET}/{tmp_path.name}", s3.endpoint)
    yield lambda name: Machine(tmp_path / name, store)
    s3.failures, s3.before = 0, NO_HOOK


def _keys(machine: Machine, prefix: str = "") -> list[str]:
    store = machine.context.store
    return sorted(key.rpartition("-")[0] or key for key in store.sizes(prefix))


@pytest.mark.slow
def test_a_second_machine_goes_on_where_the_first_ended_and_a_third_does_nothing(machine):
    first, second, third = map(machine, ("first", "second", "third"))
    first.run(first.corpus)
    assert second.state(second.corpus) == "fresh"
    assert not second.file(second.corpus).exists()
    assert second.run(second.response) == "first response of first corpus"
    assert second.made == ["response"]
    assert "corpus of d: fetching 1 files, 0.0 MB" in second.said
    assert [third.state(stage) for stage in (third.corpus, third.response)] == ["fresh", "fresh"]
    fetch_output(third.context.store, third.context.storage, "response", "m", third.said.append)
    assert third.file(third.response).read_text() == "first response of first corpus"
    assert not third.file(third.corpus).exists()
    assert _keys(first) == [
        "leases/d.json", "leases/m.json", "manifests/d/corpus.json", "manifests/m/response.json",
        "results/d/corpus/tables/d/corpus.parquet", "results/m/response/tables/m/response.parquet",
    ]  # fmt: skip


@pytest.mark.slow
def test_what_is_here_and_as_it_was_is_not_fetched_again_and_what_differs_is(machine, s3):
    first = machine("first")
    first.run(first.corpus)
    first.run(first.response)
    s3.requests.clear()
    first.run(first.response)
    assert not [path for method, path in s3.requests if method == "GET" and "corpus.parq" in path]
    first.file(first.corpus).write_text("first corpuX")
    assert first.run(first.response) == "first response of first corpus"


@pytest.mark.slow
def test_what_was_made_before_there_was_a_store_is_uploaded_not_made_again(machine):
    first = machine("first")
    local = replace(first.context, store=None)
    run_stage(first.corpus, local, "d")
    run_stage(first.response, local, "m")
    assert first.state(first.corpus) == first.state(first.response) == "missing"
    first.run(first.corpus)
    first.run(first.response)
    assert first.made == ["corpus", "response"]
    assert machine("second").state(first.response) == "fresh"


@pytest.mark.slow
def test_a_changed_configuration_makes_it_again_and_removes_what_nothing_names(machine):
    first, second = machine("first"), machine("second")
    first.run(first.corpus)
    second.project.content = "second"
    assert second.state(second.corpus) == "stale"
    assert second.run(second.corpus) == "second corpus"
    assert len(second.context.store.sizes("results/d")) == 1
    first.project.content = "second"
    assert first.state(first.corpus) == "fresh"


@pytest.mark.parametrize("at", ["the file", "the manifest"])
def test_an_upload_that_is_broken_off_is_not_seen_and_is_completed_without_work(machine, s3, at):
    first, second = machine("first"), machine("second")

    def fail(method: str, path: str) -> None:
        if method == "PUT" and ("results/" if at == "the file" else "manifests/") in path:
            s3.failures = 1000
            s3.before = NO_HOOK

    s3.before = fail
    with pytest.raises(StoreError, match="start the store"):
        first.run(first.corpus)
    s3.failures = 0
    assert second.state(second.corpus) == "missing"
    assert first.state(first.corpus) == "missing"
    first.run(first.corpus)
    assert (first.made, second.state(second.corpus)) == (["corpus"], "fresh")


def test_a_store_that_is_gone_is_tried_again_by_dagster(machine, s3):
    s3.failures = 1000
    first = machine("first")
    with pytest.raises(TRANSIENT, match="s3://"):
        first.run(first.corpus)
    assert first.made == []


@pytest.mark.slow
def test_a_half_uploaded_file_counts_as_missing_and_is_replaced(machine, s3):
    first, second = machine("first"), machine("second")
    first.run(first.corpus)
    (key,) = first.context.store.sizes("results/d")
    root = first.context.store.address.removeprefix(f"s3://{BUCKET}/")
    s3.client.put_object(Bucket=BUCKET, Key=f"{root}/{key}", Body=b"first")
    assert second.state(second.corpus) == first.state(first.corpus) == "missing"
    first.run(first.corpus)
    assert first.made == ["corpus"]
    assert second.run(second.response) == "first response of first corpus"


def test_a_damaged_file_is_never_read(machine, s3):
    first, second = machine("first"), machine("second")
    first.run(first.corpus)
    (key,) = first.context.store.sizes("results/d")
    root = first.context.store.address.removeprefix(f"s3://{BUCKET}/")
    s3.client.put_object(Bucket=BUCKET, Key=f"{root}/{key}", Body=b"first corpuX")
    with pytest.raises(StorageError, match=r"(?s)found SHA-256.*delete it there, then rnnvis mat"):
        second.run(second.response)
    assert second.made == []
    assert not second.file(second.corpus).exists()


@pytest.mark.slow
def test_a_disk_that_is_full_while_fetching_is_reported_and_leaves_nothing_half(machine):
    first, second = machine("first"), machine("second")
    first.project.content = second.project.content = "x" * 2 * MEBIBYTE
    first.run(first.corpus)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEBIBYTE, hard))
    try:
        with pytest.raises(StorageError, match="allows no larger file; nothing was half-written"):
            second.run(second.response)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(second.file(second.corpus).parent.iterdir()) == []
    assert "first response" not in second.run(second.response)[:20]
    assert second.made == ["response"]


def test_who_publishes_second_is_refused_and_the_first_stays(machine):
    """As where a machine slept until its lease was another's."""
    first, second = machine("first"), machine("second")

    def overtaken(context: RunContext, partition: str) -> StageOutput:
        taken = replace(second.context, run=context.run)
        run_stage(second.corpus, taken, partition)
        return first.corpus.run(context, partition)

    first.project.content = "late"
    with pytest.raises(BusyError, match="corpus of d was published by another machine while"):
        run_stage(replace(first.corpus, run=overtaken), first.context, "d")
    assert second.state(second.corpus) == "fresh"
    assert read_manifest(second.context.storage, "corpus", "d").run_id is None
    first.project.content = "first"
    assert first.state(first.corpus) == "fresh"


def test_a_removed_output_is_missing_for_all(machine):
    first, second = machine("first"), machine("second")
    first.run(first.corpus)
    remove_outputs(first.context.store, "d")
    shutil.rmtree(first.context.storage.root)
    assert first.state(first.corpus) == second.state(second.corpus) == "missing"
    assert _keys(first) == ["leases/d.json"]


def test_an_error_of_the_disk_is_not_one_of_the_store(machine, monkeypatch):
    first, second = machine("first"), machine("second")
    first.run(first.corpus)
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(full))
    with pytest.raises(StorageError, match="the disk is full"):
        second.context.store.download("a", second.file(second.corpus), "", "")
