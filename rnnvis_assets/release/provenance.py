"""What a release is made of: the stages that it read, as their manifests have them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from rnnvis_assets.engine.manifest import Manifest, read_manifest
from rnnvis_assets.engine.run_environment import code_commit, describe_machine
from rnnvis_assets.engine.stage import RunContext, Source
from warehouse.schema import PROVENANCE


def provenance_table(context: RunContext, model: str, sources: Iterable[Source]) -> pa.Table:
    """The table ``provenance``: the stages in ``sources``, then the release, yet to end."""
    read = [
        read_manifest(context.storage, source.stage, source.partition)
        for source in sources
        if source.partition is not None
    ]
    rows = [_row_of(manifest) for manifest in read if manifest]
    rows.append(_row_of_release(context, model))
    return pa.Table.from_pylist(rows, PROVENANCE.arrow_schema(None))


def _row_of(manifest: Manifest) -> dict[str, Any]:
    return vars(manifest) | {
        "fingerprint": json.dumps(dict(manifest.fingerprint), sort_keys=True),
        "created_at": datetime.fromisoformat(manifest.created_at),
    }


def _row_of_release(context: RunContext, model: str) -> dict[str, Any]:
    return {
        "stage": "release",
        "partition": model,
        "run_id": context.run_id,
        "git_commit": code_commit().sha,
        "tree_clean": code_commit().clean,
        "machine": describe_machine(),
        "created_at": datetime.now(UTC),
    }
