"""What runs when something has changed."""

import json
from pathlib import Path

import dagster as dg

from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.dagster_partitions import observe_configuration
from warehouse.errors import ConfigurationError

WATCH_INTERVAL_SECONDS = 60


def build_configuration_sensor(configs_folder: Path | None) -> dg.SensorDefinition:
    """Tells Dagster when a YAML file has changed, so that exactly what it touches turns stale."""

    @dg.sensor(
        name="configuration_watch",
        description="Notes changed configurations; starts no run.",
        minimum_interval_seconds=WATCH_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            project = load_project(configs_folder)
        except ConfigurationError as error:
            return dg.SkipReason(str(error))
        known = json.loads(context.cursor or "{}")
        events = {
            f"{event.asset_key.to_user_string()} {event.partition}": event
            for asset in ALL_STAGES
            for event in observe_configuration(asset, project)
        }
        versions = {name: dict(event.tags or {}) for name, event in events.items()}
        changed = [event for name, event in events.items() if known.get(name) != versions[name]]
        return dg.SensorResult(asset_events=changed, cursor=json.dumps(versions))

    return watch


def build_automation_sensor(project: Project) -> dg.AutomationConditionSensorDefinition:
    """Re-runs the cheap stages when what they read has changed; off unless switched on."""
    automated = [asset.stage.name for asset in ALL_STAGES if asset.automated]
    enabled = project.schedules.automation.enabled
    return dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.assets(*automated),
        description="Re-runs co-clusters, glyphs and release when what they read has changed.",
        default_status=(
            dg.DefaultSensorStatus.RUNNING if enabled else dg.DefaultSensorStatus.STOPPED
        ),
    )
