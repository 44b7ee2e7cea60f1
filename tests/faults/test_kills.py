"""Runs that are killed in the midst of a stage: the next one goes on, and makes the same."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.manifest import read_manifest
from tests.faults.conftest import WriteResults
from tests.faults.killing import Kill, Workplace
from tests.pipelines.tiny_project import COMPARISON, MODELS, write_project, write_yaml
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end
DATASET, MODEL, OTHER, COMPARED = "tiny_reviews", "tiny-gru", "balanced-gru", "tiny-balance"
SIGNAL = -9
ROUNDS = 10
LATEST = 0.8
"""Of a stage's calls: a process that remembers what an earlier stage asked for makes fewer."""

Stages = Sequence[tuple[str, str]]


def stages_of(*models: str) -> Stages:
    corpus = [(asset.stage.name, DATASET) for asset in DATASET_STAGES]
    return corpus + [(asset.stage.name, model) for model in models for asset in MODEL_STAGES]


@dataclass(frozen=True)
class Undisturbed:
    """A project whose models were analysed once; ``killed`` gives the stages to be killed and the
    calls that each of them made."""

    place: Workplace
    killed: Mapping[tuple[str, str], int]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, all_faults: bool) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    configs = write_project(folder)
    (configs / "models" / "tiny-lstm.yaml").unlink()
    (configs / "datasets" / "tiny_text.yaml").unlink()
    place, stages = Workplace(configs, Storage(folder / "storage")), stages_of(MODEL)
    if all_faults:
        balanced = {"training": MODELS[MODEL]["training"] | {"class_balance": "oversample"}}
        write_yaml(configs / "models" / f"{OTHER}.yaml", MODELS[MODEL] | balanced)
        write_yaml(configs / "comparisons" / f"{COMPARED}.yaml", COMPARISON)
        stages = [*stages_of(MODEL, OTHER), ("comparison", COMPARED)]
    calls = place.count_calls(stages)
    return Undisturbed(place, {key: calls[key] for key in stages if key[1] != OTHER})


def versions(storage: Storage, stages: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """What each stage made, as the hash of its content."""
    found = {f"{key}": read_manifest(storage, *key) for key in stages}
    return {name: manifest and manifest.data_version for name, manifest in found.items()}


def _forget(storage: Storage, stages: Iterable[tuple[str, str]], *, keep_files: bool) -> None:
    """Makes stages stale or, without their files, as if they had never run."""
    for name, partition in stages:
        manifest = read_manifest(storage, name, partition)
        assert manifest is not None
        storage.manifest(name, partition).unlink()
        for file in () if keep_files else manifest.files:
            (storage.root / file).unlink(missing_ok=True)
        if name == "checkpoint":  # else it goes on from where the training ended
            shutil.rmtree(storage.checkpoint(partition), ignore_errors=True)


def _require_tidy(storage: Storage) -> None:
    """No run seems to go on, and nothing is half-written."""
    with open_instance(storage) as instance:
        unfinished = [run.run_id for run in instance.get_runs() if not run.is_finished]
        slots = instance.event_log_storage.get_concurrency_info("gpu").active_slot_count
    assert (unfinished, slots) == ([], 0)
    assert list(storage.root.rglob(f"{TEMPORARY_PREFIX}*")) == []


def test_killed_in_every_stage_the_results_are_the_same(
    undisturbed: Undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    all_faults: bool, report_faults: WriteResults,
) -> None:  # fmt: skip
    """A round kills every stage once, each in the run that completes the one killed before. Further
    rounds kill them at other places, every other one over results that are stale."""
    place = replace(undisturbed.place, storage=Storage(tmp_path / "storage"))
    monkeypatch.setenv("DAGSTER_HOME", str(place.storage.dagster_home))
    shutil.copytree(undisturbed.place.storage.root, place.storage.root)
    stages, rounds = undisturbed.killed, ROUNDS if all_faults else 1
    expected = versions(place.storage, stages)
    killed: dict[tuple[str, str], list[int]] = {key: [] for key in stages}
    for number in range(rounds):
        _forget(place.storage, stages, keep_files=number % 2 == 1)
        for key, calls in stages.items():
            killed[key].append(round(LATEST * calls * (number + 0.5) / rounds))
            assert place.die(Kill(*key, killed[key][-1]), MODEL) == SIGNAL, (key, number)
        assert place.materialise(MODEL) == 0
        assert versions(place.storage, stages) == expected
        _require_tidy(place.storage)
    report_faults(
        "Kills",
        ["stage", "calls of our functions", "killed at", "completed by the next run"],
        [
            [stage, f"{calls:,}", ", ".join(map(str, killed[stage, of])), len(killed[stage, of])]
            for (stage, of), calls in stages.items()
        ],
    )  # fmt: skip
