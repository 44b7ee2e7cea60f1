"""An analysis as flat tables: one archive of CSV or Parquet files.

Layers, units, clusters and positions count from 0, as in the release.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from warehouse.reader import Release
from warehouse.schema import QUANTILES, TABLES

_DESCRIBED = ("word_cluster", "vocabulary", "unit_cluster", "unit_summary", "cluster_link")
_CLUSTER_QUERIES = MappingProxyType({
    "words": """
        SELECT word_id, word, cluster, centrality, strength, recorded_count, pos
        FROM word_cluster JOIN vocabulary USING (word_id)
        WHERE {at} ORDER BY cluster, strength DESC, word_id""",
    "units": """
        SELECT unit, direction, cluster, unit_summary.* EXCLUDE (layer, state, unit)
        FROM unit_cluster JOIN unit_summary USING (layer, state, unit)
        WHERE {at} ORDER BY unit, direction""",
    "links": """
        SELECT word_cluster, unit_cluster, weight, positive, negative FROM cluster_link
        WHERE {at} ORDER BY word_cluster, unit_cluster""",
})  # fmt: skip

FORMS: Mapping[str, Callable[[pa.Table, Any], None]] = MappingProxyType(
    {"csv": pa.csv.write_csv, "parquet": pa.parquet.write_table}
)
"""How a table is written to a stream, by the ending of its file."""


def cluster_tables(release: Release, **analysis: Any) -> dict[str, pa.Table]:
    """Words, units and links of one co-clustering (``layer``, ``state``, ``affinity``,
    ``num_clusters``). Raises ReleaseError where the release lacks it."""
    release.clusters.get(**analysis)
    at = " AND ".join(f"{name} = ${name}" for name in analysis)
    return {
        name: release.sql(query.format(at=at), analysis) for name, query in _CLUSTER_QUERIES.items()
    }


def response_table(release: Release, words: Sequence[int], *, layer: int, state: str) -> pa.Table:
    """How each of ``words`` (by id) changes every unit: word, count, unit, mean and quantiles."""
    known = release.words.vocabulary()["word"]
    parts = []
    for word in words:
        found = release.words.response(word, layer=layer, state=state)
        units = len(found.mean)
        columns = {
            "word": pa.array([known[word].as_py()] * units, pa.string()),
            "count": np.full(units, found.count),
            "unit": np.arange(units, dtype=np.int32),
            **{name: getattr(found, name) for name in ("mean", *QUANTILES)},
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts) if parts else pa.table({})


def archive(tables: Mapping[str, pa.Table], form: str, about: Mapping[str, Any]) -> bytes:
    """A ZIP file with ``<name>.<form>`` for every table that has columns, and ``about.json``: what
    is exported, and what the columns mean. Equal content gives equal bytes."""
    meanings = {c.name: c.description for name in _DESCRIBED for c in TABLES[name].columns}
    meanings["cluster"] = "co-cluster, from 0; the page counts from 1"
    described = {"about": dict(about), "columns": meanings}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        text = json.dumps(described, indent=2, ensure_ascii=False, default=str)
        file.writestr(_entry("about.json"), text)
        for name, table in tables.items():
            if table.num_columns:
                content = io.BytesIO()
                FORMS[form](table, content)
                file.writestr(_entry(f"{name}.{form}"), content.getvalue())
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without the time of day."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
