"""The asset graph, as a user of Dagster's UI sees it."""

import dagster as dg

from pipelines.orchestration.build_definitions import build_defs

GRAPH = {
    "corpus": set(),
    "checkpoint": {"corpus"},
    "recording": {"checkpoint", "corpus"},
    "expected_response": {"recording"},
    "co_clusters": {"expected_response"},
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
    "findings": {"checkpoint", "co_clusters", "corpus", "expected_response", "recording"},
    "comparison": {"checkpoint", "co_clusters", "expected_response", "glyphs", "recording"},
}


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
        "everything",
        "prepare_corpus",
    }
    assert definitions.resolve_schedule_def("nightly").default_status.value == "STOPPED"
    automation = definitions.resolve_sensor_def("automation")
    assert automation.default_status.value == "STOPPED"
