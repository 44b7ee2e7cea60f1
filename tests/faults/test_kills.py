"""A run that is killed in the midst of a stage: the next one completes, and makes the same."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.stage_registry import ALL_STAGES, DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.manifest import read_manifest
from tests.faults.conftest import WriteResults
from tests.faults.killing import Kill, Workplace
from tests.pipelines.tiny_project import COMPARISON, MODELS, write_project, write_yaml
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.storage import Storage

pytestmark = pytest.mark.slow
DATASET, MODEL, OTHER, COMPARED = "tiny_reviews", "tiny-gru", "balanced-gru", "tiny-balance"
NAMES = (MODEL, OTHER)
PARTITIONS = {
    **{asset.stage.name: DATASET for asset in DATASET_STAGES},
    **{asset.stage.name: MODEL for asset in MODEL_STAGES},
    "comparison": COMPARED,
}
"""What each stage is killed for."""
KILLS_OF_A_STAGE = 10
SIGNAL = -9


@dataclass(frozen=True)
class Undisturbed:
    """A project whose models were analysed once, and the calls that each of its stages made."""

    place: Workplace
    calls: dict[tuple[str, str], int]

    def kill(self, stage: str, share: float) -> Kill:
        """A kill after that share of a stage's calls."""
        partition = PARTITIONS[stage]
        return Kill(stage, partition, max(1, int(self.calls[stage, partition] * share)))

    def versions(self, storage: Storage) -> dict[str, str | None]:
        """What each stage made in a storage, as the hash of its content."""
        found = {
            f"{stage} of {partition}": read_manifest(storage, stage, partition)
            for stage, partition in self.calls
        }
        return {name: manifest and manifest.data_version for name, manifest in found.items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    configs = write_project(folder)
    (configs / "models" / "tiny-lstm.yaml").unlink()
    (configs / "datasets" / "tiny_text.yaml").unlink()
    balanced = {"training": MODELS[MODEL]["training"] | {"class_balance": "oversample"}}
    write_yaml(configs / "models" / f"{OTHER}.yaml", MODELS[MODEL] | balanced)
    write_yaml(configs / "comparisons" / f"{COMPARED}.yaml", COMPARISON)
    place = Workplace(configs, Storage(folder / "storage"))
    return Undisturbed(place, place.count_calls(*NAMES))


def _require_tidy(storage: Storage) -> None:
    """No run seems to go on, and nothing is half-written."""
    with open_instance(storage) as instance:
        unfinished = [run for run in instance.get_runs() if not run.is_finished]
        slots = instance.event_log_storage.get_concurrency_info("gpu").active_slot_count
    assert (unfinished, slots) == ([], 0)
    assert list(storage.root.rglob(f"{TEMPORARY_PREFIX}*")) == []


@pytest.fixture
def place(undisturbed: Undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """The same project with an empty storage."""
    storage = Storage(tmp_path / "storage")
    monkeypatch.setenv("DAGSTER_HOME", str(storage.dagster_home))
    return replace(undisturbed.place, storage=storage)


def test_killed_once_in_every_stage_the_results_are_the_same(
    undisturbed: Undisturbed, place: Workplace
) -> None:
    for stage in PARTITIONS:
        assert place.die(undisturbed.kill(stage, 0.5), *NAMES) == SIGNAL, stage
    assert place.materialise(*NAMES) == 0
    assert undisturbed.versions(place.storage) == undisturbed.versions(undisturbed.place.storage)
    _require_tidy(place.storage)


def _forget(storage: Storage, stage: str, *, keep_files: bool) -> None:
    """Makes a stage and all that follow it stale, or as if they had never run."""
    names = [asset.stage.name for asset in ALL_STAGES]
    for name in names[names.index(stage) :]:
        for partition in (DATASET, MODEL, OTHER, COMPARED):
            manifest = read_manifest(storage, name, partition)
            if manifest is None:
                continue
            storage.manifest(name, partition).unlink()
            if not keep_files:
                for file in manifest.files:
                    (storage.root / file).unlink(missing_ok=True)
            if name == "checkpoint":  # else it goes on from where the training ended
                shutil.rmtree(storage.checkpoint(partition), ignore_errors=True)
    

def _survive(undisturbed: Undisturbed, place: Workplace, kill: Kill, number: int) -> None:
    """Kills a run over results that are there, then completes it."""
    shutil.rmtree(place.storage.root, ignore_errors=True)
    shutil.copytree(undisturbed.place.storage.root, place.storage.root)
    _forget(place.storage, kill.stage, keep_files=number % 2 == 1)
    assert place.die(kill, *NAMES) == SIGNAL, kill
    assert place.materialise(*NAMES) == 0, kill
    assert undisturbed.versions(place.storage) == undisturbed.versions(
        undisturbed.place.storage
    ), kill
    _require_tidy(place.storage)


def test_each_of_a_hundred_kills_is_made_good_by_the_next_run(
    undisturbed: Undisturbed, place: Workplace, all_faults: bool, report_faults: WriteResults
) -> None:
    """In every run of the tests, only the last kill of the last stage."""
    stages: Sequence[str] = list(PARTITIONS) if all_faults else ["release"]
    numbers = range(KILLS_OF_A_STAGE) if all_faults else [KILLS_OF_A_STAGE - 1]
    rows = []
    for stage in stages:
        kills = [undisturbed.kill(stage, (n + 0.5) / KILLS_OF_A_STAGE) for n in numbers]
        for number, kill in zip(numbers, kills, strict=True):
            _survive(undisturbed, place, kill, number)
        calls = undisturbed.calls[stage, PARTITIONS[stage]]
        points = ", ".join(f"{kill.call:,}" for kill in kills)
        rows.append([stage, f"{calls:,}", points, len(kills), len(kills)])
    report_faults(
        "Kills",
        ["stage", "calls of our functions", "killed at", "kills", "same result after the next run"],
        rows,
    )
