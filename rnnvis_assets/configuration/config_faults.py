"""Faults: what is wrong in a configuration file, where, and what was probably meant.

Belongs here: one fault and its wording. What counts as a fault is decided in ``explanations``
(the shape of one file) and ``cross_checks`` (what files say about each other).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import ConfigurationError, near_miss, shortened

Location = tuple[str | int, ...]
"""Keys and list indices from the top of a file, such as ``("training", "optimizer")``."""

_LONGEST_VALUE = 60


@dataclass(frozen=True)
class ConfigFault:
    """One thing wrong in one file; ``line`` counts from 1, None where no line can be named."""

    file: Path
    line: int | None
    location: Location
    message: str

    def __str__(self) -> str:
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, dotted(self.location), self.message) if part)


def dotted(location: Location) -> str:
    """``("nightly", "models", 0)`` as ``nightly.models[0]``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{shortened(part)}" for part in location)
    return "".join(parts).removeprefix(".")


def shown(value: Any) -> str:
    """A value as a person would write it in YAML; long ones are cut and end in an ellipsis."""
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value) if isinstance(value, str | int | float) else f"{value} (a date or time)"
    return shortened(text, _LONGEST_VALUE)


def unknown_name(found: str, kind: str, names: Collection[str]) -> str:
    """The message for a reference to a ``kind`` (``a dataset``, say) that does not exist."""
    choices = ", ".join(sorted(names)) or "none so far"
    return f"found {shown(found)}, expected the name of {kind} ({choices}){near_miss(found, names)}"


def refuse(folder: Path, faults: Iterable[ConfigFault]) -> ConfigurationError:
    """The one error that lists every fault, by file and line."""
    ordered = sorted(faults, key=lambda fault: (str(fault.file), fault.line or 0))
    count = "1 fault" if len(ordered) == 1 else f"{len(ordered)} faults"
    lines = "".join(f"\n  {fault}" for fault in ordered)
    return ConfigurationError(
        f"{count} in the configurations under {folder}:{lines}",
        repair="correct the files named above, then run the same command again",
    )
