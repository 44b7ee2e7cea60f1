"""Dagster's persistent home under the storage root."""

import os
from pathlib import Path

import dagster as dg
import yaml

from warehouse.atomic_files import atomic_file
from warehouse.storage import Storage

SETTINGS = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "concurrency": {
        "pools": {"default_limit": 1, "granularity": "op"},
        "runs": {"max_concurrent_runs": 2},
    },
}
"""No statistics sent, no invitation to sign up over the first page; one training and one release at
a time, two runs side by side."""


def prepare_home(storage: Storage) -> Path:
    """The folder of ``$DAGSTER_HOME``, else one under the storage root; written on first use."""
    home = Path(os.environ.get("DAGSTER_HOME") or storage.dagster_home)
    settings = home / "dagster.yaml"
    if not settings.exists():
        with atomic_file(settings) as temporary:
            temporary.write_text(yaml.safe_dump(SETTINGS, sort_keys=False), "utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance(storage: Storage) -> dg.DagsterInstance:
    """The Dagster instance whose history the UI shows too."""
    return dg.DagsterInstance.from_config(str(prepare_home(storage)))
