"""Which process a run of the command line is, written into its tags."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from rnnvis_assets.engine.process_identity import ProcessIdentity

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
