"""Dagster's instance, and the runs in it whose process was killed.

Dagster calls a run whose process was killed running, and keeps its pool slots, forever. Its daemon
clears up after runs that it launched; runs of the command line have only themselves.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import dagster as dg
import yaml
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.instance import InstanceRef
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from filelock import FileLock

from pipelines.orchestration.dagster_database import hold_database
from pipelines.orchestration.dagster_home import prepare_home, unreadable_settings
from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.configuration.load_project import load_engine
from rnnvis_assets.engine.dagster_process import process_of
from rnnvis_assets.engine.process_identity import life_of
from warehouse.storage import Storage


def open_instance(storage: Storage) -> dg.DagsterInstance:
    """The Dagster instance whose history the UI shows too, where ``configs/engine.yaml`` says.

    One process at a time creates the databases: two at once can leave them with two versions each.
    """
    home = prepare_home(storage)
    with FileLock(home / ".opening.lock"), hold_database(load_engine().dagster.storage):
        instance = dg.DagsterInstance.from_ref(_reference(home))
        _complete_settings(instance)
    return instance


def _reference(home: Path) -> InstanceRef:
    """The instance of the settings in ``home``, but without files of what a step prints: that goes
    to the terminal. Dagster would start two processes a step, to which Ctrl-C goes too."""
    try:
        return InstanceRef.from_dir(str(home), overrides={"compute_logs": _UNCAPTURED})
    except (dg.DagsterInvalidConfigError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise unreadable_settings(home, error) from error


_UNCAPTURED = {
    "module": "dagster._core.storage.noop_compute_log_manager",
    "class": "NoOpComputeLogManager",
}


POOLS = sorted({asset.pool for asset in ALL_STAGES if asset.pool})
NO_TELEMETRY = "DAGSTER_DISABLE_TELEMETRY"


def _complete_settings(instance: dg.DagsterInstance) -> None:
    """Applies what a ``dagster.yaml`` of the user's own leaves open, without a change of the file:
    statistics are not sent, and a pool without a limit, in the file or on Dagster's pages, gets 1.
    """
    if "enabled" not in (instance.get_settings("telemetry") or {}):
        os.environ.setdefault(NO_TELEMETRY, "yes")  # of this process and the servers it becomes
    if instance.global_op_concurrency_default_limit is None:
        limited = {limit.name for limit in instance.event_log_storage.get_pool_limits()}
        for pool in POOLS:
            if pool not in limited:
                instance.event_log_storage.set_concurrency_slots(pool, 1)


_PARTITION_TAG = "dagster/partition"
CODE_LOCATION = "pipelines.definitions"
"""The module of the definitions, by which Dagster's pages name them."""
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in FINISHED_STATUSES]


def end_killed_runs(instance: dg.DagsterInstance) -> list[str]:
    """Marks runs of dead processes as failed and frees their pool slots; returns their ids.

    Runs of which nothing can be known from here, and those that a daemon launched, stay.
    """
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        process = process_of(run.run_id, run.tags)
        if process is None or life_of(process) != "dead":
            continue
        instance.report_run_failed(run, f"its {process.name} was killed")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def pool_holders(instance: dg.DagsterInstance, pool: str) -> list[str]:
    """The runs that a step of ``pool`` would have to wait for, each in a few words."""
    info = instance.event_log_storage.get_concurrency_info(pool)
    if info.active_slot_count < (info.limit or 1):
        return []
    runs = (instance.get_run_by_id(run_id) for run_id in sorted(info.active_run_ids))
    return [
        f"run {run.run_id} ({run.tags.get(_PARTITION_TAG, run.job_name)})" for run in runs if run
    ]


@contextmanager
def repeatable_from_pages(instance: dg.DagsterInstance, job: str) -> Iterator[None]:
    """Runs of ``job`` that begin within it can be executed again from Dagster's pages.

    These look up a run's definitions by its origin, which runs in a process have none of.
    """
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name=CODE_LOCATION)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(module, location_name=CODE_LOCATION)
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), job)
    create = partial(instance.create_run_for_job, remote_job_origin=origin)
    instance.create_run_for_job = create  # type: ignore[method-assign]
    try:
        yield
    finally:
        del instance.create_run_for_job
