"""How a stage appears in an orchestrator: its description, checks and picture.

Each stage's ``*_asset.py`` declares one ``StageAsset``; ``dagster_asset.py`` makes a Dagster asset
of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import pyarrow.parquet as pq

from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext, Stage, open_recorded
from warehouse.parquet_tables import column_faults
from warehouse.recording_schema import common_units
from warehouse.schema import ALL_TABLES

PartitionKind = Literal["dataset", "model", "comparison"]


@dataclass(frozen=True)
class CheckOutcome:
    """Whether a check passed, and the figures that say why."""

    passed: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)


Evaluate = Callable[[RunContext, Manifest], CheckOutcome]


@dataclass(frozen=True)
class StageCheck:
    """A check of what a stage wrote. A blocking one fails the run; the others warn."""

    name: str
    description: str
    blocking: bool
    evaluate: Evaluate


def stage_check(description: str, *, blocking: bool = True) -> Callable[[Evaluate], StageCheck]:
    """Makes a function the check of its name."""

    def make(evaluate: Evaluate) -> StageCheck:
        return StageCheck(evaluate.__name__.lstrip("_"), description, blocking, evaluate)

    return make


@dataclass(frozen=True)
class StageAsset:
    """How a stage appears in Dagster.

    ``picture`` draws a small PNG of what the stage wrote (no bytes: there is nothing to draw);
    ``preview`` gives it as a table in Markdown, ``link`` the address of a page about it. ``group``
    names the box in which Dagster draws it. The automation sensor may re-run ``automated`` ones
    when what they read has changed.
    """

    stage: Stage
    description: str
    kinds: frozenset[str]
    group: str
    checks: tuple[StageCheck, ...] = ()
    picture: Callable[[RunContext, str], bytes] | None = None
    preview: Callable[[RunContext, str], str] | None = None
    link: Callable[[str], str] | None = None
    partitioned_by: PartitionKind = "model"
    pool: str | None = None
    automated: bool = False


def _fits_schema(name: str, context: RunContext, manifest: Manifest) -> CheckOutcome:
    found = pq.read_schema(context.storage.table(manifest.partition, name))
    table = ALL_TABLES[name]
    layers = open_recorded(context, manifest.partition).layers if table.unit_arrays else ()
    expected = table.arrow_schema(common_units(layers))
    faults = column_faults(found, expected)
    return CheckOutcome(not faults, faults or {"columns": len(expected)})


def schema_checks(*names: str) -> tuple[StageCheck, ...]:
    """One blocking check a table: its Parquet file has the columns and types of the schema."""
    return tuple(
        StageCheck(
            name=f"schema_of_{name}",
            description=f"The table {name} has the columns and types of the schema.",
            blocking=True,
            evaluate=partial(_fits_schema, name),
        )
        for name in names
    )
