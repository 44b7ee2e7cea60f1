"""Reading a published release, from the viewer, a notebook or a script.

>>> with open_release("docstrings-lstm") as release:
...     nearest = release.words.nearest("good", layer=1, state="cell", limit=3)
>>> nearest.column_names
['word_id', 'word', 'count', 'similarity']
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import pyarrow as pa

from warehouse.cluster_queries import ClusterQueries
from warehouse.database import Database
from warehouse.errors import RecordingError, ReleaseError, near_miss
from warehouse.findings_table import JudgedClaim, judged_claims
from warehouse.layer_queries import LayerQueries
from warehouse.recordings import Recording, open_recording
from warehouse.release_index import (
    SUFFIX,
    published_models,
    read_current,
    release_ids,
    release_path,
    repair_of,
)
from warehouse.schema import EVALUATION, FINDING, MODEL, PROVENANCE, TABLES, TRAINING_LOG
from warehouse.sentence_queries import AnnotationQueries, SentenceQueries
from warehouse.storage import Storage
from warehouse.word_queries import UnitQueries, WordQueries

__all__ = ["Release", "find_release", "open_release", "published_models", "read_current"]

_NAMED = 3
"""Of the columns that a file lacks, how many a message names."""


class Release:
    """One release of one model, as it was published; newer ones do not disturb it.

    ``layers``, ``words``, ``units``, ``clusters``, ``sentences`` and ``annotations`` answer the
    usual queries, as Arrow tables or dataclasses of NumPy arrays; ``sql`` answers any other.
    ``open_release`` makes it. Close it, or use it as a context manager; any thread may use it.
    """

    def __init__(
        self, storage: Storage, name: str, release_id: str, path: Path | None = None
    ) -> None:
        self.storage, self.name, self.release_id = storage, name, release_id
        published = release_path(storage, name, release_id)
        repair = repair_of(storage, name, release_id)
        self.database = Database(path) if path else Database(published, repair)
        self.layers = LayerQueries(self.database)
        self.words = WordQueries(self.database, self.layers)
        self.units = UnitQueries(self.database, self.layers)
        self.clusters = ClusterQueries(self.database, self.layers)
        self.sentences = SentenceQueries(self.database, self.layers, self.words)
        self.annotations = AnnotationQueries(self.database)
        try:
            self._require_tables()
            self._require_identity()
        except ReleaseError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()

    def __repr__(self) -> str:
        return f"Release({self.name!r}, {self.release_id!r})"

    def _require_tables(self) -> None:
        query = "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'"
        found = {tuple(row.values()) for row in self.sql(query).to_pylist()}
        expected = [(table.name, c.name) for table in TABLES.values() for c in table.columns]
        missing = [".".join(column) for column in expected if column not in found]
        if missing:
            more = len(missing) - _NAMED
            named = missing[:_NAMED] + ([f"{more} more columns"] if more > 0 else [])
            raise ReleaseError(
                f"{self.database.path} is not a release of this version: it lacks "
                f"{', '.join(named)}",
                repair=self.database.repair,
            )

    def _require_identity(self) -> None:
        rows = self.database.rows(MODEL).to_pylist()
        found = [(row["name"], row["release_id"]) for row in rows]
        if found != [(self.name, self.release_id)]:
            raise ReleaseError(
                f"{self.database.path}: found a release of {found}, expected {self.name} "
                f"{self.release_id}",
                repair=self.database.repair,
            )

    def newer(self) -> str | None:
        """The id of the release that is current now, or None where it is still this one."""
        current = read_current(self.storage, self.name)
        return None if current == self.release_id else current

    @cached_property
    def model(self) -> Mapping[str, Any]:
        """The row of the table ``model``; ``spec`` and ``versions`` are parsed."""
        row = self.database.rows(MODEL).to_pylist()[0]
        parsed = {name: json.loads(row[name]) for name in ("spec", "versions")}
        return MappingProxyType(row | parsed)

    def evaluation(self) -> pa.Table:
        """Figures of the trained network: split, metric, value."""
        return self.database.rows(EVALUATION)

    def training_log(self) -> pa.Table:
        """What training reported, by step."""
        return self.database.rows(TRAINING_LOG)

    def provenance(self) -> pa.Table:
        """The table ``provenance``: the stages that this release was made of, in their order."""
        return self.database.rows(PROVENANCE).sort_by("created_at")

    def findings(self) -> tuple[JudgedClaim, ...]:
        """The paper's claims about such networks, measured on this one and judged."""
        return judged_claims(self.database.rows(FINDING))

    def recording(self) -> Recording:
        """The recording that this release was made from, opened again at each call: a later run of
        the pipeline may have replaced it.

        Raises RecordingError where it is missing, damaged or another one.
        """
        recording = open_recording(self.storage.recording(self.name, self.model["recorded_split"]))
        found = str(recording.source.get("weights_sha256")), recording.num_tokens
        expected = self.model["weights_sha256"], self.model["num_tokens"]
        if found != expected:
            raise RecordingError(
                f"{recording.folder} is not the recording that this release was made from: found "
                f"weights {found[0][:8]} and {found[1]:,} tokens, expected {expected[0][:8]} and "
                f"{expected[1]:,}",
                repair=f"rnnvis materialize {self.name} --recordings, then take the newer release",
            )
        return recording

    def sql(self, query: str, params: Any = None) -> pa.Table:
        """The answer to any query; ``$name`` is taken from a mapping, ``?`` from a sequence.

        Raises ReleaseError with DuckDB's message. Other files and settings are out of reach.
        """
        return self.database.select(query, params)


def open_release(
    name: str, release_id: str | None = None, storage: Storage | None = None
) -> Release:
    """Opens the model's current release, or an older one by its id.

    Raises ReleaseError where there is none, or where it is damaged or of another version.
    """
    storage = storage or Storage.from_environment()
    if release_id is not None:
        return _open(storage, name, release_id)
    current = read_current(storage, name)
    try:
        return _open(storage, name, current)
    except ReleaseError:
        newer = read_current(storage, name)
        if newer == current:
            raise
        # Between the two steps a release was published and the old one removed.
        return _open(storage, name, newer)


def find_release(named: str, storage: Storage | None = None) -> Release:
    """Opens a model's current release by the model's name, or any release by its id or its file.

    Raises ReleaseError as ``open_release`` does.
    """
    path = Path(named)
    if path.suffix == SUFFIX:
        return _open_file(path.absolute())
    storage = storage or Storage.from_environment()
    for model in published_models(storage):
        if named in release_ids(storage, model):
            return _open(storage, model, named)
    return open_release(named, storage=storage)


def _open_file(path: Path) -> Release:
    """Recording and checkpoint are looked for where the file lies, which may be no storage."""
    with Database(path) as database:
        rows = database.rows(MODEL).to_pylist()
    name, release_id = (rows[0]["name"], rows[0]["release_id"]) if rows else ("", "")
    return Release(Storage(path.parents[min(2, len(path.parents) - 1)]), name, release_id, path)


def _open(storage: Storage, name: str, release_id: str) -> Release:
    if not release_path(storage, name, release_id).is_file():
        kept = release_ids(storage, name)
        raise ReleaseError(
            f"{name} has no release {release_id}; kept: {', '.join(kept) or 'none'}"
            f"{near_miss(release_id, kept)}",
            repair=f"rnnvis materialize {name}",
        )
    return Release(storage, name, release_id)
