"""What Dagster's pages show of a run of a stage."""

import base64
import os
from typing import Any

import dagster as dg

from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import StageAsset
from warehouse.schema import ALL_TABLES
from warehouse.storage import Storage

MAXIMUM_PICTURE_BYTES = 50_000


def _picture_metadata(asset: StageAsset, run_context: RunContext, partition: str) -> dict[str, Any]:
    picture = asset.picture(run_context, partition) if asset.picture else b""
    if not picture:
        return {}
    if len(picture) > MAXIMUM_PICTURE_BYTES:
        run_context.report(f"picture left out: {len(picture)} bytes, limit {MAXIMUM_PICTURE_BYTES}")
        return {}
    encoded = base64.b64encode(picture).decode()
    return {"picture": dg.MetadataValue.md(f"![picture](data:image/png;base64,{encoded})")}


def _table_metadata(asset: StageAsset) -> dict[str, Any]:
    """The columns of the tables that the stage writes; of an only one, under Dagster's own name."""
    names = asset.stage.tables
    return {
        "dagster/column_schema" if len(names) == 1 else f"columns of {name}": dg.TableSchema(
            [dg.TableColumn(c.name, c.type, c.description) for c in ALL_TABLES[name].columns]
        )
        for name in names
    }


def _place_metadata(asset: StageAsset, storage: Storage, manifest: Manifest) -> dict[str, Any]:
    """Where the files are, and the page that shows them."""
    folder = storage.root / os.path.commonpath(manifest.files) if manifest.files else storage.root
    link = {"viewer": dg.MetadataValue.url(asset.link(manifest.partition))} if asset.link else {}
    return {**link, "dagster/uri": folder.as_uri()}


def materialisation_metadata(
    asset: StageAsset, run_context: RunContext, manifest: Manifest
) -> dict[str, Any]:
    """Figures, tables, places and pictures of what a stage wrote, by name."""
    rows = {f"rows of {table}": count for table, count in manifest.row_counts.items()}
    preview = {}
    if asset.preview:
        preview["preview"] = dg.MetadataValue.md(asset.preview(run_context, manifest.partition))
    figures = {
        name.replace("_", " "): value
        for name, value in manifest.figures.items()
        if value is not None
    }
    return {
        **_place_metadata(asset, run_context.storage, manifest),
        **_picture_metadata(asset, run_context, manifest.partition),
        **preview,
        **figures,
        **rows,
        **_table_metadata(asset),
        "dagster/partition_row_count": max(manifest.row_counts.values(), default=0),
        "seconds": manifest.seconds,
        "peak memory (MiB)": manifest.peak_memory_mib,
        "bytes on disk": sum(manifest.files.values()),
    }
