"""Shards that workers write to an object store: complete, once, whoever makes them where."""

from pathlib import Path
from typing import Any

import pytest

from rnnvis_assets.engine.manifest import Manifest, file_hashes, file_sizes
from rnnvis_assets.engine.stored_outputs import publish_output
from rnnvis_assets.recording.record_trained import open_in_worker
from rnnvis_assets.recording.shared_shards import SharedShards
from tests.rnnvis_assets.recording.recorded_bytes import bytes_of
from tests.rnnvis_assets.recording.test_recording_stage import make_context
from tests.s3_store import BUCKET, S3Store
from tests.warehouse.test_recording_shards import JOB, write
from tests.warehouse.test_recordings import LAYERS
from warehouse.errors import RecordingError, StorageError
from warehouse.object_store import ObjectStore
from warehouse.recording_schema import ROWS_OF_FLOAT32
from warehouse.recording_shards import ShardFolder
from warehouse.recordings import open_recording
from warehouse.storage import Storage

PREFIX = "results/m/recording"


@pytest.fixture
def shards(s3: S3Store, tmp_path: Path) -> Any:
    """The shards of one recording, as a machine of this name sees them."""
    store = ObjectStore(f"s3://{BUCKET}/{tmp_path.name}", s3.endpoint)

    def of(machine: str) -> SharedShards:
        root = tmp_path / machine
        return SharedShards(root / "recordings" / "m" / "test", store, root, PREFIX).begin(JOB)

    return of


def _join(shards: ShardFolder, manifests: list[Any]) -> dict[str, bytes]:
    shards.join(manifests, LAYERS, {"seed": 1}, ROWS_OF_FLOAT32)
    return bytes_of(shards.folder)


def test_shards_of_two_machines_make_the_recording_of_one(shards, tmp_path):
    local = ShardFolder(tmp_path / "local").begin(JOB)
    expected = _join(local, [write(local, 0), write(local, 1)])
    driver, first, second = (shards(name) for name in ("driver", "first", "second"))
    manifests = [write(first, 1), write(second, 0)]
    assert not list(first.path.glob("shard-*"))
    assert _join(driver, manifests) == expected
    assert open_recording(driver.folder).parts == (4, 2, 3)
    parts = [key.rpartition("-")[0] for key in driver.store.sizes("")]
    assert sorted(parts) == [
        f"{PREFIX}/recordings/m/test/layer={layer}/part-0000{part}.parquet"
        for layer in range(len(LAYERS))
        for part in range(3)
    ]


def test_a_shard_that_is_there_is_skipped_on_any_machine(shards):
    manifest = write(shards("first"), 0)
    assert shards("second").finished(0) == manifest
    assert shards("second").finished(1) is None


def test_shards_of_another_job_go(shards):
    first = shards("first")
    write(first, 0)
    assert first.begin({"source": {"seed": 2}}).finished(0) is None
    assert first.begin(JOB).finished(0) is None


@pytest.mark.slow
def test_a_half_uploaded_part_is_made_again(shards, s3):
    first = shards("first")
    write(first, 0)
    key = min(first.store.sizes(PREFIX))
    root = first.store.address.removeprefix(f"s3://{BUCKET}/")
    s3.client.put_object(Bucket=BUCKET, Key=f"{root}/{key}", Body=b"half")
    assert shards("second").finished(0) is None
    manifest = write(shards("second"), 0)
    assert shards("first").finished(0) == manifest


def test_a_damaged_part_is_not_joined(shards, s3):
    first = shards("first")
    manifests = [write(first, 0), write(first, 1)]
    key, size = min(first.store.sizes(PREFIX).items())
    root = first.store.address.removeprefix(f"s3://{BUCKET}/")
    s3.client.put_object(Bucket=BUCKET, Key=f"{root}/{key}", Body=b"X" * size)
    with pytest.raises(StorageError, match=r"found SHA-256 .*, expected"):
        _join(shards("driver"), manifests)
    assert not first.folder.exists()


@pytest.mark.slow
def test_of_two_workers_with_other_bytes_the_first_stays_and_the_second_is_refused(shards):
    first, second = shards("first"), shards("second")
    manifest = write(first, 0)
    assert write(second, 0) == manifest
    with pytest.raises(RecordingError, match="found other bytes than this worker has made"):
        write(second, 0, shift=1.0)
    assert second.finished(0) == manifest


@pytest.mark.slow
def test_a_worker_on_a_machine_of_its_own_fetches_what_it_reads(s3, tmp_path):
    driver = make_context(tmp_path / "driver", "language_model", "lstm")
    storage, store = driver.storage, ObjectStore(f"s3://{BUCKET}/inputs", s3.endpoint)
    for stage, partition, folder in (
        ("corpus", "d", storage.corpus("d")),
        ("checkpoint", "m", storage.checkpoint("m")),
    ):
        files = [path for path in folder.rglob("*") if path.is_file()]
        hashes = {
            str(path.relative_to(storage.root)): it for path, it in file_hashes(files).items()
        }
        sizes = file_sizes(storage, files)
        made = Manifest(stage, partition, {}, "", sizes, hashes, {}, {}, 0.0, 0.0, "")
        publish_output(store, storage, made, None, print)
    wanted = driver.project.analysis_of("m").recording
    there = open_in_worker(Storage(tmp_path / "worker"), store, "m", "d", wanted, "there")
    assert there.source == open_in_worker(storage, None, "m", "d", wanted, "here").source
