"""Where ``dagster dev`` and ``dg`` find the project."""

from pipelines.build import build_defs

defs = build_defs()
