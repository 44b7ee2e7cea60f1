"""The folder in which Dagster keeps its history, and the settings there that keep it sound."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from warehouse.atomic_files import atomic_file
from warehouse.errors import ConfigurationError
from warehouse.storage import Storage

SETTINGS = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "concurrency": {
        "pools": {"default_limit": 1, "granularity": "op"},
        "runs": {"max_concurrent_runs": 2},
    },
    "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
}
"""No statistics sent, no invitation to sign up over the first page; one training and one release at
a time, two runs side by side; runs that never start are ended, and what ended keeps no slot.

New settings are put last: what an earlier version wrote is then the beginning of the file."""
_WRITTEN = yaml.safe_dump(SETTINGS, sort_keys=False)


def dagster_home(storage: Storage) -> Path:
    """The folder of ``$DAGSTER_HOME``, else one under the storage root."""
    return Path(os.environ.get("DAGSTER_HOME") or storage.dagster_home)


def prepare_home(storage: Storage) -> Path:
    """Makes the folder Dagster's home in this process, with ``dagster.yaml`` in it.

    A file that an earlier version wrote gets the settings that it lacks; one that a person has
    edited stays as it is.
    """
    home = dagster_home(storage)
    settings = home / "dagster.yaml"
    found = settings.read_text("utf-8") if settings.exists() else ""
    if found != _WRITTEN and _WRITTEN.startswith(found):
        with atomic_file(settings) as temporary:
            temporary.write_text(_WRITTEN, "utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def missing_settings(home: Path) -> list[str]:
    """The settings that ``dagster.yaml`` lacks, each as ``section.key: value``; another value
    is a choice. Without the file there are none, since it is written on first use.

    Raises ConfigurationError where the file is no YAML.
    """
    path = home / "dagster.yaml"
    if not path.exists():
        return []
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise unreadable_settings(home, error) from error
    return list(_missing(SETTINGS, found))


def unreadable_settings(home: Path, error: Exception) -> ConfigurationError:
    """What to say and do where Dagster cannot use the settings in ``home``."""
    settings = home / "dagster.yaml"
    return ConfigurationError(f"{settings}: {error}", repair=f"rm {settings}")


def _missing(wanted: Mapping[str, Any], found: Any, section: str = "") -> Iterator[str]:
    found = found if isinstance(found, Mapping) else {}
    for key, value in wanted.items():
        if isinstance(value, Mapping):
            yield from _missing(value, found.get(key), f"{section}{key}.")
        elif key not in found:
            yield f"{section}{key}: {json.dumps(value)}"
