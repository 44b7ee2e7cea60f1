"""One analysis made three ways, its tables compared bit by bit.

    RNNVIS_MIRROR=../shared/data python -m tests.benchmarks.three_ways ptb-lstm-small

The first way is ``rnnvis materialize`` into an empty storage; the others begin with the corpus and
the checkpoint that it made. A machine with an empty storage then asks for what the third way has
made, and has nothing to do. A second argument is a folder of configurations other than ``configs``,
where a model of that name is trained for fewer epochs, say.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.housekeeping.reproduction import differing_columns
from tests.pipelines.postgresql_server import PASSWORD, run_postgresql
from tests.pipelines.tiny_project import environment, write_yaml
from tests.s3_store import BUCKET, run_s3
from warehouse.reader import open_release
from warehouse.storage import SHIPPED_CONFIGS, Storage
from warehouse.table_content import content_sha256

Engine = Mapping[str, Any]
ONE_PROCESS: Engine = {}
TWO_WORKERS: Engine = {"workers": 2}
TASKS_OF_RAY: Engine = {"workers": 2, "executor": "ray"}


@dataclass(frozen=True)
class Machine:
    """A folder with a storage and configurations of its own."""

    folder: Path

    @property
    def storage(self) -> Storage:
        return Storage(self.folder / "storage")

    def environment(self, configs: Path, engine: Engine) -> dict[str, str]:
        """The variables of a command there, with a copy of ``configs`` and this engine."""
        copied = Path(shutil.copytree(configs, self.folder / "configs", dirs_exist_ok=True))
        write_yaml(copied / "engine.yaml", dict(engine))
        kept = {name: os.environ[name] for name in ("RNNVIS_MIRROR",) if name in os.environ}
        return environment(copied, self.storage.root) | kept | {"PGPASSWORD": PASSWORD}

    def materialize(self, model: str, configs: Path, engine: Engine) -> str:
        """What the command prints. Raises CalledProcessError where it fails."""
        command = [sys.executable, "-m", "pipelines.cli.main", "materialize", model]
        env = self.environment(configs, engine)
        return subprocess.run(
            command, env=env, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def take_checkpoint(self, other: "Machine") -> None:
        """Copies the corpora and checkpoints of another machine, with their manifests."""
        for path in other.storage.root.glob("manifests/*/*.json"):
            manifest = read_manifest(other.storage, path.stem, path.parent.name)
            if manifest and path.stem in ("corpus", "checkpoint"):
                for name in (*manifest.files, path.relative_to(other.storage.root)):
                    copied = self.storage.root / name
                    copied.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(other.storage.root / name, copied)

    def contents(self) -> dict[str, str]:
        """The hash of every file that a stage wrote and that is here, but for the releases, which
        hold the time; of a table, without what clocks measured."""
        manifests = (
            read_manifest(self.storage, path.stem, path.parent.name)
            for path in self.storage.root.glob("manifests/*/*.json")
        )
        names = (name for manifest in manifests if manifest for name in manifest.files)
        files = {name: self.storage.root / name for name in names}
        return {
            name: content_sha256(path)
            for name, path in sorted(files.items())
            if path.exists() and not name.startswith("releases/")
        }


def differences(model: str, one: Machine, other: Machine) -> list[str]:
    """What differs between the analyses of a model on two machines: files that both should have,
    and columns of the release."""
    here, there = one.contents(), other.contents()
    files = sorted(name for name in {**here, **there} if here.get(name) != there.get(name))
    return [*files, *released_differences(model, one, other)]


def released_differences(model: str, one: Machine, other: Machine) -> list[str]:
    """The columns that differ between two machines' releases of a model."""
    with (
        open_release(model, storage=one.storage) as first,
        open_release(model, storage=other.storage) as second,
    ):
        found = differing_columns(first, second)
    return [f"{table}: {', '.join(columns)}" for table, columns in found.items() if columns]


def main(model: str, configs: Path = SHIPPED_CONFIGS) -> int:
    """Prints the seconds of each way, and what differs; 1 where anything does, else 0."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        s3 = running.enter_context(run_s3())
        history = running.enter_context(run_postgresql()).address
        store = {"address": f"s3://{BUCKET}/a", "endpoint": s3.endpoint, "holds": "results"}
        shared = {"dagster": {"storage": history}, "store": store}
        ways = {
            "one process": ONE_PROCESS,
            "two workers": TWO_WORKERS,
            "Ray, object store, PostgreSQL": {**TASKS_OF_RAY, **shared},
            "another machine of that store": {"store": store},
        }
        machines = {name: Machine(folder / name) for name in ways}
        first, *others, last = machines.values()
        for name, engine in ways.items():
            if machines[name] in others:
                machines[name].take_checkpoint(first)
            started = time.perf_counter()
            said = machines[name].materialize(model, configs, engine).splitlines()
            print(f"{name}: {time.perf_counter() - started:.0f} s; {said[-1]}", flush=True)
        found = [line for other in others for line in differences(model, first, other)]
        found += released_differences(model, first, last)
        print("\n".join(found) or f"{len(first.contents())} files and the release: all the same")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(Path, sys.argv[2:])))
