"""What one check of ``rnnvis doctor`` found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``repair`` is a command or an action; empty where all is well."""

    subject: str
    verdict: Literal["good", "note", "wrong"]
    text: str
    repair: str = ""
