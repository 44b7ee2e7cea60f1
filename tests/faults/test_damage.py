"""Every stored file damaged in five ways: it is found, and the command that is named repairs it."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from pipelines.orchestration.stage_registry import (
    COMPARISON_STAGES,
    DATASET_STAGES,
    MODEL_STAGES,
)
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from tests.faults.damage import DAMAGES, flip, follow, stored_files, work_of, wrong_findings
from tests.pipelines.tiny_project import COMPARISON, MODELS, write_project, write_yaml
from warehouse.errors import RecordingError, ReleaseError
from warehouse.reader import open_release
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end
DATASET, MODEL, OTHER, COMPARED = "tiny_reviews", "tiny-gru", "balanced-gru", "tiny-balance"
FLIPS = 300


@dataclass(frozen=True)
class Analysed:
    """An analysed project, a copy of its storage as it was made, and the hash of each output."""

    context: RunContext
    untouched: Path
    versions: Mapping[tuple[str, str], str]

    def restore(self, path: Path) -> None:
        shutil.copy2(self.untouched / path.relative_to(self.context.storage.root), path)

    def restore_all(self) -> None:
        shutil.rmtree(self.context.storage.root)
        shutil.copytree(self.untouched, self.context.storage.root)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory, all_faults: bool) -> Iterator[Analysed]:
    folder = tmp_path_factory.mktemp("damaged")
    configs, storage = write_project(folder), Storage(folder / "storage")
    runs = [(asset.stage, DATASET) for asset in DATASET_STAGES]
    runs += [(asset.stage, MODEL) for asset in MODEL_STAGES]
    if all_faults:
        balanced = {"training": MODELS[MODEL]["training"] | {"class_balance": "oversample"}}
        write_yaml(configs / "models" / f"{OTHER}.yaml", MODELS[MODEL] | balanced)
        write_yaml(configs / "comparisons" / f"{COMPARED}.yaml", COMPARISON | {
            "models": {"as_it_comes": MODEL, "balanced": OTHER}
        })  # fmt: skip
        runs += [(asset.stage, OTHER) for asset in MODEL_STAGES]
        runs += [(asset.stage, COMPARED) for asset in COMPARISON_STAGES]
        # An older release, kept: it can only be removed.
        runs += [(MODEL_STAGES[-1].stage, MODEL)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIS_HOME", str(storage.root))
        patch.setenv("RNNVIS_CONFIGS", str(configs))
        context = RunContext(load_project(configs), storage, lambda _: None)
        for stage, partition in runs:
            run_stage(stage, context, partition)
        untouched = folder / "untouched"
        shutil.copytree(storage.root, untouched)
        yield Analysed(context, untouched, _versions(context, runs))


def _versions(context, runs) -> Mapping[tuple[str, str], str]:
    found = {(stage.name, of): read_manifest(context.storage, stage.name, of) for stage, of in runs}
    return {key: manifest.data_version for key, manifest in found.items()}


def _damaged(analysed: Analysed, all_faults: bool) -> Iterator[tuple[str, Path]]:
    """Damages one file after another, each in every way or in one, and restores it."""
    kinds = list(DAMAGES)
    for number, path in enumerate(stored_files(analysed.context.storage)):
        for kind in kinds if all_faults else [kinds[number % len(kinds)]]:
            DAMAGES[kind](path)
            yield kind, path
            analysed.restore(path)


def test_every_damage_is_found_and_the_named_command_has_work_to_do(
    analysed, all_faults, report_faults
):
    assert wrong_findings() == []
    made, reported = Counter(), Counter()
    for kind, path in _damaged(analysed, all_faults):
        found = wrong_findings()
        assert bool(found) is not (kind == "missing" and _is_optional(path)), (kind, path)
        for each in found:
            assert "MODEL" not in each.repair
            removes = each.repair == f"rm {path}"
            assert removes or list(work_of(each.repair, analysed.context)), (kind, path, each)
        files = _kind_of(path, analysed.context.storage)
        made[files], reported[files] = made[files] + 1, reported[files] + bool(found)
    assert wrong_findings() == []
    report_faults(
        "Damage found",
        [
            "files",
            "damages in five ways",
            "found by rnnvis doctor, and work for what it names",
            "missing, as it may be (training state, older release)",
        ],
        [[kind, made[kind], reported[kind], made[kind] - reported[kind]] for kind in sorted(made)],
    )


def _is_optional(path: Path) -> bool:
    """A state of a finished training, and an older release: both may be removed."""
    pointer = path.with_name("CURRENT")
    older = pointer.exists() and path.stem not in (pointer.name, pointer.read_text().strip())
    return older or path.name == "training_state.safetensors"


def _repair(analysed: Analysed) -> int:
    """Follows what doctor says until all is well; returns how many commands that took."""
    for commands in range(len(analysed.versions)):
        found = wrong_findings()
        if not found:
            return commands
        follow(found[0].repair, analysed.context)
    raise AssertionError(wrong_findings())


def _is_as_before(analysed: Analysed) -> bool:
    storage = analysed.context.storage
    found = {key: read_manifest(storage, *key) for key in analysed.versions}
    same = {key: manifest and manifest.data_version for key, manifest in found.items()}
    with open_release(MODEL, storage=storage) as release:
        release.database.read_through()
    return same == dict(analysed.versions)


def test_a_storage_damaged_all_over_is_repaired_to_what_it_was(
    analysed, all_faults, report_faults, request
):
    """Every file in one way, and by `make faults` in the other ways in further rounds."""
    request.addfinalizer(analysed.restore_all)
    storage, damages, rows = analysed.context.storage, list(DAMAGES.values()), Counter()
    for first in range(len(damages) if all_faults else 1):
        for number, path in enumerate(stored_files(storage)):
            damages[(number + first) % len(damages)](path)
            rows[_kind_of(path, storage)] += 1
        assert _repair(analysed) > 0
        assert _is_as_before(analysed)
        analysed.restore_all()
    report_faults(
        "Damage of every file at once, repaired",
        ["files", "damages in five rounds", "after the named commands all is well, and as before"],
        [[kind, count, count] for kind, count in sorted(rows.items())],
    )


def test_a_flipped_bit_of_a_recording_stops_the_stage_that_reads_it(analysed, request):
    storage = analysed.context.storage
    part = next(iter(sorted(storage.root.glob(f"recordings/{MODEL}/*/*/*.parquet"))))
    request.addfinalizer(lambda: analysed.restore(part))
    flip(part)
    stage = next(asset.stage for asset in MODEL_STAGES if asset.stage.name == "expected_response")
    with pytest.raises(RecordingError, match="checksum") as caught:
        run_stage(stage, analysed.context, MODEL)
    assert caught.value.repair == f"rnnvis materialize {MODEL} --recordings"


def _contents(storage: Storage) -> dict[str, list[dict]]:
    with open_release(MODEL, storage=storage) as release:
        names = release.sql("SELECT table_name FROM duckdb_tables()")["table_name"].to_pylist()
        query = 'SELECT count(*) AS rows, sum(hash(t)::HUGEINT) AS hash FROM "{}" t'
        return {name: release.sql(query.format(name)).to_pylist() for name in names}


def test_no_flipped_bit_of_a_release_changes_a_number(analysed, all_faults, report_faults):
    storage = analysed.context.storage
    with open_release(MODEL, storage=storage) as release:
        path = release.database.path
    expected, content, outcomes = _contents(storage), path.read_bytes(), {"error": 0, "equal": 0}
    for place in Random(0).sample(range(len(content)), FLIPS if all_faults else 5):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            assert _contents(storage) == expected
            outcomes["equal"] += 1
        except ReleaseError:
            outcomes["error"] += 1
    analysed.restore(path)
    report_faults(
        "Flipped bits of a release", ["flips", "reported", "unused: all content the same"],
        [[sum(outcomes.values()), outcomes["error"], outcomes["equal"]]],
    )  # fmt: skip


def _single_damages(storage: Storage, all_faults: bool) -> Iterator[tuple[Path, str]]:
    """Each kind of file in each way; a flipped pointer in every run."""
    by_kind: dict[str, list[Path]] = {}
    for path in stored_files(storage):
        by_kind.setdefault(_kind_of(path, storage), []).append(path)
    if not all_faults:
        yield by_kind["releases: CURRENT"][0], "one bit flipped"
        return
    for paths in by_kind.values():
        for number, damage in enumerate(DAMAGES):
            yield paths[number * len(paths) // len(DAMAGES)], damage


def test_a_single_damage_is_repaired_to_what_it_was(analysed, all_faults, report_faults):
    storage, rows = analysed.context.storage, Counter()
    for path, damage in list(_single_damages(storage, all_faults)):
        DAMAGES[damage](path)
        _repair(analysed)
        assert _is_as_before(analysed), (damage, path)
        rows[_kind_of(path, storage)] += 1
        analysed.restore_all()
    report_faults(
        "Damage of one file, repaired",
        ["files", "single damages", "after the named commands all is well, and as before"],
        [[kind, count, count] for kind, count in sorted(rows.items())],
    )


def _kind_of(path: Path, storage: Storage) -> str:
    kind = path.relative_to(storage.root).parts[0]
    return f"{kind}: {'*' + path.suffix if path.suffix else path.name}"
