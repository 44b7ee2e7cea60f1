"""An analysis as flat tables to be taken away: one archive of CSV or Parquet files.

Belongs here: the queries behind the tables, and how they are written. Counting is that of the
release: layers, units, clusters and positions from 0.
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

FORMS: Mapping[str, Callable[[pa.Table, Any], None]] = MappingProxyType(
    {"csv": pa.csv.write_csv, "parquet": pa.parquet.write_table}
)
"""How a table is written to a stream, by the ending of its file."""


def cluster_tables(release: Release, **analysis: Any) -> dict[str, pa.Table]:
    """Words, units and links of one co-clustering (``layer``, ``state``, ``affinity``,
    ``num_clusters``). Raises ReleaseError where the release lacks it."""
    release.co_clustering(**analysis)
    mine = "layer = $layer AND state = $state AND affinity = $affinity AND num_clusters = $k"
    at = {**analysis, "k": analysis["num_clusters"]}
    del at["num_clusters"]
    words = release.select(
        f"""
        SELECT word_id, word, cluster, centrality, recorded_count, pos
        FROM word_cluster JOIN vocabulary USING (word_id)
        WHERE {mine} ORDER BY cluster, centrality DESC, word_id
        """,  # noqa: S608 -- a constant
        at,
    )
    units = release.select(
        f"""
        SELECT unit, cluster, unit_summary.* EXCLUDE (layer, state, unit)
        FROM unit_cluster JOIN unit_summary USING (layer, state, unit)
        WHERE {mine} ORDER BY unit
        """,  # noqa: S608 -- a constant
        at,
    )
    links = release.select(
        f"""
        SELECT word_cluster, unit_cluster, weight, positive, negative FROM cluster_link
        WHERE {mine} ORDER BY word_cluster, unit_cluster
        """,  # noqa: S608 -- a constant
        at,
    )
    return {"words": words, "units": units, "links": links}


def response_table(release: Release, words: Sequence[int], *, layer: int, state: str) -> pa.Table:
    """How each of ``words`` (by id) changes every unit: word, count, unit, mean and quantiles."""
    known = release.vocabulary()["word"]
    parts = []
    for word in words:
        found = release.word_response(word, layer=layer, state=state)
        units = len(found.mean)
        columns = {name: getattr(found, name) for name in ("mean", *QUANTILES)}
        parts.append(
            pa.table(
                {
                    "word": pa.array([known[word].as_py()] * units, pa.string()),
                    "count": np.full(units, found.count),
                    "unit": np.arange(units, dtype=np.int32),
                    **columns,
                }
            )
        )
    return pa.concat_tables(parts) if parts else pa.table({})


def _descriptions() -> dict[str, str]:
    """What every column means, in the words of the schema."""
    columns = {c.name: c.description for name in _DESCRIBED for c in TABLES[name].columns}
    return {**columns, "cluster": "co-cluster, from 0; the page counts from 1"}


def archive(tables: Mapping[str, pa.Table], form: str, about: Mapping[str, Any]) -> bytes:
    """A ZIP file with ``<name>.<form>`` for every table that has columns, and ``about.json``: what
    is exported, and what the columns mean. Equal content gives equal bytes."""
    packed = io.BytesIO()
    described = {"about": dict(about), "columns": _descriptions()}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        text = json.dumps(described, indent=2, ensure_ascii=False, default=str)
        file.writestr(_entry("about.json"), text)
        for name, table in tables.items():
            if table.num_columns:
                file.writestr(_entry(f"{name}.{form}"), _written(table, form))
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without the time of day."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _written(table: pa.Table, form: str) -> bytes:
    stream = io.BytesIO()
    FORMS[form](table, stream)
    return stream.getvalue()
