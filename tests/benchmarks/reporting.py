"""The reports of the benchmarks: on which machine, with which versions, by which command."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import torch

from rnnvis_assets.engine.run_environment import cpu_name
from warehouse.atomic_files import atomic_file, write_json

_CPU_FEATURES = ("avx2", "avx512_f", "avx512_bf16", "amx_bf16")


def circumstances(command: str, libraries: Sequence[str]) -> dict[str, Any]:
    """Date, command, machine and versions of a run."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "machine": {
            "cpu": cpu_name(),
            "cpu_features": _cpu_features(),
            "cores": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in libraries},
        },
    }


def _cpu_features() -> list[str]:
    """Which of the vector and matrix extensions that matter for training the processor has."""
    capabilities = torch.cpu.get_capabilities()
    return [name for name in _CPU_FEATURES if capabilities.get(name)]


def write_results(
    folder: Path, about: Mapping[str, Any], benchmarks: Sequence[Any], text: str
) -> None:
    """Writes RESULTS.md, with ``text`` under a line about the run, and results.json."""
    machine, versions = about["machine"], about["versions"].items()
    head = (
        f"# Benchmarks\n\nMade by `{about['command']}` on {about['date']}: {machine['cpu']} "
        f"({', '.join(machine['cpu_features']) or 'no vector extensions'}), "
        f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; "
        f"{', '.join(f'{name} {number}' for name, number in versions)}.\n\n"
    )
    write_json(folder / "results.json", {**about, "benchmarks": list(benchmarks)})
    with atomic_file(folder / "RESULTS.md") as path:
        path.write_text(head + text, "utf-8")
