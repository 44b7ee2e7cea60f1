"""Every asset check passes on a sound analysis and fails on a damaged one."""

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipelines.orchestration.stage_registry import ALL_STAGES, COMPARISON_STAGES
from rnnvis_assets.configuration.analysis_config import ComparisonConfig
from rnnvis_assets.engine.manifest import Manifest, read_manifest
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import StageAsset, StageCheck
from tests.warehouse.made_up_findings import finding_columns
from warehouse.comparison_files import publish_comparison
from warehouse.parquet_tables import read_table, write_table
from warehouse.schema import FINDING
from warehouse.storage import Storage

CLASSIFIER, LANGUAGE_MODEL, COMPARISON = "tiny-gru", "tiny-lstm", "cells"


@dataclass(frozen=True)
class Case:
    """A storage of its own that a test may damage, and the manifest that a check is given."""

    context: RunContext
    manifest: Manifest

    def table(self, name: str) -> Path:
        return self.context.storage.table(self.manifest.partition, name)


Damage = Callable[[Case], Case]


def _figures(case: Case, **figures: Any) -> Case:
    """The manifest with other figures, each named with ``_`` for a space."""
    changed = {name.replace("_", " "): value for name, value in figures.items()}
    assert changed.keys() <= case.manifest.figures.keys()
    figures = {**case.manifest.figures, **changed}
    return replace(case, manifest=replace(case.manifest, figures=figures))


def _rows(case: Case, **counts: int) -> Case:
    return replace(case, manifest=replace(case.manifest, row_counts=counts))


def _rewrite(name: str, change: Callable[[pa.Table], pa.Table], case: Case) -> Case:
    """The table's Parquet file with other content."""
    pq.write_table(change(read_table(case.table(name))), case.table(name))
    return case


def _set(column: str, value: Any, where: Mapping[str, Any], table: pa.Table) -> pa.Table:
    """The value set in every row in which the columns of ``where`` have their values."""
    rows = table.to_pylist()
    chosen = [row for row in rows if all(row[name] == wanted for name, wanted in where.items())]
    assert chosen, f"no row has {where}"
    for row in chosen:
        row[column] = value(row[column]) if callable(value) else value
    return pa.Table.from_pylist(rows, table.schema)


def _first_to(value: float) -> Callable[[Sequence[float]], list[float]]:
    return lambda values: [value, *values[1:]]


def _without(column: str, value: Any, table: pa.Table) -> pa.Table:
    kept = table.filter(pc.field(column) != value)
    assert kept.num_rows < table.num_rows
    return kept


def _smallest(name: str, column: str, case: Case) -> Any:
    return pc.min(read_table(case.table(name))[column]).as_py()


def _without_smallest(name: str, column: str, case: Case) -> Case:
    return _rewrite(name, partial(_without, column, _smallest(name, column, case)), case)


def _default_clustering_at(stability: float, case: Case) -> Case:
    glyphs = case.context.project.analysis_of(case.manifest.partition).glyphs
    where = {"affinity": glyphs.affinity, "num_clusters": glyphs.num_clusters, "layer": 0}
    return _rewrite("clustering", partial(_set, "stability", stability, where), case)


def _of_other_models(case: Case) -> Case:
    compared = {COMPARISON: ComparisonConfig.model_construct(models={"gru": LANGUAGE_MODEL})}
    project = replace(case.context.project, comparisons=compared)
    return replace(case, context=replace(case.context, project=project))


def _set_in(name: str, column: str, value: Any, **where: Any) -> Damage:
    return partial(_rewrite, name, partial(_set, column, value, where))


DAMAGES: Mapping[tuple[str, str], tuple[Damage, ...]] = {
    ("corpus", "no_split_is_empty"): (partial(_figures, tokens_of_validation=0),),
    ("corpus", "few_words_are_unknown"): (partial(_figures, unknown_fraction_of_test=0.21),),
    ("checkpoint", "figures_are_finite"): (
        _set_in("evaluation", "value", math.nan, split="test"),
        _set_in("evaluation", "value", math.inf, split="validation"),
        partial(_rewrite, "evaluation", lambda table: table.slice(0, 0)),
    ),
    ("checkpoint", "beats_guessing"): (
        _set_in("evaluation", "value", 0.5, split="test", metric="accuracy"),
    ),
    ("recording", "states_are_bounded"): (partial(_figures, largest_hidden=1.01),),
    ("recording", "changes_add_up"): (
        partial(_figures, largest_drift=0.0011),
        partial(_figures, largest_drift=None),
    ),
    ("recording", "every_token_is_recorded"): (
        lambda case: _figures(case, tokens=case.manifest.figures["tokens"] + 1),
    ),
    ("expected_response", "counts_add_up"): (
        _set_in("expected_response", "count", lambda count: count + 1, layer=0),
    ),
    ("expected_response", "responses_are_finite"): (
        _set_in("expected_response", "mean", _first_to(math.nan), layer=0),
    ),
    ("expected_response", "states_are_not_saturated"): (
        _set_in("unit_summary", "saturated", 0.51, layer=0),
    ),
    ("co_clusters", "every_unit_has_a_cluster"): (
        partial(_without_smallest, "unit_cluster", "unit"),
    ),
    ("co_clusters", "clusters_are_stable"): (partial(_default_clustering_at, 0.499),),
    ("ablation", "every_cluster_is_silenced"): (
        partial(_without_smallest, "cluster_ablation", "cluster"),
    ),
    ("ablation", "costs_are_finite"): (
        _set_in("cluster_ablation", "cost", math.nan, cluster=0, scope="all"),
        _set_in("unit_ablation", "upper", math.inf, unit=0),
    ),
    ("glyphs", "every_token_has_a_row"): (
        lambda case: _rows(case, token=case.manifest.row_counts["token"] - 1),
    ),
    ("glyphs", "preserved_is_a_share"): (
        _set_in("glyph", "preserved", _first_to(1.001), sentence_id=0),
        _set_in("glyph", "preserved", _first_to(-0.001), sentence_id=0),
    ),
    ("findings", "every_claim_is_judged"): (partial(_without_smallest, "finding", "id"),),
    ("release", "opens_for_a_reader"): (partial(_figures, release="of yesterday"),),
    ("comparison", "opens_for_a_reader"): (_of_other_models,),
}
"""What makes a check fail, by its stage and name. The schema checks have one damage in common."""
SOUND: Mapping[str, Damage] = {
    "beats_guessing": _set_in("evaluation", "value", 0.51, split="test", metric="accuracy"),
}
"""What makes the tiny network, which has learnt nothing, pass a check."""


def _drop_last_column(table: pa.Table) -> pa.Table:
    return table.drop_columns([table.column_names[-1]])


def _as_other_type(table: pa.Table) -> pa.Table:
    return table.set_column(0, table.column_names[0], pa.array([True] * table.num_rows))


def _damages(stage: str, check: str) -> tuple[Damage, ...]:
    if check.startswith("schema_of_"):
        changes = (_drop_last_column, _as_other_type)
        return tuple(partial(_rewrite, check.removeprefix("schema_of_"), each) for each in changes)
    return DAMAGES.get((stage, check), ())


CHECKS = [(asset, check) for asset in ALL_STAGES for check in asset.checks]
CASES = [
    (asset, check, damage)
    for asset, check in CHECKS
    for damage in _damages(asset.stage.name, check.name)
]


def _name(value: Any) -> str:
    match value:
        case StageAsset():
            return value.stage.name
        case StageCheck():
            return value.name
    return ""


@pytest.fixture
def storage(analysed, tmp_path: Path) -> Storage:
    """A copy of an analysed project's storage, and a comparison in it."""
    copied = Storage(tmp_path / "storage")
    ignored = shutil.ignore_patterns("dagster", "locks")
    shutil.copytree(analysed.storage.root, copied.root, ignore=ignored)
    findings = copied.table(COMPARISON, FINDING.name)
    write_table(findings, FINDING, finding_columns())
    row = {"role": "gru", "model": CLASSIFIER, "weights_sha256": "0"}
    publish_comparison(copied, COMPARISON, [row], findings)
    return copied


@pytest.fixture
def case_of(analysed, storage: Storage) -> Callable[[StageAsset], Case]:
    compared = {COMPARISON: ComparisonConfig.model_construct(models={"gru": CLASSIFIER})}
    project = replace(analysed.context.project, comparisons=compared)
    context = RunContext(project, storage, lambda _: None)

    def make(asset: StageAsset) -> Case:
        partition = {"dataset": "tiny_reviews", "comparison": COMPARISON}.get(
            asset.partitioned_by, CLASSIFIER
        )
        manifest = read_manifest(storage, asset.stage.name, partition)
        if manifest is None:  # of the comparison, which is made up
            assert asset in COMPARISON_STAGES
            manifest = Manifest(asset.stage.name, partition, {}, "", {}, {}, {}, {}, 0.0, 0.0, "")
        return Case(context, manifest)

    return make


@pytest.mark.parametrize(("asset", "check"), CHECKS, ids=_name)
def test_every_check_has_a_case_in_which_it_fails(asset, check):
    assert _damages(asset.stage.name, check.name), (
        f"{check.name} of {asset.stage.name} is never seen to fail: add a damage to DAMAGES"
    )


@pytest.mark.parametrize(("asset", "check", "damage"), CASES, ids=_name)
def test_a_check_passes_what_is_sound_and_fails_what_is_not(asset, check, damage, case_of):
    sound = SOUND.get(check.name, lambda case: case)(case_of(asset))
    before = check.evaluate(sound.context, sound.manifest)
    assert before.passed, before.metadata
    damaged = damage(sound)
    after = check.evaluate(damaged.context, damaged.manifest)
    assert not after.passed, after.metadata
    assert after.metadata, "a failure says what was found"


def test_a_language_model_no_better_than_a_uniform_guess_is_noted(case_of):
    (asset,) = [asset for asset in ALL_STAGES if asset.stage.name == "checkpoint"]
    (check,) = [check for check in asset.checks if check.name == "beats_guessing"]
    case = case_of(asset)
    manifest = read_manifest(case.context.storage, "checkpoint", LANGUAGE_MODEL)
    case = replace(case, manifest=manifest)
    assert check.evaluate(case.context, manifest).passed
    _set_in("evaluation", "value", 10_000.0, split="test", metric="perplexity")(case)
    assert not check.evaluate(case.context, manifest).passed


@pytest.mark.parametrize(
    ("stage", "name", "bound"),
    [
        ("co_clusters", "clusters_are_stable", partial(_default_clustering_at, 0.5)),
        ("recording", "changes_add_up", partial(_figures, largest_drift=1e-3)),
        ("corpus", "few_words_are_unknown", partial(_figures, unknown_fraction_of_test=0.2)),
        ("glyphs", "preserved_is_a_share", _set_in("glyph", "preserved", _first_to(1.0), layer=0)),
        ("glyphs", "preserved_is_a_share", _set_in("glyph", "preserved", _first_to(0.0), layer=0)),
    ],
)
def test_a_limit_itself_passes(stage, name, bound, case_of):
    (asset,) = [asset for asset in ALL_STAGES if asset.stage.name == stage]
    (check,) = [check for check in asset.checks if check.name == name]
    case = bound(case_of(asset))
    assert check.evaluate(case.context, case.manifest).passed
