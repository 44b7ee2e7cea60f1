"""Findings through the real graph: of one model in its release, of several beside the releases."""

from io import StringIO

import dagster as dg
import pyarrow.compute as pc
import pytest
from rich.console import Console

from pipelines.cli.terminal_tables import findings_tables, list_comparisons, list_models
from pipelines.orchestration.stage_registry import COMPARISON_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.findings.findings_registry import CLAIMS, COMPARED_FINDINGS, FINDINGS
from tests.pipelines.conftest import run_command
from tests.pipelines.tiny_project import MODELS, write_yaml
from warehouse.comparison_files import open_comparison
from warehouse.disk_use import stored_names
from warehouse.errors import ReleaseError
from warehouse.reader import open_release

COMPARISON = {
    "kind": "class_balance",
    "models": {"as_it_comes": "tiny-gru", "balanced": "tiny-gru-balanced"},
}
CELLS = {
    "kind": "cells",
    "models": {"rnn": "text-rnn", "lstm": "tiny-lstm", "gru": "text-gru"},
}
WITH_MAMBA = {"kind": "mamba", "models": {"lstm": "tiny-lstm", "mamba": "text-mamba"}}
(COMPARISON_STAGE,) = COMPARISON_STAGES


def _balanced() -> dict:
    model = MODELS["tiny-gru"]
    return model | {"training": model["training"] | {"class_balance": "oversample"}}


def _run_stages(project, *models: str) -> None:
    """Analyses models without Dagster."""
    for model in models:
        for asset in MODEL_STAGES:
            run_stage(asset.stage, project.context, model)


@pytest.fixture
def compared(kept):
    """A project with a further classifier, and a comparison of it with one that is analysed."""
    write_yaml(kept.configs / "models" / "tiny-gru-balanced.yaml", _balanced())
    write_yaml(kept.configs / "comparisons" / "tiny-balance.yaml", COMPARISON)
    return kept


def _ids(claims) -> list[int]:
    return [claim.about.id for claim in claims]


def _texts(project, model: str) -> list[str]:
    """The titles of the tables, and the texts in place of others."""
    found = findings_tables(project.storage, project.context.project, [model])
    return [str(getattr(each, "title", each)) for each in found]


def test_every_claim_is_measured():
    measured = [finding.about for finding in (*FINDINGS, *COMPARED_FINDINGS)]
    assert sorted({claim.id for claim in measured}) == list(CLAIMS)


@pytest.mark.parametrize(
    ("model", "ids"), [("tiny-lstm", [1, 2, 3, 11, 12, 13]), ("tiny-gru", [3, 7, 8, 12, 13])]
)
def test_a_release_holds_the_findings_of_its_task(analysed, model, ids):
    with open_release(model, storage=analysed.storage) as release:
        found = release.findings()
        assert _ids(found) == ids
        measured = release.sql("SELECT count(*) AS number FROM finding WHERE value IS NOT NULL")
        assert measured["number"][0].as_py() >= 3


def test_dagster_shows_a_table_and_a_picture(analysed):
    event = analysed.instance.get_latest_materialization_event(dg.AssetKey("findings"))
    metadata = event.asset_materialization.metadata
    assert "| statistic |" in metadata["preview"].value
    assert "**" in metadata["preview"].value
    assert metadata["picture"].value.startswith("![picture](data:image/png;base64,")


@pytest.mark.end_to_end
def test_models_are_compared_once_all_are_there_by_the_comparisons_name_too(compared):
    first = compared.materialise("tiny-gru")
    assert "tiny-balance" not in first
    with pytest.raises(ReleaseError, match="not been compared"):
        open_comparison(compared.storage, "tiny-balance")
    assert _texts(compared, "tiny-gru")[1].startswith("tiny-balance: tiny-balance has not been")
    second = compared.materialise("tiny-balance")
    assert list(second) == ["tiny_reviews", "tiny-gru", "tiny-gru-balanced", "tiny-balance"]
    assert second["tiny-balance"].stages == ("comparison",)
    assert second["tiny-balance"].error is None
    check = dg.AssetCheckKey(dg.AssetKey("comparison"), "opens_for_a_reader")
    (done,) = compared.instance.event_log_storage.get_asset_check_execution_history(check, 1)
    assert done.event.dagster_event.asset_check_evaluation_data.passed
    with open_comparison(compared.storage, "tiny-balance") as comparison:
        assert comparison.compared() == {
            role: (model,) for role, model in COMPARISON["models"].items()
        }
        assert _ids(comparison.findings()) == [9]
        similar = comparison.similarity().to_pylist()
    assert [(row["measured"], row["state"]) for row in similar] == [
        ("responses", "hidden"), ("states", "hidden"),
    ]  # fmt: skip
    assert all(0 <= row["chance"] < row["cka"] <= 1 for row in similar)
    assert _texts(compared, "tiny-gru") == [
        "tiny-gru", "tiny-balance (as_it_comes tiny-gru, balanced tiny-gru-balanced)",
    ]  # fmt: skip
    assert _texts(compared, "tiny-balance") == _texts(compared, "tiny-gru")[1:]


@pytest.mark.end_to_end
def test_a_models_name_stands_for_its_seeds_and_what_holds_over_them(kept):
    write_yaml(kept.configs / "models" / "tiny-gru.yaml", MODELS["tiny-gru"] | {"seeds": 2})
    family = ("tiny-gru", "tiny-gru.seed-1")
    made = kept.materialise("tiny-gru")
    assert list(made) == ["tiny_reviews", *family, "tiny-gru.seeds"]
    assert not any(report.error for report in made.values())
    with open_comparison(kept.storage, "tiny-gru.seeds") as comparison:
        assert comparison.compared() == {"network": family}
        found = comparison.findings()
        by_seed = comparison.findings_by_seed()
    assert _ids(found) == [3, 7, 8, 12, 13, 14]
    assert any("Found 2" in part.explanation for claim in found for part in claim.parts)
    for seed, model in enumerate(family):
        with open_release(model, storage=kept.storage) as release:
            own = release.sql("SELECT statistic, value FROM finding").to_pydict()
            assert release.model["seed"] == seed
        rows = by_seed.filter(pc.field("seed") == seed).to_pydict()
        values = dict(zip(rows["statistic"], rows["value"], strict=True))
        assert values == dict(zip(own["statistic"], own["value"], strict=True))
    assert not any(report.stages for report in kept.materialise("tiny-gru").values())
    rows = zip(*(column.cells for column in list_models(kept.context).columns), strict=True)
    names, networks, *_, results = zip(*rows, strict=True)
    assert names == ("tiny-gru", "tiny-lstm")
    assert (networks[0], results[0]) == ("1×8 gru, 2 seeds", "[green]fresh[/]")
    run_command(kept, "remove", "tiny-gru", "--yes")
    assert not {*family, "tiny-gru.seeds"} & set(stored_names(kept.storage))


def test_findings_can_be_read_in_a_narrow_terminal(analysed):
    (table,) = findings_tables(analysed.storage, analysed.context.project, ["tiny-lstm"])
    console = Console(width=80, file=StringIO())
    console.print(table)
    rows = [line.split("│") for line in console.file.getvalue().splitlines() if "│" in line]
    printed = " ".join(row[2].strip() for row in rows)
    assert all(CLAIMS[number].claim in printed for number in (1, 2, 3, 11, 12, 13))
    assert {len("│".join(row)) for row in rows} == {80}


@pytest.mark.end_to_end
def test_a_comparison_turns_stale_with_its_models_and_no_release_with_a_comparison(compared):
    _run_stages(compared, "tiny-gru-balanced")
    compared.materialise("tiny-gru", "tiny-gru-balanced")
    context = compared.context
    assert freshness(COMPARISON_STAGE.stage, context, "tiny-balance").state == "fresh"
    listed = list_comparisons(context)
    assert [list(column.cells) for column in listed.columns] == [
        ["tiny-balance"], ["tiny-gru, tiny-gru-balanced"], ["[green]fresh[/]"],
    ]  # fmt: skip
    release = read_manifest(compared.storage, "release", "tiny-gru")
    changed = _balanced() | {"seed": 9}
    write_yaml(compared.configs / "models" / "tiny-gru-balanced.yaml", changed)
    _run_stages(compared, "tiny-gru-balanced")
    assert freshness(COMPARISON_STAGE.stage, compared.context, "tiny-balance").state == "stale"
    compared.materialise("tiny-gru-balanced")
    assert freshness(COMPARISON_STAGE.stage, compared.context, "tiny-balance").state == "fresh"
    with open_comparison(compared.storage, "tiny-balance") as comparison:
        assert len(comparison.findings()[0].parts) == 3
    assert read_manifest(compared.storage, "release", "tiny-gru") == release
    for asset in MODEL_STAGES:
        assert freshness(asset.stage, compared.context, "tiny-gru").state == "fresh"


@pytest.mark.end_to_end
def test_cells_are_compared(kept):
    for cell in ("rnn", "gru", "mamba"):
        write_yaml(
            kept.configs / "models" / f"text-{cell}.yaml", MODELS["tiny-lstm"] | {"cell": cell}
        )
    write_yaml(kept.configs / "comparisons" / "tiny-cells.yaml", CELLS)
    write_yaml(kept.configs / "comparisons" / "tiny-mamba.yaml", WITH_MAMBA)
    assert load_project(kept.configs).comparisons["tiny-cells"].kind == "cells"
    _run_stages(kept, "text-rnn", "text-gru", "text-mamba")
    reports = kept.materialise("tiny-cells")
    assert {name: report.stages for name, report in reports.items() if report.stages} == {
        "tiny-cells": ("comparison",), "tiny-mamba": ("comparison",),
    }  # fmt: skip
    assert not any(report.error for report in reports.values())
    with open_comparison(kept.storage, "tiny-cells") as comparison:
        claims = comparison.findings()
    assert _ids(claims) == [4, 5, 6]
    assert [len(claim.parts) for claim in claims] == [6, 2, 3]
    assert all(part.low <= part.high for claim in claims for part in claim.parts)
    with open_comparison(kept.storage, "tiny-mamba") as comparison:
        (preserved,) = comparison.findings()
    assert preserved.about.id == 6
    assert [part.statistic.split(", ")[1] for part in preserved.parts] == [
        "the Mamba's c less the LSTM's c", "the Mamba's h less the LSTM's h",
    ]  # fmt: skip
