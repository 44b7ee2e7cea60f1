"""Which process is meant, also seen from another container or machine, and whether it still lives.

A process number names a process only within one pid namespace of one boot of one machine. So these
are recorded with it, and nothing is said of a process of which nothing can be known from here.
"""

import os
import socket
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

import psutil

Life = Literal["alive", "dead", "unknown"]


@dataclass(frozen=True)
class ProcessIdentity:
    """What no other process has, on no other machine and at no other time.

    ``machine`` stays over boots, ``boot`` and ``namespace`` (of process numbers) do not; each is
    empty where the system has no such thing. ``started`` is in seconds since 1970.
    """

    host: str
    machine: str
    boot: str
    namespace: str
    pid: int
    started: float

    @property
    def name(self) -> str:
        """For a person, and different for every process."""
        digest = sha256(repr(asdict(self)).encode()).hexdigest()[:8]
        return f"process {self.pid} of {self.host} ({digest})"


@cache  # by process: a forked one asks again
def _identity_of(pid: int) -> ProcessIdentity:
    return ProcessIdentity(
        host=socket.gethostname(),
        machine=_read("/etc/machine-id"),
        boot=_read("/proc/sys/kernel/random/boot_id") or f"{psutil.boot_time():.0f}",
        namespace=_namespace(),
        pid=pid,
        started=round(psutil.Process(pid).create_time(), 2),
    )


def this_process() -> ProcessIdentity:
    """The identity of the process that asks."""
    return _identity_of(os.getpid())


def life_of(process: ProcessIdentity) -> Life:
    """Whether a process still runs, as far as that can be known from this one."""
    here = this_process()
    if process.host != here.host or process.machine != here.machine:
        return "unknown"
    if process.boot != here.boot:
        return "dead" if here.machine else "unknown"
    if process.namespace != here.namespace:
        return "unknown"
    try:
        started = psutil.Process(process.pid).create_time()
    except psutil.NoSuchProcess:
        return "dead"
    return "alive" if abs(started - process.started) < 1 else "dead"


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
