"""Publishing: a release is built in a temporary file, verified, and only then made current."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.atomic_files import atomic_file, remove_leftovers
from warehouse.build_release import Rows, row_counts, write_release
from warehouse.errors import ReleaseError
from warehouse.parquet_tables import arrow_table
from warehouse.release_index import point_at, release_ids, release_path, remove_old
from warehouse.schema import LAYER, MODEL, TABLES
from warehouse.storage import Storage
from warehouse.table_content import content_sha256, rows_sha256

_STAMP = re.compile(r"\d{8}T\d{6}Z")
_STAMP_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Publication:
    """What publishing did: the new release, the hash of its content without what clocks measured,
    its rows by table, and the releases removed."""

    release_id: str
    digest: str
    path: Path
    row_counts: Mapping[str, int]
    removed: tuple[str, ...]


def _digest(card: Mapping[str, Any], tables: Mapping[str, Rows]) -> str:
    """SHA-256 over all that a release is made of, without what clocks measured."""
    lasting = {name: value for name, value in card.items() if name in MODEL.repeatable}
    digest = sha256(json.dumps(lasting, sort_keys=True, default=str).encode())
    for name, rows in sorted(tables.items()):
        digest.update(name.encode())
        if isinstance(rows, Path):
            digest.update(content_sha256(rows).encode() if rows.is_file() else b"missing")
        else:
            digest.update(rows_sha256(rows.select(TABLES[name].repeatable)).encode())
    return digest.hexdigest()


def _new_id(storage: Storage, model: str, now: datetime, digest: str) -> str:
    """Time, then content. It sorts after every release there is, even one of this very second."""
    stamps = (_STAMP.match(name) for name in release_ids(storage, model))
    taken = [datetime.strptime(stamp[0], _STAMP_FORMAT) for stamp in stamps if stamp]
    first_free = max(taken, default=datetime.min) + timedelta(seconds=1)
    return f"{max(now.replace(tzinfo=None), first_free):{_STAMP_FORMAT}}-{digest[:8]}"


def _model_row(card: Mapping[str, Any], release_id: str, created_at: datetime) -> pa.Table:
    row = {**card, "release_id": release_id, "created_at": created_at}
    return arrow_table(MODEL.arrow_schema(None), {name: [value] for name, value in row.items()})


def _common_units(tables: Mapping[str, Rows]) -> int | None:
    """The units that all layers have; None where they differ or are not known."""
    layers = tables.get(LAYER.name)
    sizes = set(layers["units"].to_pylist()) if isinstance(layers, pa.Table) else set()
    return sizes.pop() if len(sizes) == 1 else None


def publish_release(
    storage: Storage, card: Mapping[str, Any], tables: Mapping[str, Rows], *, keep: int
) -> Publication:
    """Builds a release, verifies it, and makes it current; then removes the oldest.

    ``card`` is the row of ``model`` but for ``release_id`` and ``created_at``; ``tables`` are all
    other tables, ``layer`` in memory; ``keep`` is how many releases stay. The caller holds the
    model's lock. Raises ReleaseError with every fault, or StorageError; then what was current
    still is.
    """
    model, created_at = card["name"], datetime.now(UTC)
    digest = _digest(card, tables)
    release_id = _new_id(storage, model, created_at, digest)
    content = {**tables, MODEL.name: _model_row(card, release_id, created_at)}
    path = release_path(storage, model, release_id)
    try:
        with atomic_file(path) as temporary:
            faults = write_release(temporary, content, _common_units(tables))
            if faults:
                raise _refusal(model, faults)
    finally:
        # DuckDB's log and spilled rows, where writing was broken off.
        remove_leftovers(storage.releases(model))
    point_at(storage, model, release_id)
    removed = remove_old(storage, model, keep)
    return Publication(release_id, digest, path, row_counts(content), tuple(removed))


def _refusal(model: str, faults: list[str]) -> ReleaseError:
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    listed = "".join(f"\n  {fault}" for fault in faults)
    return ReleaseError(
        f"the new release of {model} was not published, for {count}:{listed}",
        repair=f"delete what is named above, then rnnvis materialize {model}",
    )
