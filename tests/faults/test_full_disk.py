"""A disk that is full in the midst of a stage: an error of ours, and a next run that completes."""

import json
import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from tests.faults.conftest import WriteResults
from tests.faults.killing import Workplace, exit_code
from tests.faults.test_kills import MODEL, Stages, stages_of, versions
from tests.pipelines.tiny_project import write_project
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.errors import RnnvisError
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end
SHARES = {"recording": (0.1, 0.5)}
"""Of a stage's largest file, what still fits; half of it for the other stages."""


@contextmanager
def _files_no_larger_than(size: int) -> Iterator[None]:
    """A disk with that much room for each file, which needs no privileges to be made."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def _run_on_a_full_disk(
    configs: Path, storage: Storage, limits: Sequence[tuple[tuple[str, str], Sequence[int]]],
    errors: Path,
) -> None:  # fmt: skip
    """Runs each stage on smaller disks, which must be reported, then on one with room for all."""
    os.environ.pop("RNNVIS_MIRROR", None)
    context = RunContext(load_project(configs), storage, lambda _: None)
    known = {asset.stage.name: asset.stage for asset in ALL_STAGES}
    found = []
    for (name, partition), sizes in limits:
        for size in sizes:
            try:
                with _files_no_larger_than(size):
                    run_stage(known[name], context, partition)
            except RnnvisError as error:
                found.append([name, size, error.message, error.repair])
            else:
                found.append([name, size, "", ""])
        run_stage(known[name], context, partition)
    errors.write_text(json.dumps(found))


def _largest_file(storage: Storage, stage: tuple[str, str]) -> int:
    manifest = read_manifest(storage, *stage)
    assert manifest is not None
    return max(manifest.files.values())


def test_a_full_disk_is_reported_and_the_next_run_completes(
    tmp_path: Path, all_faults: bool, report_faults: WriteResults
) -> None:
    place = Workplace(write_project(tmp_path), Storage(tmp_path / "undisturbed"))
    stages: Stages = stages_of(MODEL) if all_faults else stages_of(MODEL)[:2]
    place.count_calls(stages)
    limits = [
        (
            stage,
            [
                int(share * _largest_file(place.storage, stage))
                for share in SHARES.get(stage[0], (0.5,))
            ],
        )
        for stage in stages
    ]
    full, errors = replace(place, storage=Storage(tmp_path / "full")), tmp_path / "errors.json"
    assert exit_code(_run_on_a_full_disk, full.configs, full.storage, limits, errors) == 0
    found = json.loads(errors.read_text())
    for name, _, message, repair in found:
        assert "the system allows no larger file" in message, name
        assert "ulimit -f" in repair, name
    assert versions(full.storage, stages) == versions(place.storage, stages)
    assert list(full.storage.root.rglob(f"{TEMPORARY_PREFIX}*")) == []
    report_faults(
        "Full disks",
        ["stage", "room for a file, bytes", "reported", "same result with room"],
        [[name, f"{size:,}", "yes", "yes"] for name, size, _, _ in found],
    )
