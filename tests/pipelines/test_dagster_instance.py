"""A run whose process is gone is ended; one that still lives is left alone, and named."""

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import dagster as dg
import psutil
import pytest
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext

from pipelines.orchestration import pool_waiting
from pipelines.orchestration.dagster_home import prepare_home
from pipelines.orchestration.dagster_instance import (
    NO_TELEMETRY,
    end_killed_runs,
    open_instance,
    pool_holders,
    repeatable_from_pages,
)
from pipelines.orchestration.pool_waiting import PAUSE_SECONDS
from rnnvis_assets.engine.dagster_process import PROCESS_TAG, process_tags
from rnnvis_assets.engine.process_identity import ProcessIdentity, this_process
from tests.pipelines.test_main import PATIENCE_SECONDS, RNNVIS
from tests.pipelines.tiny_project import environment
from warehouse.storage import Storage

KILLED = replace(this_process(), pid=999_999_999)


@pytest.fixture
def begin_run(workshop):
    """Begins a run, as the process of that name would have, and claims the pool's only slot."""
    job = workshop.definitions.resolve_job_def("analyse_model")

    def begin(
        process: ProcessIdentity,
        status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED,
        **tags: str,
    ) -> str:
        run_id = str(uuid4())
        with repeatable_from_pages(workshop.instance, "analyse_model"):
            run = workshop.instance.create_run_for_job(
                job,
                run_id=run_id,
                status=status,
                tags={**process_tags(run_id, process), "dagster/partition": "big-lstm", **tags},
            )
        storage = workshop.instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("gpu")
        storage.claim_concurrency_slot("gpu", run.run_id, "checkpoint")
        return run.run_id

    return begin


def _claimed(workshop) -> int:
    return workshop.instance.event_log_storage.get_concurrency_info("gpu").active_slot_count


def test_a_dead_process_gives_its_slot_back(workshop, begin_run):
    run_id = begin_run(KILLED)
    assert _claimed(workshop) == 1
    assert end_killed_runs(workshop.instance) == [run_id]
    assert _claimed(workshop) == 0
    assert workshop.instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("status", ["NOT_STARTED", "QUEUED", "STARTING", "CANCELING"])
def test_a_run_is_ended_whatever_it_was_doing_when_it_was_killed(status, workshop, begin_run):
    run_id = begin_run(KILLED, dg.DagsterRunStatus[status])
    assert end_killed_runs(workshop.instance) == [run_id]
    assert workshop.instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE
    assert end_killed_runs(workshop.instance) == []


def test_a_living_process_keeps_its_slot(workshop, begin_run):
    begin_run(this_process())
    assert end_killed_runs(workshop.instance) == []
    assert _claimed(workshop) == 1


@pytest.mark.parametrize("foreign", ["host", "machine", "namespace"])
def test_a_run_of_another_machine_or_container_is_left_to_it(foreign, workshop, begin_run):
    process = replace(KILLED, **{foreign: "another"})
    begin_run(process)
    assert end_killed_runs(workshop.instance) == []
    assert _claimed(workshop) == 1


@pytest.mark.parametrize("described", ["", "{}", "[]", "12@34.56"])
def test_a_run_that_says_nothing_of_its_process_is_left_alone(described, workshop, begin_run):
    begin_run(KILLED, **{PROCESS_TAG: described})
    assert end_killed_runs(workshop.instance) == []


def test_a_run_that_dagster_launched_again_is_left_to_it(workshop, begin_run):
    earlier = workshop.instance.get_run_by_id(begin_run(this_process()))
    begin_run(this_process(), **process_tags(earlier.run_id, KILLED))
    assert end_killed_runs(workshop.instance) == []


def test_who_holds_a_pool_is_named(workshop, begin_run):
    assert pool_holders(workshop.instance, "gpu") == []
    run_id = begin_run(this_process())
    assert pool_holders(workshop.instance, "gpu") == [f"run {run_id} (big-lstm)"]
    workshop.instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    assert pool_holders(workshop.instance, "gpu") == []


@pytest.mark.end_to_end
def test_a_run_that_waits_for_a_pool_leaves_the_processor_free_and_hears_an_interrupt(
    workshop, begin_run
):
    begin_run(this_process())
    env = environment(workshop.configs, workshop.storage.root) | {"PYTHONUNBUFFERED": "1"}
    waiting = subprocess.Popen(
        [RNNVIS, "materialize", "tiny-gru"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert waiting.stdout is not None
    next(line for line in waiting.stdout if "will wait for" in line)
    while not (asked := _pending(workshop)):
        time.sleep(0.1)
    process = psutil.Process(waiting.pid)
    before, _ = process.cpu_times(), time.sleep(2)
    used = process.cpu_times().user - before.user
    waiting.send_signal(signal.SIGINT)
    said, _ = waiting.communicate(timeout=PATIENCE_SECONDS)
    assert asked == 1
    assert used < 0.8
    assert waiting.returncode == 130
    assert "to go on: rnnvis materialize tiny-gru" in said


def _pending(workshop) -> int:
    return workshop.instance.event_log_storage.get_concurrency_info("gpu").pending_step_count


def test_a_run_whose_steps_are_processes_pauses_too_between_two_claims(
    workshop, begin_run, monkeypatch
):
    begin_run(this_process())
    waiting = begin_run(this_process())
    pauses: list[float] = []
    monkeypatch.setattr(pool_waiting, "sleep", pauses.append)
    run = workshop.instance.get_run_by_id(waiting)
    with InstanceConcurrencyContext(workshop.instance, run) as claims:
        assert not claims.claim("gpu", "checkpoint")
        assert not claims.claim("gpu", "checkpoint")
    assert pauses == [PAUSE_SECONDS] * 2


def test_processes_that_open_a_new_home_at_once_all_can(tmp_path, monkeypatch):
    storage = Storage(tmp_path / "storage")
    monkeypatch.setenv("DAGSTER_HOME", str(storage.dagster_home))

    prepare_home(storage)

    def count_runs(_: int) -> int:
        with open_instance(storage) as instance:
            return len(instance.get_runs())

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(count_runs, range(6))) == [0] * 6


OWN_SETTINGS = {
    "nothing": ("nux: {enabled: false}\n", {"gpu": 1, "release": 1}, "yes"),
    "all": (
        "telemetry: {enabled: true}\nconcurrency: {pools: {default_limit: 5}}\n", {}, None
    ),
}  # fmt: skip


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """A ``$DAGSTER_HOME`` of the user's own."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv(NO_TELEMETRY, "restored after the test")
    monkeypatch.delenv(NO_TELEMETRY)
    return tmp_path


def _limits(instance) -> dict[str, int]:
    return {limit.name: limit.limit for limit in instance.event_log_storage.get_pool_limits()}


@pytest.mark.parametrize(
    ("settings", "limits", "telemetry"), OWN_SETTINGS.values(), ids=list(OWN_SETTINGS)
)
def test_what_the_users_own_settings_leave_open_is_set_outside_of_them(
    settings, limits, telemetry, own_home
):
    (own_home / "dagster.yaml").write_text(settings)
    with open_instance(Storage(own_home / "storage")) as instance:
        assert _limits(instance) == limits
    assert os.environ.get(NO_TELEMETRY) == telemetry
    assert (own_home / "dagster.yaml").read_text() == settings


def test_a_limit_that_the_user_chose_on_dagsters_pages_stays(own_home):
    (own_home / "dagster.yaml").write_text("nux: {enabled: false}\n")
    storage = Storage(own_home / "storage")
    with open_instance(storage) as instance:
        instance.event_log_storage.set_concurrency_slots("gpu", 3)
    with open_instance(storage) as instance:
        assert _limits(instance) == {"gpu": 3, "release": 1}
