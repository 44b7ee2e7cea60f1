"""What Dagster starts, or marks as stale, by itself."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.dagster_configuration import DATA_VERSION_TAG
from tests.pipelines.tiny_project import ANALYSIS, MODELS, write_yaml

pytestmark = pytest.mark.end_to_end


def _watch(project) -> list[dg.AssetMaterialization]:
    """What the sensor reports, as its daemon would: written down."""
    sensor = project.definitions.resolve_sensor_def("configuration_watch")
    context = dg.build_sensor_context(instance=project.instance)
    events = list(sensor.evaluate_tick(context).asset_events)
    for event in events:
        project.instance.report_runless_asset_event(event)
    return events


def test_the_nightly_schedule_asks_for_a_run_a_model(workshop):
    write_yaml(workshop.configs / "schedules.yaml", {"nightly": {"enabled": True}})
    definitions = workshop.definitions
    schedule = definitions.resolve_schedule_def("nightly")
    assert schedule.default_status.value == "RUNNING"
    context = dg.build_schedule_context(
        instance=workshop.instance,
        scheduled_execution_time=datetime(2026, 1, 2, 2, tzinfo=UTC),
        repository_def=definitions.get_repository_def(),
    )
    requests = schedule.evaluate_tick(context).run_requests
    assert [request.run_key for request in requests] == [
        "2026-01-02-tiny-gru",
        "2026-01-02-tiny-lstm",
    ]


def test_the_schedule_can_name_its_models(workshop):
    nightly = {"nightly": {"models": ["tiny-lstm"]}}
    write_yaml(workshop.configs / "schedules.yaml", nightly)
    definitions = workshop.definitions
    context = dg.build_schedule_context(
        instance=workshop.instance,
        scheduled_execution_time=datetime(2026, 1, 2, 2, tzinfo=UTC),
        repository_def=definitions.get_repository_def(),
    )
    requests = definitions.resolve_schedule_def("nightly").evaluate_tick(context).run_requests
    assert [request.partition_key for request in requests] == ["tiny-lstm"]


def test_the_watch_notes_exactly_what_a_changed_file_touches(workshop):
    stages = (*DATASET_STAGES, *MODEL_STAGES)
    assert len(_watch(workshop)) == 2 * len(stages)  # there are two datasets and two models
    assert _watch(workshop) == []
    changed = ANALYSIS | {"glyphs": {"num_clusters": 3}}
    write_yaml(workshop.configs / "analyses" / "tiny.yaml", changed)
    events = _watch(workshop)
    touched = {event.asset_key.path[-1] for event in events}
    assert touched == {"ablation", "findings", "glyphs", "release"}
    assert all(event.tags[DATA_VERSION_TAG] for event in events)


def test_a_broken_file_is_named_by_the_watch_and_harms_only_its_models(workshop):
    write_yaml(workshop.configs / "analyses" / "broken.yaml", {"glyfs": {}})
    write_yaml(
        workshop.configs / "models" / "tiny-gru.yaml", MODELS["tiny-gru"] | {"analysis": "broken"}
    )
    (partitions,) = {
        tuple(asset.partitions_def.get_partition_keys())
        for asset in workshop.definitions.resolve_all_asset_specs()
        if asset.key.path == ["release"]
    }
    assert partitions == ("tiny-lstm",)
    sensor = workshop.definitions.resolve_sensor_def("configuration_watch")
    tick = sensor.evaluate_tick(dg.build_sensor_context(instance=workshop.instance))
    assert "glyphs" in tick.skip_message


def test_cheap_stages_re_run_by_themselves_when_switched_on(kept):
    write_yaml(kept.configs / "schedules.yaml", {"automation": {"enabled": True}})
    definitions = kept.definitions
    sensor = definitions.resolve_sensor_def("automation")
    assert sensor.default_status.value == "RUNNING"
    before = dg.evaluate_automation_conditions(definitions, kept.instance)
    assert before.total_requested == 0
    changed = ANALYSIS | {"co_clusters": ANALYSIS["co_clusters"] | {"maximum_clusters": 2}}
    write_yaml(kept.configs / "analyses" / "tiny.yaml", changed)
    _watch(kept)
    after = dg.evaluate_automation_conditions(definitions, kept.instance, cursor=before.cursor)
    assert after.get_requested_partitions(dg.AssetKey("co_clusters")) == {"tiny-gru", "tiny-lstm"}
