"""Whose run holds a pool's slots: a killed one's are freed, a living one's are waited for.

Dagster calls a run whose process was killed running, and keeps its pool slots, forever. Its daemon
clears up after runs that it launched; runs of the command line have only themselves.
"""

import dagster as dg
import psutil

PROCESS_TAG = "rnnvis/process"
_PARTITION_TAG = "dagster/partition"
UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


def describe_process(process: psutil.Process) -> str:
    """A name that no later process shares, although numbers are used again."""
    return f"{process.pid}@{process.create_time():.2f}"


def _is_alive(described: str) -> bool:
    try:
        return described == describe_process(psutil.Process(int(described.partition("@")[0])))
    except psutil.NoSuchProcess:
        return False


def end_killed_runs(instance: dg.DagsterInstance) -> list[str]:
    """Marks runs of dead processes as failed and frees their pool slots; returns their ids."""
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        process = run.tags.get(PROCESS_TAG)
        if process is None or _is_alive(process):
            continue
        instance.report_run_failed(run, f"its process {process} was killed")
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
