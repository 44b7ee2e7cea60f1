"""What runs by the clock."""

from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration.jobs import Job
from rnnvis_assets.configuration.project import Project


def build_nightly_schedule(project: Project, analyse_model: Job) -> dg.ScheduleDefinition:
    """One run a model and night; off unless ``configs/schedules.yaml`` switches it on."""
    nightly = project.schedules.nightly
    models = sorted(nightly.models or project.models)

    @dg.schedule(
        name="nightly",
        description="Analyses every model of configs/schedules.yaml again, each in its own run.",
        job=analyse_model,
        cron_schedule=nightly.cron,
        execution_timezone=nightly.timezone,
        default_status=(
            dg.DefaultScheduleStatus.RUNNING
            if nightly.enabled
            else dg.DefaultScheduleStatus.STOPPED
        ),
    )
    def request_runs(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        night = context.scheduled_execution_time.date().isoformat()
        for model in models:
            yield dg.RunRequest(run_key=f"{night}-{model}", partition_key=model)

    return request_runs
