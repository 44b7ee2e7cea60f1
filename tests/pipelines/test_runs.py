"""The real Dagster graph, run in a temporary home."""

import os
from dataclasses import replace

import dagster as dg
import duckdb
import pytest

from pipelines.cli.terminal_tables import list_models
from rnnvis_assets.engine.manifest import read_manifest, write_manifest
from rnnvis_assets.engine.run_environment import code_commit
from rnnvis_assets.engine.run_lock import hold_stage
from tests.pipelines.tiny_project import ANALYSIS, DATASETS, MODELS, write_yaml
from warehouse.errors import ConfigurationError, ReleaseError
from warehouse.reader import open_release
from warehouse.release_index import read_current, release_path
from warehouse.schema import FINDING

MODEL_STAGES = (
    "checkpoint", "recording", "expected_response", "co_clusters", "ablation", "glyphs", "findings",
    "release",
)  # fmt: skip


def _results_of(workshop, model: str) -> str:
    table = list_models(workshop.context)
    names, *_, results = (list(column.cells) for column in table.columns)
    return str(results[names.index(model)])


def _last_materialisation(analysed, stage: str, partition: str) -> dg.AssetMaterialization:
    records = analysed.instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey(stage), asset_partitions=[partition]), limit=1
    ).records
    return records[0].asset_materialization


def test_everything_runs_and_is_published(analysed):
    assert {report.name: report.error for report in analysed.reports} == {
        "tiny_reviews": None,
        "tiny-gru": None,
        "tiny_text": None,
        "tiny-lstm": None,
    }
    for model in MODELS:
        with open_release(model, storage=analysed.storage) as release:
            assert release.sql("SELECT name FROM model")["name"].to_pylist() == [model]


def test_an_unchanged_second_call_runs_nothing(analysed):
    assert all(report.stages == () for report in analysed.materialise().values())


def test_every_materialisation_carries_figures_schema_and_version(analysed):
    for stage in MODEL_STAGES:
        event = _last_materialisation(analysed, stage, "tiny-lstm")
        assert event.metadata["seconds"].value >= 0
        assert event.metadata["peak memory (MiB)"].value > 0
        manifest = read_manifest(analysed.storage, stage, "tiny-lstm")
        assert event.tags["dagster/data_version"] == manifest.data_version


def test_an_only_table_has_dagsters_own_column_list(analysed):
    one = _last_materialisation(analysed, "findings", "tiny-gru").metadata
    several = _last_materialisation(analysed, "co_clusters", "tiny-gru").metadata
    names = {column.name for column in one["dagster/column_schema"].value.columns}
    assert names == {column.name for column in FINDING.columns}
    assert "columns of unit_cluster" in several
    assert "dagster/column_schema" not in several


@pytest.mark.parametrize("stage", ["checkpoint", "expected_response", "co_clusters", "glyphs"])
@pytest.mark.parametrize("model", list(MODELS))
def test_pictures_are_small_pngs(analysed, stage, model):
    picture = _last_materialisation(analysed, stage, model).metadata["picture"].value
    assert picture.startswith("![picture](data:image/png;base64,iVBORw0KGgo")
    assert len(picture) < 70_000


def test_all_blocking_checks_were_evaluated_and_passed(analysed):
    """Those of comparisons, which this project has none of, stand in ``test_findings``."""
    graph = analysed.definitions.resolve_asset_graph()
    compared = graph.get_check_keys_for_assets({dg.AssetKey("comparison")})
    for key in graph.asset_check_keys - compared:
        history = analysed.instance.event_log_storage.get_asset_check_execution_history(key, 1)
        assert history, key
        evaluation = history[0].event.dagster_event.asset_check_evaluation_data
        assert evaluation.passed or evaluation.severity == dg.AssetCheckSeverity.WARN, key


def _describe(project, model: str) -> None:
    """Makes the model's release stale."""
    described = MODELS[model] | {"description": "another"}
    write_yaml(project.configs / "models" / f"{model}.yaml", described)


def test_a_release_links_to_the_viewer_and_says_where_it_is(kept):
    _describe(kept, "tiny-gru")
    assert kept.materialise("tiny-gru")["tiny-gru"].stages == ("release",)
    metadata = _last_materialisation(kept, "release", "tiny-gru").metadata
    assert metadata["viewer"].value == "http://127.0.0.1:5006/?model=tiny-gru"
    assert metadata["dagster/uri"].value == kept.storage.releases("tiny-gru").as_uri()


def test_a_changed_number_of_clusters_re_runs_only_what_it_touches(kept):
    changed = ANALYSIS | {"co_clusters": ANALYSIS["co_clusters"] | {"maximum_clusters": 2}}
    write_yaml(kept.configs / "analyses" / "tiny.yaml", changed)
    assert "from co_clusters on" in _results_of(kept, "tiny-gru")
    report = kept.materialise("tiny-gru")["tiny-gru"]
    assert report.stages == ("co_clusters", "ablation", "glyphs", "findings", "release")
    assert report.error is None


def test_a_failed_model_never_stops_the_others(kept):
    broken = MODELS["tiny-gru"] | {"training": MODELS["tiny-gru"]["training"] | {"epochs": 1}}
    broken["analysis"] = "impossible"
    write_yaml(kept.configs / "models" / "broken-gru.yaml", broken)
    impossible = ANALYSIS | {"co_clusters": {"minimum_count": 10**6}}
    write_yaml(kept.configs / "analyses" / "impossible.yaml", impossible)
    _describe(kept, "tiny-gru")
    reports = kept.materialise("broken-gru", "tiny-gru")
    assert "0 occur at least 1000000 times" in reports["broken-gru"].error
    assert (reports["tiny-gru"].stages, reports["tiny-gru"].error) == (("release",), None)


def test_a_failed_dataset_is_named_once_and_its_models_are_not_run(workshop):
    missing = DATASETS["tiny_text"] | {"source": {"kind": "text", "path": "nowhere.txt"}}
    write_yaml(workshop.configs / "datasets" / "tiny_text.yaml", missing)
    reports = workshop.materialise("tiny-lstm")
    assert "nowhere.txt" in reports["tiny_text"].error
    assert "tiny_text failed" in reports["tiny-lstm"].error


def test_an_unknown_model_is_refused_with_the_known_ones(analysed):
    with pytest.raises(ConfigurationError, match="tiny-gru"):
        analysed.materialise("tiny-gur")


def test_two_runs_of_one_model_do_not_mix(kept):
    _describe(kept, "tiny-gru")
    with hold_stage(kept.context, "tiny-gru", "recording"):
        report = kept.materialise("tiny-gru")["tiny-gru"]
    assert f"tiny-gru is being worked on by process {os.getpid()} of" in report.error
    assert "(recording since" in report.error
    again = kept.materialise("tiny-gru")["tiny-gru"]
    assert (again.stages, again.error) == (("release",), None)


def test_analyse_model_makes_its_corpus_first_in_a_run_of_its_own(workshop):
    first = [dg.AssetKey(["configuration", stage]) for stage in MODEL_STAGES]
    first.append(dg.AssetKey("checkpoint"))
    result = workshop.definitions.resolve_job_def("analyse_model").execute_in_process(
        instance=workshop.instance, partition_key="tiny-gru", asset_selection=first,
        tags={"commit": "of the run that is executed again"},
    )  # fmt: skip
    assert result.success
    assert _last_materialisation(workshop, "checkpoint", "tiny-gru")
    assert _last_materialisation(workshop, "corpus", "tiny_reviews")
    corpus_run, model_run = workshop.instance.get_runs()
    assert (corpus_run.job_name, model_run.job_name) == ("prepare_corpus", "analyse_model")
    assert (corpus_run.tags["dataset"], model_run.tags["model"]) == ("tiny_reviews", "tiny-gru")
    assert model_run.tags.get("commit") == code_commit().sha


def test_a_corpus_that_cannot_be_made_fails_the_run_in_words(workshop):
    missing = DATASETS["tiny_text"] | {"source": {"kind": "text", "path": "nowhere.txt"}}
    write_yaml(workshop.configs / "datasets" / "tiny_text.yaml", missing)
    result = workshop.definitions.resolve_job_def("analyse_model").execute_in_process(
        instance=workshop.instance, partition_key="tiny-lstm", raise_on_error=False
    )
    failed = result.failure_data_for_node("model_configuration")
    assert "nowhere.txt" in failed.user_failure_data.description


def test_the_list_says_what_is_fresh_and_what_is_missing(analysed, workshop):
    assert {_results_of(analysed, model) for model in MODELS} == {"[green]fresh[/]"}
    assert {_results_of(workshop, model) for model in MODELS} == {"[dim]missing[/]"}


def _as_of_an_older_schema(project, model: str) -> None:
    """The model's release as a version left it whose vocabulary had no parts of speech."""
    storage = project.storage
    path = release_path(storage, model, read_current(storage, model))
    with duckdb.connect(str(path)) as database:
        database.execute("ALTER TABLE vocabulary DROP COLUMN pos")
    manifest = read_manifest(storage, "release", model)
    files = {name: (storage.root / name).stat().st_size for name in manifest.files}
    then = {**manifest.fingerprint, "tables": "of an older schema"}
    write_manifest(storage, replace(manifest, files=files, fingerprint=then))


def test_a_release_of_another_schema_is_made_again_as_its_reader_says(kept):
    _as_of_an_older_schema(kept, "tiny-gru")
    with pytest.raises(ReleaseError, match=r"vocabulary\.pos") as refused:
        open_release("tiny-gru", storage=kept.storage)
    assert "rnnvis materialize tiny-gru" in refused.value.repair
    assert "stale[/] from release on: changed since: tables" in _results_of(kept, "tiny-gru")
    assert kept.materialise("tiny-gru")["tiny-gru"].stages == ("release",)
    with open_release("tiny-gru", storage=kept.storage) as release:
        assert "pos" in release.sql("SELECT * FROM vocabulary").column_names
