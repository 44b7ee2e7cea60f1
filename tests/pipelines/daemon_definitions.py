"""The definitions with sensors that look every five seconds, not thirty, for the daemon's tests."""

from pipelines.orchestration import build_definitions

build_definitions.WATCH_INTERVAL_SECONDS = 5
defs = build_definitions.build_defs()
