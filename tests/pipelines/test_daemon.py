"""Runs as a data engineer starts them, each to its end: a job in processes of its own, a backfill,
the schedule and automation behind Dagster's daemon; all in one storage."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from pipelines.orchestration.build_definitions import build_defs
from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from tests.pipelines.tiny_project import ANALYSIS, MODELS, environment, write_project, write_yaml
from warehouse.reader import open_release
from warehouse.storage import CHECKOUT, Storage

pytestmark = pytest.mark.end_to_end
PATIENCE_SECONDS = 1200
DATASET, FIRST, SECOND = "tiny_reviews", "tiny-gru", "second-gru"
BINARIES = Path(sys.executable).parent
DAEMON = """
from dagster._daemon import controller
controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 2  # of backfills; 30 otherwise
from dagster._daemon.cli import main
main()
"""


@dataclass(frozen=True)
class Served:
    """A project whose storage a daemon works on."""

    configs: Path
    storage: Storage
    instance: dg.DagsterInstance
    env: dict[str, str]

    @property
    def context(self) -> RunContext:
        return RunContext(load_project(self.configs), self.storage, lambda _: None)

    def runs(self, **tags: str) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs(dg.RunsFilter(tags=tags)))

    def wait_for(self, what: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_there():
            states = [f"{run.job_name} {run.tags}: {run.status}" for run in self.runs()]
            assert time.monotonic() < deadline, "\n".join([f"no {what}; runs:", *states])
            time.sleep(0.5)


def _is_done(runs: list[dg.DagsterRun]) -> bool:
    failed = [run.run_id for run in runs if run.status == dg.DagsterRunStatus.FAILURE]
    assert not failed
    return bool(runs) and all(run.is_success for run in runs)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two models of one dataset: Dagster's backfills begin all models of a dataset at once."""
    folder = tmp_path_factory.mktemp("served")
    configs, storage = write_project(folder), Storage(folder / "storage")
    (configs / "models" / "tiny-lstm.yaml").unlink()
    (configs / "datasets" / "tiny_text.yaml").unlink()
    write_yaml(configs / "models" / f"{SECOND}.yaml", MODELS[FIRST] | {"seed": 1})
    env = environment(configs, storage.root) | {"PYTHONPATH": str(CHECKOUT)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(storage.dagster_home))
        patch.delenv("RNNVIS_MIRROR", raising=False)  # as in env: it decides the tagger
        with open_instance(storage) as instance:
            yield Served(configs, storage, instance, env)


@pytest.fixture(scope="module")
def daemon(served: Served) -> Iterator[Served]:
    """Nightly analyses are due in one or two minutes; automation is on."""
    # A daemon that first sees a schedule after its minute waits for the next day.
    soon = datetime.now(UTC) + timedelta(seconds=130)
    cron = f"{soon.minute} {soon.hour} * * *"
    schedules = {
        "nightly": {"enabled": True, "cron": cron, "models": [FIRST]},
        "automation": {"enabled": True},
    }
    write_yaml(served.configs / "schedules.yaml", schedules)
    log = served.storage.root / "daemon.log"
    command = [sys.executable, "-c", DAEMON, "run", "-m", "tests.pipelines.daemon_definitions"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=served.env, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield served
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # with its code server
            process.wait()


def test_a_job_makes_its_corpus_and_waits_for_a_busy_model(served):
    """Its steps are processes of their own, two of which work on the model side by side."""
    command = [str(BINARIES / "dagster"), "job", "execute", "-m", "pipelines.definitions"]
    arguments = ["-j", "analyse_model", "--tags", f'{{"dagster/partition": "{FIRST}"}}']
    other_run = RunContext(served.context.project, served.storage, run="another run")
    with hold_stage(other_run, FIRST, "glyphs"):
        running = subprocess.Popen([*command, *arguments], env=served.env, stderr=subprocess.PIPE)
        retried = {dg.DagsterEventType.STEP_UP_FOR_RETRY}
        served.wait_for(
            "retry",
            lambda: any(
                served.instance.all_logs(run.run_id, of_type=retried)
                for run in served.runs(**{"dagster/partition": FIRST})
            ),
        )
    _, errors = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, errors.decode()
    with open_release(FIRST, storage=served.storage) as release:
        assert release.sql("SELECT name FROM model")["name"].to_pylist() == [FIRST]


def test_a_backfill_of_all_partitions_makes_corpora_before_models(daemon):
    graph = build_defs(daemon.configs, daemon.storage.root).resolve_asset_graph()
    stages = {dg.AssetKey(asset.stage.name) for asset in (*DATASET_STAGES, *MODEL_STAGES)}
    chosen = AssetGraphSubset.from_asset_keys(stages, graph)
    backfill = PartitionBackfill.from_asset_graph_subset(
        backfill_id="everything", backfill_timestamp=time.time(), tags={}, title=None,
        dynamic_partitions_store=daemon.instance, description=None, run_config=None,
        asset_graph_subset=chosen,
    )  # fmt: skip
    daemon.instance.add_backfill(backfill)
    ended = {BulkActionStatus.COMPLETED_SUCCESS, BulkActionStatus.COMPLETED_FAILED}
    daemon.wait_for(
        "end of the backfill",
        lambda: daemon.instance.get_backfill("everything").status in ended,
    )
    runs = daemon.runs(**{"dagster/backfill": "everything"})
    assert _is_done(runs)
    assert {run.tags["dagster/partition"] for run in runs} == {DATASET, FIRST, SECOND}
    assert not _not_fresh(daemon)


def _not_fresh(served: Served) -> dict[tuple[str, str], str]:
    context = served.context
    places = [(asset, name) for asset in DATASET_STAGES for name in context.project.datasets]
    places += [(asset, name) for asset in MODEL_STAGES for name in context.project.models]
    states = {(a.stage.name, name): freshness(a.stage, context, name) for a, name in places}
    return {place: state.reason for place, state in states.items() if state.state != "fresh"}


def test_automation_follows_an_edit(daemon):
    changed = ANALYSIS | {"co_clusters": ANALYSIS["co_clusters"] | {"maximum_clusters": 2}}
    write_yaml(daemon.configs / "analyses" / "tiny.yaml", changed)
    assert ("co_clusters", SECOND) in _not_fresh(daemon)
    daemon.wait_for("results of automation", lambda: not _not_fresh(daemon))
    automated = daemon.runs(**{"dagster/from_automation_condition": "true"})
    # What is due at night analyses the first model too; whichever comes first finds it stale.
    assert {SECOND} <= {run.tags["dagster/partition"] for run in automated} <= {FIRST, SECOND}


def test_the_schedule_analyses_when_it_is_due(daemon):
    daemon.wait_for(
        "end of the nightly run",
        lambda: _is_done(daemon.runs(**{"dagster/schedule_name": "nightly"})),
    )
    (run,) = daemon.runs(**{"dagster/schedule_name": "nightly"})
    assert (run.job_name, run.tags["dagster/partition"]) == ("analyse_model", FIRST)


def test_no_run_has_failed(daemon):
    daemon.wait_for("end of all runs", lambda: _is_done(daemon.runs()))
