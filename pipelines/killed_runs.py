"""Runs whose process was killed: Dagster calls them running, and keeps their pool slots, forever.

Its daemon clears up after runs that it launched; runs of the command line have only themselves.
"""

import dagster as dg
import psutil

PROCESS_TAG = "rnnvis/process"
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
