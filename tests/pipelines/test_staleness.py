"""What Dagster's pages call stale is what ``rnnvis list`` calls stale, for every stage."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from pipelines.orchestration.runs import record_configuration
from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.engine import freshness as freshness_module
from rnnvis_assets.engine.dagster_partitions import partitions_of
from rnnvis_assets.engine.freshness import freshness
from tests.pipelines.shared_analysis import Analysed, copy_analysed, open_project
from tests.pipelines.tiny_project import ANALYSIS, COMPARISON, DATASETS, MODELS, write_yaml

pytestmark = pytest.mark.slow
States = Mapping[tuple[str, str], str]
GRU, REVIEWS = MODELS["tiny-gru"], DATASETS["tiny_reviews"]
BALANCED = GRU | {"training": GRU["training"] | {"class_balance": "oversample"}}


def _analysis(**changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {**part, **changes.get(name, {})} for name, part in ANALYSIS.items()}


EDITS = {
    "corpus": ("datasets/tiny_reviews", {**REVIEWS, "split": {"seed": 3}}),
    "checkpoint": ("models/tiny-gru", {**GRU, "seed": 3}),
    "recording": ("analyses/tiny", _analysis(recording={"streams": 3})),
    "expected_response": ("analyses/tiny", _analysis(recording={"split": "validation"})),
    "co_clusters": ("analyses/tiny", _analysis(co_clusters={"maximum_clusters": 2})),
    "ablation": ("analyses/tiny", _analysis(ablation={"seed": 3})),
    "glyphs": ("analyses/tiny", _analysis(glyphs={"num_clusters": 3})),
    "findings": ("analyses/tiny", _analysis(co_clusters={"seeds": 3})),
    "release": ("models/tiny-gru", {**GRU, "description": "another"}),
    "comparison": ("analyses/tiny", _analysis(co_clusters={"minimum_count": 2})),
}
"""A file of ``configs/`` and what it says then, by the stage that reads the difference."""
assert EDITS.keys() == {asset.stage.name for asset in ALL_STAGES}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analysed]:
    """Two models of one dataset, a model of another, and a comparison, all analysed."""
    folder = copy_analysed(tmp_path_factory, tmp_path_factory.mktemp("staleness"))
    with open_project(folder) as project:
        write_yaml(project.configs / "models" / "balanced-gru.yaml", BALANCED)
        write_yaml(project.configs / "comparisons" / "balance.yaml", COMPARISON)
        reports = project.materialise("balanced-gru")
        assert not [report.error for report in reports.values() if report.error]
        yield project


def _ours(project: Analysed) -> States:
    context = project.context
    return {
        (asset.stage.name, name): freshness(asset.stage, context, name).state
        for asset in ALL_STAGES
        for name in partitions_of(asset.partitioned_by, context.project).get_partition_keys()
    }


def _dagsters(project: Analysed) -> States:
    """Dagster's own answer, as its pages show it, once it knows of the configuration."""
    record_configuration(project.instance, project.context, ALL_STAGES)
    graph = project.definitions.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(
        project.instance, graph, LoadingContextForTest(project.instance)
    )
    return {
        (stage, name): resolver.get_status(dg.AssetKey(stage), name).value.lower()
        for stage, name in _ours(project)
    }


def _stale(states: States) -> set[tuple[str, str]]:
    return {place for place, state in states.items() if state != "fresh"}


def test_what_was_made_is_fresh(project):
    assert _stale(_ours(project)) == _stale(_dagsters(project)) == set()


@pytest.mark.parametrize("stage", EDITS)
def test_an_edited_file_makes_the_same_stages_stale(project, stage):
    name, content = EDITS[stage]
    path = project.configs / f"{name}.yaml"
    before = path.read_text("utf-8")
    write_yaml(path, content)
    try:
        ours = _ours(project)
        assert stage in {place for place, _ in _stale(ours)}
        assert _dagsters(project) == ours
    finally:
        path.write_text(before, "utf-8")


def _other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    code_version = freshness_module.code_version
    monkeypatch.setattr(
        freshness_module, "code_version", lambda *functions: f"{code_version(*functions)} changed"
    )


def _other_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    table = freshness_module.ALL_TABLES["evaluation"]
    column = replace(table.columns[0], name="new")
    tables = {**freshness_module.ALL_TABLES, "evaluation": replace(table, columns=(column,))}
    monkeypatch.setattr(freshness_module, "ALL_TABLES", tables)


def _other_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness_module, "library_version", lambda name: f"next {name}")


@pytest.mark.parametrize("change", [_other_code, _other_columns, _other_library])
def test_other_code_tables_or_libraries_make_the_same_stages_stale(project, change, monkeypatch):
    change(monkeypatch)
    ours = _ours(project)
    assert _stale(ours)
    assert _dagsters(project) == ours


def test_what_is_run_again_is_fresh_again(project):
    """Another dataset's corpus, and so its model; the other models stay as they are, and what was
    edited and edited back is what it was."""
    write_yaml(
        project.configs / "datasets" / "tiny_text.yaml",
        {
            **DATASETS["tiny_text"],
            "source": {"kind": "text", "path": str(project.configs.parent / "text.txt")},
            "split": {"seed": 5},
        },
    )
    assert _stale(_dagsters(project)) == {
        ("corpus", "tiny_text"),
        ("release", "tiny-lstm"),
    }
    reports = project.materialise("tiny-lstm")
    assert reports["tiny-lstm"].stages[0] == "checkpoint"
    assert _stale(_dagsters(project)) == _stale(_ours(project)) == set()
