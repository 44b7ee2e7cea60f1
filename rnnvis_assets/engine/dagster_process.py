"""Which process and which code a run is of, written into its tags."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import dagster as dg

from rnnvis_assets.engine.process_identity import ProcessIdentity
from rnnvis_assets.engine.run_environment import code_commit

PROCESS_TAG = ".dagster/rnnvis_process"
"""Dagster's pages do not show tags of this prefix."""

ASKED_BY_TAG = "asked_by"
"""The run that started another one and waits for it."""


def process_tags(run_id: str, process: ProcessIdentity) -> dict[str, str]:
    """The tags of a run that is executed by that process itself."""
    return {PROCESS_TAG: json.dumps({"run": run_id, **asdict(process)})}


def process_of(run_id: str, tags: Mapping[str, str]) -> ProcessIdentity | None:
    """The process that executes a run; None where Dagster launched it, also if it did so again for
    a run of the command line, whose tags it repeats."""
    try:
        found = json.loads(tags.get(PROCESS_TAG, ""))
        return ProcessIdentity(**found) if found.pop("run") == run_id else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def is_attended(run_id: str, tags: Mapping[str, str]) -> bool:
    """Whether a person waits for the run, who repeats the command where it was refused."""
    return process_of(run_id, tags) is not None and ASKED_BY_TAG not in tags


def commit_tags() -> dict[str, str]:
    """The tag of the commit whose code this process runs, where it is known."""
    commit = code_commit().sha
    return {"commit": commit} if commit else {}


def correct_commit(run: dg.DagsterRun, instance: dg.DagsterInstance) -> None:
    """Tags the run with this commit: a run that is executed again has its parent's tags."""
    if not commit_tags().items() <= run.tags.items():
        instance.add_run_tags(run.run_id, commit_tags())
