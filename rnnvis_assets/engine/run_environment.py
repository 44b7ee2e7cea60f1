"""Where a stage is run: by which commit of our code, and on which machine."""

import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.storage import CHECKOUT

CODE_FOLDERS = ("pipelines", "rnnvis_assets", "viewer", "warehouse")


@dataclass(frozen=True)
class Commit:
    """The commit that a checkout is at, and whether its code is as that commit has it. Both are
    None where the code is no checkout of its own (an installed package), or git is not there."""

    sha: str | None = None
    clean: bool | None = None


@cache  # what has been imported stays, whatever is committed while a process runs
def code_commit(checkout: Path = CHECKOUT) -> Commit:
    """The commit of the code that this process runs."""
    if not (checkout / ".git").exists():
        return Commit()
    sha = _git(checkout, "rev-parse", "HEAD")
    changes = _git(checkout, "status", "--porcelain", "--", *CODE_FOLDERS)
    return Commit() if sha is None or changes is None else Commit(sha, not changes)


def _git(checkout: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(checkout), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def cpu_name() -> str:
    """What the system calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def describe_machine() -> str:
    """Host, system and processor, in words."""
    return f"{platform.node()}: {platform.system()}, {cpu_name()}, {os.cpu_count()} cores"
