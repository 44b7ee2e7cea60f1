"""Runs of the pipeline in forked processes, which end themselves in the midst of a stage.

A stage's progress is counted in calls of our own functions, so a run is killed at the same place on
every machine, however fast.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from pipelines.orchestration.build_definitions import build_defs
from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.runs import materialise_all
from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine import dagster_asset
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, Stage
from warehouse.storage import CHECKOUT, Storage

_OURS = tuple(f"{CHECKOUT / name}/" for name in ("rnnvis_assets", "warehouse"))
_REMEMBERED = ("engine/code_version.py", "engine/freshness.py")
"""Called once by a process, whichever stage comes first."""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        __name__, "torch._dynamo", "sklearn.cluster", "scipy.stats", "pyarrow.parquet", "duckdb",
        "matplotlib.backends.backend_agg", "matplotlib.figure", "textblob", "nltk",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Kill:
    """The call of one of our functions, counted from the stage's first, that is not made."""

    stage: str
    partition: str
    call: int


@contextmanager
def _counted(act: Callable[[int], None]) -> Iterator[Callable[[], int]]:
    """Calls ``act`` with the number of each call of a function of ours within the block; yields a
    function that gives their number so far."""
    count = 0

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(_OURS) and not file.endswith(_REMEMBERED):
            count += 1
            act(count)

    sys.setprofile(note)
    try:
        yield lambda: count
    finally:
        sys.setprofile(None)


def _materialise(configs: Path, storage: Storage, names: Sequence[str]) -> None:
    os.environ |= {"DAGSTER_HOME": str(storage.dagster_home), "RNNVIS_HOME": str(storage.root)}
    os.environ.pop("RNNVIS_MIRROR", None)
    context = RunContext(load_project(configs), storage, lambda _: None)
    with open_instance(storage) as instance:
        definitions = build_defs(configs, storage.root)
        reports = materialise_all(names, definitions, instance, context)
    errors = [f"{report.name}: {report.error}" for report in reports if report.error]
    if errors:
        sys.exit("\n".join(errors))


def _run_and_count(
    configs: Path, storage: Storage, stages: Sequence[tuple[str, str]], counts: Path
) -> None:
    """Runs stages of partitions without Dagster; writes how many of our functions each called."""
    os.environ.pop("RNNVIS_MIRROR", None)
    context = RunContext(load_project(configs), storage, lambda _: None)
    known = {asset.stage.name: asset.stage for asset in ALL_STAGES}
    found = []
    for name, partition in stages:
        with _counted(lambda _: None) as count:
            run_stage(known[name], context, partition)
        found.append(count())
    counts.write_text(json.dumps(found))


def _materialise_and_die(configs: Path, storage: Storage, names: Sequence[str], kill: Kill) -> None:
    def die(count: int) -> None:
        if count == kill.call:
            os.kill(os.getpid(), signal.SIGKILL)

    def run(stage: Stage, context: RunContext, partition: str) -> Manifest:
        if (stage.name, partition) != (kill.stage, kill.partition):
            return run_stage(stage, context, partition)
        with _counted(die):
            return run_stage(stage, context, partition)

    dagster_asset.run_stage = run
    _materialise(configs, storage, names)


def exit_code(target: Callable[..., None], *arguments: object) -> int | None:
    """Of a process of its own that calls ``target``."""
    process = FORKS.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode


@dataclass(frozen=True)
class Workplace:
    """A project whose models are analysed in processes of their own."""

    configs: Path
    storage: Storage

    def materialise(self, *names: str) -> int | None:
        """As ``rnnvis materialize`` does; the exit code of the process."""
        return exit_code(_materialise, self.configs, self.storage, names)

    def count_calls(self, stages: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Runs stages of partitions, in order; returns the calls of our functions in each."""
        counts = self.storage.root.with_suffix(".calls.json")
        assert exit_code(_run_and_count, self.configs, self.storage, stages, counts) == 0
        return dict(zip(stages, json.loads(counts.read_text()), strict=True))

    def die(self, kill: Kill, *names: str) -> int | None:
        """Materialises until the kill."""
        return exit_code(_materialise_and_die, self.configs, self.storage, names, kill)
