"""The asset graph, as a user of Dagster's UI sees it."""

import subprocess
import sys
from importlib import import_module

import dagster as dg
import pytest

from pipelines.orchestration.build_definitions import HEAVY_MODULES, build_defs

GRAPH = {
    "corpus": set(),
    "checkpoint": {"corpus"},
    "recording": {"checkpoint", "corpus"},
    "expected_response": {"recording"},
    "co_clusters": {"expected_response", "recording"},
    "ablation": {"checkpoint", "co_clusters", "corpus", "expected_response", "recording"},
    "glyphs": {"checkpoint", "co_clusters", "corpus", "recording"},
    "release": {
        "ablation",
        "checkpoint",
        "co_clusters",
        "corpus",
        "expected_response",
        "findings",
        "glyphs",
        "recording",
    },
    "findings": {
        "ablation",
        "checkpoint",
        "co_clusters",
        "corpus",
        "expected_response",
        "recording",
    },
    "comparison": {
        "checkpoint",
        "co_clusters",
        "expected_response",
        "findings",
        "glyphs",
        "recording",
    },
}


GROUPS = {"corpus", "network", "analysis", "findings", "release"}
WITHOUT = {"datasets", "matplotlib", "nltk", "pandas", "scipy", "sklearn", "textblob", "torch"}


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name)


def test_the_checkouts_own_definitions_load():
    dg.Definitions.validate_loadable(build_defs())


def test_the_graph_is_the_designs():
    graph = build_defs().resolve_asset_graph()
    for name, upstream in GRAPH.items():
        found = {key.to_user_string() for key in graph.get(_key(name)).parent_keys}
        assert found == upstream | {f"configuration/{name}"}


def test_datasets_and_models_are_the_partitions(analysed):
    graph = analysed.definitions.resolve_asset_graph()
    corpus, release = graph.get(_key("corpus")), graph.get(_key("release"))
    assert corpus.partitions_def.get_partition_keys() == ["tiny_reviews", "tiny_text"]
    assert release.partitions_def.get_partition_keys() == ["tiny-gru", "tiny-lstm"]


def test_a_yaml_file_adds_a_model_without_code(workshop):
    source = (workshop.configs / "models" / "tiny-gru.yaml").read_text("utf-8")
    (workshop.configs / "models" / "another-gru.yaml").write_text(source, "utf-8")
    graph = workshop.definitions.resolve_asset_graph()
    assert "another-gru" in graph.get(_key("release")).partitions_def.get_partition_keys()


def test_every_asset_says_what_it_is_and_checks_itself():
    definitions = build_defs()
    graph = definitions.resolve_asset_graph()
    for name in GRAPH:
        node = graph.get(_key(name))
        assert node.description
        assert node.code_version
        assert node.kinds
        assert node.owners
        assert node.group_name in GROUPS
        assert graph.get_check_keys_for_assets({_key(name)})


def test_pools_hold_training_and_release_apart():
    graph = build_defs().resolve_asset_graph()
    pools = {name: graph.get(_key(name)).pools for name in GRAPH}
    assert pools["checkpoint"] == pools["recording"] == {"gpu"}
    assert pools["release"] == {"release"}


def test_jobs_schedule_and_sensors_are_there_and_off_by_default():
    definitions = build_defs()
    assert {job.name for job in definitions.resolve_all_job_defs()} >= {
        "analyse_model",
        "compare_models",
        "prepare_corpus",
    }
    assert definitions.resolve_schedule_def("nightly").default_status.value == "STOPPED"
    automation = definitions.resolve_sensor_def("automation")
    assert automation.default_status.value == "STOPPED"


def test_the_definitions_import_nothing_that_only_stages_need():
    program = "import sys, pipelines.definitions; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert WITHOUT & set(done.stdout.split()) == set()


def test_steps_are_forked_with_dagsters_storage(workshop):
    """Its import, of SQLAlchemy and Alembic too, takes longer than most steps."""
    assert type(workshop.instance.event_log_storage).__module__ in HEAVY_MODULES


@pytest.mark.parametrize("module", HEAVY_MODULES)
def test_what_steps_are_forked_with_can_be_imported(module):
    """A fork server passes over a module that it cannot import, in silence."""
    import_module(module)
