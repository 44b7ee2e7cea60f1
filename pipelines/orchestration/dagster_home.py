"""The folder in which Dagster keeps its history, and the settings there that keep it sound."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from rnnvis_assets.configuration.load_project import load_engine
from warehouse.atomic_files import write_text
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
_HISTORY = re.compile(r"storage:\n  postgres:\n    postgres_url: .+\n")
"""What ``prepare_home`` adds to it for a history in PostgreSQL."""


def dagster_home(storage: Storage) -> Path:
    """The folder of ``$DAGSTER_HOME``, else one under the storage root."""
    return Path(os.environ.get("DAGSTER_HOME") or storage.dagster_home)


def prepare_home(storage: Storage) -> Path:
    """Makes the folder Dagster's home in this process, with ``dagster.yaml`` in it.

    A file that an earlier version wrote gets the settings that it lacks, and where
    ``configs/engine.yaml`` says that the history is kept; one that a person has edited stays as it
    is. Raises ConfigurationError where that one keeps the history somewhere else.
    """
    home = dagster_home(storage)
    settings, address = home / "dagster.yaml", load_engine().dagster.storage
    history = {"storage": {"postgres": {"postgres_url": address}}} if address else {}
    found = settings.read_text("utf-8") if settings.exists() else ""
    written = _WRITTEN + (yaml.safe_dump(history) if history else "")
    ours = _HISTORY.sub("", found)
    if _WRITTEN.startswith(ours) and (ours or not found):
        if found != written:
            write_text(settings, written)
    elif history and _read(home).get("storage") != history["storage"]:
        raise ConfigurationError(
            f"{settings}, which was edited, keeps Dagster's history in another place than "
            "dagster.storage in configs/engine.yaml says",
            repair=f"remove its section storage, if any, and add\n{yaml.safe_dump(history)}",
        )
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def _read(home: Path) -> Mapping[str, Any]:
    """The settings in ``home``. Raises ConfigurationError where the file is no YAML."""
    try:
        found = yaml.safe_load((home / "dagster.yaml").read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise unreadable_settings(home, error) from error
    return found if isinstance(found, Mapping) else {}


def missing_settings(home: Path) -> list[str]:
    """The settings that ``dagster.yaml`` lacks, each as ``section.key: value``; another value
    is a choice. Without the file there are none, since it is written on first use.

    Raises ConfigurationError where the file is no YAML.
    """
    if not (home / "dagster.yaml").exists():
        return []
    return list(_missing(SETTINGS, _read(home)))


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
