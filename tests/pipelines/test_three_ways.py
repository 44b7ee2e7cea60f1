"""An analysis made in one process, by two workers, and by tasks of Ray over an object store and
PostgreSQL, all by the commands: the same tables, bit by bit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.three_ways import (
    ONE_PROCESS,
    TASKS_OF_RAY,
    TWO_WORKERS,
    Machine,
    differences,
    released_differences,
)
from tests.pipelines.postgresql_server import PostgresqlServer, run_postgresql
from tests.pipelines.tiny_project import ANALYSIS, write_project, write_text, write_yaml
from tests.s3_store import BUCKET, S3Store, run_s3

pytest.importorskip("ray")
pytestmark = pytest.mark.slow

MODEL = "tiny-lstm"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Store]:
    with run_s3() as store:
        yield store


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    with run_postgresql() as server:
        yield server


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    """A language model, of which five shards are recorded."""
    configs = write_project(tmp_path)
    write_text(tmp_path / "text.txt", sentences=2200)
    recording = {"recording": {"split": "train", "streams": 64}}
    write_yaml(configs / "analyses" / "tiny.yaml", ANALYSIS | recording)
    return configs


def test_three_ways_make_the_same_tables_and_another_machine_makes_none(
    configs, s3, postgresql, tmp_path, monkeypatch
):
    monkeypatch.delenv("RNNVIS_MIRROR", raising=False)
    alone, two, ray, later = (Machine(tmp_path / name) for name in ("alone", "two", "ray", "later"))
    store = {"address": f"s3://{BUCKET}/a", "endpoint": s3.endpoint, "holds": "results"}
    shared = {"dagster": {"storage": postgresql.address}, "store": store}
    alone.materialize(MODEL, configs, ONE_PROCESS)
    two.materialize(MODEL, configs, TWO_WORKERS)
    said = ray.materialize(MODEL, configs, TASKS_OF_RAY | shared)
    assert differences(MODEL, alone, two) == []
    assert differences(MODEL, alone, ray) == []
    assert [name for name in alone.contents() if "recordings" in name and "part-00040" in name]
    parts = [path for method, path in s3.requests if method == "PUT" and "/part-" in path]
    assert len(parts) == len(set(parts)), "each part is uploaded once, by the task that made it"
    assert "recording of tiny-lstm: uploading 1 files" in said
    assert "tiny-lstm: already fresh" in later.materialize(MODEL, configs, {"store": store})
    assert released_differences(MODEL, alone, later) == []
    assert not later.storage.recording(MODEL, "train").exists()
