"""Five ways in which a file is damaged, and what a person does about it."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from random import Random

from pipelines.cli.storage_checks import (
    Finding,
    check_releases,
    check_results,
    check_training_states,
)
from pipelines.orchestration.runs import stages_to_run
from pipelines.orchestration.stage_registry import (
    COMPARISON_STAGES,
    DATASET_STAGES,
    MODEL_STAGES,
)
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import StageAsset
from warehouse.storage import FOLDERS, Storage


def flip(path: Path) -> None:
    """Inverts one bit somewhere in the middle half."""
    content = bytearray(path.read_bytes())
    place = len(content) // 4 + Random(path.name).randrange(max(len(content) // 2, 1))
    content[place] ^= 1 << place % 8
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Keeps the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill(path: Path) -> None:
    """Equally many random bytes."""
    path.write_bytes(Random(path.name).randbytes(path.stat().st_size))


DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "one bit flipped": flip,
    "cut": cut,
    "empty": empty,
    "equal-size garbage": fill,
    "missing": Path.unlink,
}


def stored_files(storage: Storage) -> list[Path]:
    """Every file of a result."""
    found = (path for kind in FOLDERS for path in (storage.root / kind).rglob("*"))
    return sorted(path for path in found if path.is_file())


def wrong_findings() -> list[Finding]:
    """What ``rnnvis doctor`` calls wrong in the storage of the environment."""
    checks = (check_results, check_releases, check_training_states)
    return [found for check in checks for found in check() if found.verdict == "wrong"]


def work_of(command: str, context: RunContext) -> Iterator[tuple[StageAsset, str]]:
    """The stages that ``rnnvis materialize NAME`` runs: of datasets, models, then a comparison."""
    program, action, name, *_ = shlex.split(command)
    assert (program, action) == ("rnnvis", "materialize")
    project = context.project
    models = [name] if name in project.models else []
    if name in project.comparisons:
        models = list(chain.from_iterable(project.compared(name).values()))
    datasets = [str(project.models[model].dataset) for model in models]
    groups = [(DATASET_STAGES, each) for each in datasets or [name]]
    groups += [(MODEL_STAGES, model) for model in models]
    groups += [(COMPARISON_STAGES, name)] if name in project.comparisons else []
    for stages, partition in groups:
        yield from ((asset, partition) for asset in stages_to_run(stages, context, partition))


def follow(command: str, context: RunContext) -> None:
    """Does what a repair says."""
    if command.startswith("rm "):
        Path(shlex.split(command)[1]).unlink()
        return
    for asset, partition in work_of(command, context):
        run_stage(asset.stage, context, partition)
