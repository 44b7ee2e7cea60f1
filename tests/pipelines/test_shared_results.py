"""An analysis made in one process, by two workers, and by tasks of Ray over an object store and
PostgreSQL: the same tables, bit by bit. Then what other machines of that store do with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.cli.storage_checks import check_results, check_store
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.open_context import open_store
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from tests.benchmarks.three_ways import (
    ONE_PROCESS,
    TASKS_OF_RAY,
    TWO_WORKERS,
    Engine,
    Machine,
    differences,
    released_differences,
)
from tests.pipelines.postgresql_server import run_postgresql
from tests.pipelines.tiny_project import ANALYSIS, write_project, write_text, write_yaml
from tests.s3_store import BUCKET, S3Store
from warehouse.errors import BusyError
from warehouse.storage import Storage

pytest.importorskip("ray")
pytestmark = pytest.mark.end_to_end

MODEL = "tiny-lstm"
LESS = {
    "recording": {"split": "train", "streams": 64},
    "co_clusters": {"minimum_count": 1, "maximum_clusters": 2, "seeds": 2},
}


def _run(machine: Machine, configs: Path, engine: Engine, *command: str) -> Result:
    """A command on a machine, by this process, which has imported it."""
    return CliRunner().invoke(app, command, env=machine.environment(configs, engine))


def _said(machine: Machine, configs: Path, engine: Engine, *command: str) -> str:
    done = _run(machine, configs, engine, *command)
    assert done.exit_code == 0, f"{done.output}\n{done.exception}"
    return done.output


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model, of which two shards are recorded."""
    folder = tmp_path_factory.mktemp("project")
    configs = write_project(folder)
    write_text(folder / "text.txt", sentences=1000)
    write_yaml(configs / "analyses" / "tiny.yaml", ANALYSIS | LESS)
    return configs


@dataclass(frozen=True)
class Ray:
    """The machine of the third way, what its command printed, and the engine of the others."""

    machine: Machine
    printed: str
    store: Engine


@pytest.fixture(scope="module")
def ray(s3: S3Store, configs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ray]:
    machine = Machine(tmp_path_factory.mktemp("ray"))
    store = {"address": f"s3://{BUCKET}/a", "endpoint": s3.endpoint, "holds": "results"}
    with pytest.MonkeyPatch.context() as patch, run_postgresql() as server:
        patch.delenv("RNNVIS_MIRROR", raising=False)  # it decides the tagger
        engine = {**TASKS_OF_RAY, "dagster": {"storage": server.address}, "store": store}
        yield Ray(machine, machine.materialize(MODEL, configs, engine), {"store": store})


@pytest.fixture
def second(ray: Ray, configs: Path, tmp_path: Path) -> Any:
    """A command on a machine of its own."""
    return lambda *command: _said(Machine(tmp_path), configs, ray.store, *command)


@pytest.mark.parametrize("engine", [ONE_PROCESS, TWO_WORKERS])
def test_three_ways_make_the_same_tables(engine, ray, configs, tmp_path):
    here = Machine(tmp_path)
    _said(here, configs, engine, "materialize", MODEL)
    assert [name for name in here.contents() if "recordings" in name and "part-00020" in name]
    assert differences(MODEL, here, ray.machine) == []


def test_each_part_is_uploaded_once_by_the_task_that_made_it(ray, s3):
    parts = [path for method, path in s3.requests if method == "PUT" and "/part-" in path]
    assert len(parts) == len(set(parts)) > 20
    assert "recording of tiny-lstm: uploading 1 files" in ray.printed


def test_a_second_machine_lists_it_as_fresh_makes_nothing_and_can_show_it(ray, second, tmp_path):
    line = next(line for line in second("list").splitlines() if MODEL in line)
    assert "fresh" in line
    assert "tiny-lstm: already fresh" in second("materialize", MODEL)
    assert released_differences(MODEL, ray.machine, Machine(tmp_path)) == []
    storage = Machine(tmp_path).storage
    assert not storage.recording(MODEL, "train").exists()
    assert not storage.table(MODEL, "glyph").exists()


def test_what_is_not_here_is_nothing_for_the_doctor_and_what_is_damaged_is_fetched(
    ray, second, configs, tmp_path, monkeypatch
):
    second("materialize", MODEL)
    machine = Machine(tmp_path)
    for name, value in machine.environment(configs, ray.store).items():
        monkeypatch.setenv(name, value)
    (store,) = check_store()
    assert (store.verdict, store.text) == ("good", f"s3://{BUCKET}/a: 1 models are analysed")
    assert {finding.verdict for finding in check_results()} == {"good"}
    weights = machine.storage.checkpoint(MODEL) / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    repairs = [finding.repair for finding in check_results() if finding.verdict == "wrong"]
    assert repairs == [f"rnnvis materialize {MODEL}"]
    second("materialize", MODEL)
    assert weights.read_bytes() == whole


def test_it_is_packed_of_what_the_store_has(ray, second, configs, tmp_path):
    second("materialize", MODEL)
    packed = str(tmp_path / "packed.zip")
    second("pack", MODEL, "--to", packed, "--recording")
    third = Machine(tmp_path / "third")
    assert "unpacked tiny-lstm" in _said(third, configs, ONE_PROCESS, "unpack", packed)


def test_a_second_driver_is_refused_with_whose_lease_it_is_and_removal_is_for_all(
    ray, second, configs, tmp_path
):
    dataset, machine = "tiny_text", Machine(tmp_path)
    second("materialize", dataset)
    project = load_project(machine.folder / "configs")
    store = open_store(project.folder)
    driver = RunContext(project, Storage(tmp_path / "other"), run="run one", store=store)
    with hold_stage(driver, dataset, "corpus"):
        refused = _run(machine, configs, ray.store, "remove", dataset, "--yes")
    assert isinstance(refused.exception, BusyError)
    assert "tiny_text is being worked on by run one (corpus, process" in str(refused.exception)
    assert "removed tiny_text from s3://" in second("remove", dataset, "--yes")
    assert store.sizes(f"results/{dataset}") == {}
    again = _said(ray.machine, configs, ray.store, "materialize", dataset)
    assert "corpus of tiny_text: uploading" in again, "what is only here is not made again"
