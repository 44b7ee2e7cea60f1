"""Where ``dagster dev`` and ``dg`` find the project."""

from pipelines.orchestration.build_definitions import build_defs

defs = build_defs()
