"""A recording by tasks of a real Ray cluster, one for all tests of this file."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.engine import map_shards
from rnnvis_assets.recording.recorder import record
from rnnvis_assets.recording.shared_shards import SharedShards
from tests.rnnvis_assets.recording.recorded_bytes import (
    bytes_of,
    dying_once,
    open_reading,
    other_words,
    recorded_by,
)
from tests.s3_store import BUCKET, S3Store
from warehouse.errors import RecordingError, WorkerError
from warehouse.object_store import ObjectStore

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.end_to_end

TWO = EngineConfig(workers=2, executor="ray")


@pytest.fixture(scope="module", autouse=True)
def cluster(s3: S3Store) -> Iterator[None]:
    """Its workers have the credentials of the store."""
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=100 * 2**20,
        _system_config={"worker_niceness": 0},  # else they starve next to other tests
    )
    yield
    ray.shutdown()


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_any_number_of_tasks_makes_the_bytes_of_one_process(workers: int, tmp_path: Path) -> None:
    engine = EngineConfig(workers=workers, executor="ray")
    expected = recorded_by(EngineConfig(), tmp_path / "here")
    assert recorded_by(engine, tmp_path / "ray") == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "ray"]


def test_a_worker_that_is_killed_amidst_a_shard_changes_no_byte(tmp_path: Path) -> None:
    mark, folder = tmp_path / "mark", tmp_path / "ray"
    record(open_reading(), folder, engine=TWO, reopen=partial(dying_once, mark))
    assert int(mark.read_text().split()[0]) >= 8
    assert bytes_of(folder) == recorded_by(EngineConfig(), tmp_path / "here")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "mark", "ray"]


def test_an_error_of_a_task_arrives_as_it_was_raised(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"a worker reads .*others.*, expected .*made up"):
        record(open_reading(), tmp_path / "ray", engine=TWO, reopen=other_words)
    assert not list(tmp_path.iterdir())


def test_a_task_with_another_version_of_the_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_shards, "library_version", lambda _: "0.0")
    with pytest.raises(WorkerError, match=r"a worker has numpy \S+, expected 0\.0"):
        recorded_by(TWO, tmp_path / "ray")
    assert not (tmp_path / "ray").exists()


def test_a_task_that_dies_amidst_a_shard_of_the_store_changes_no_byte(
    tmp_path: Path, s3: S3Store
) -> None:
    mark, folder = tmp_path / "mark", tmp_path / "ray"
    store = ObjectStore(f"s3://{BUCKET}/a", s3.endpoint)
    record(
        open_reading(),
        folder,
        engine=TWO,
        reopen=partial(dying_once, mark),
        shards_of=partial(SharedShards, store=store, root=tmp_path, prefix="results"),
    )
    assert mark.exists()
    assert bytes_of(folder) == recorded_by(EngineConfig(), tmp_path / "here")
    uploaded = [path for method, path in s3.requests if method == "PUT" and "/part-" in path]
    assert sorted(uploaded) == sorted(f"/{BUCKET}/a/{key}" for key in store.sizes(""))
