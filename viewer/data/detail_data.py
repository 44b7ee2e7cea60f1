"""What the detail view shows of a release, its recording and its training log.

Cached by release and scalars for all sessions, as in ``viewer.data.release_store``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import vocabulary_of
from warehouse.arrays import AnyArray
from warehouse.reader import Release
from warehouse.schema import STATISTICS
from warehouse.strongest_changes import strongest_changes

LISTED = 12
REACH = 8
"""Words shown before and after one that moved a unit much."""
Columns = Mapping[str, AnyArray]


def occurrences(count: int) -> str:
    """How often a word occurs, in words."""
    return f"{count:,} occurrence{'s' if count != 1 else ''}"


@cached_by_release
def unit_boxes(
    release: Release, layer: int, state: str, unit: int, limit: int, minimum: int
) -> pa.Table:
    """The words that move a unit most (largest |mean|), among those seen ``minimum`` times: word,
    word_id, count, mean, q09, q25, q50, q75, q91, by falling mean."""
    at: dict[str, Any] = {"layer": layer, "state": state}
    top = release.units.top_words(unit, **at, limit=limit, minimum_count=minimum)
    boxes = release.units.responses(unit, top["word_id"].to_pylist(), **at)
    known = vocabulary_of(release).words
    words = [known[word_id] for word_id in boxes["word_id"].to_pylist()]
    named = boxes.append_column("word", pa.array(words, pa.string()))
    return named.sort_by([("mean", "descending"), ("word_id", "ascending")])


@cached_by_release
def unit_summary(release: Release, layer: int, state: str) -> Columns:
    """The table ``unit_summary``, an array [units] a column; NaN for null."""
    rows = release.units.summary(layer=layer, state=state)
    return {name: rows[name].to_numpy(zero_copy_only=False) for name in rows.column_names}


@cached_by_release
def direction_costs(
    release: Release, layer: int, state: str
) -> Mapping[tuple[int, int], tuple[float, float, float]]:
    """What silencing each direction of a unit by itself costs, with its interval, in nats, by unit
    and direction; empty where it was not measured."""
    rows = release.units.ablation(layer=layer, state=state).to_pylist()
    return {
        (row["unit"], row["direction"]): (row["cost"], row["lower"], row["upper"]) for row in rows
    }


def statistics_of(summary: Columns, prefix: str, units: Sequence[int]) -> Columns:
    """The statistics of states (prefix ""), changes ("delta_") or gates ("keep_") of units."""
    return {name: summary[f"{prefix}{name}"][list(units)] for name in STATISTICS}


@cached_by_release
def training_curves(release: Release) -> Mapping[str, Mapping[str, Any]]:
    """Curves (steps, values) by chart and name: "loss", the metric and "learning rate" by split,
    "gradient norm" by part of the network. Nulls and what is not finite are left out."""
    log = release.training_log()
    metric = log["metric"][0].as_py() if log.num_rows else "metric"
    by_split = {"loss": "loss", metric: "value"}
    norms = {"all": "", "embedding": "_embedding", "recurrent": "_rnn", "output": "_decoder"}
    wanted = [
        *((chart, split, column, split)
          for chart, column in by_split.items() for split in ("train", "validation")),
        ("learning rate", "learning rate", "learning_rate", "train"),
        *(("gradient norm", name, f"gradient_norm{part}", "train") for name, part in norms.items()),
    ]  # fmt: skip
    charts: dict[str, dict[str, Any]] = {}
    for chart, name, column, split in wanted:
        curve = _curve(log, column, split)
        if len(curve[0]):
            charts.setdefault(chart, {})[name] = curve
    return charts


def _curve(log: pa.Table, column: str, split: str) -> tuple[AnyArray, AnyArray]:
    rows = log.filter(pc.equal(log["split"], split)) if log.num_rows else log
    steps = rows["step"].to_numpy()
    values = rows[column].to_numpy(zero_copy_only=False).astype(np.float64)
    finite = np.isfinite(values)
    return steps[finite], values[finite]


@dataclass(frozen=True)
class Occurrence:
    """A step at which a word or a unit moved much, or a stretch like another one, which begins at
    ``position``; ``change`` is then the distance. And the words around it."""

    change: float
    sentence_id: int
    position: int
    before: str
    word: str
    after: str


@cached_by_release
def strongest_occurrences(
    release: Release, layer: int, state: str, word_id: int | None, unit: int | None
) -> tuple[Occurrence, ...]:
    """Where a word (or any) moved a unit (or the whole state) most, the strongest first.

    Reads the whole recording: call it from a thread. Raises RecordingError where the recording is
    missing, or is not the one that the release was made from.
    """
    found = strongest_changes(
        release.recording(), layer=layer, state=state, word_id=word_id, unit=unit, limit=LISTED
    )
    return tuple(in_context(release, found.tokens.tolist(), found.changes.tolist()))


def in_context(
    release: Release, tokens: Sequence[int], changes: Sequence[float], length: int = 1
) -> list[Occurrence]:
    """The ``length`` words that begin at each of some tokens, and those around them."""
    known = vocabulary_of(release).words
    rows = release.sentences.contexts(tokens, reach=REACH + length - 1).to_pylist()
    spoken = {token: list(near) for token, near in groupby(rows, lambda row: row["token"])}
    return [
        _occurrence(change, spoken[token], known, length)
        for token, change in zip(tokens, changes, strict=True)
        if token in spoken
    ]


def _occurrence(
    change: float, near: Sequence[Mapping[str, Any]], known: Sequence[str], length: int
) -> Occurrence:
    words = {row["position"]: known[row["word_id"]] for row in near}
    first, num_tokens = near[0]["place"], near[0]["num_tokens"]
    end = first + length
    cut_before = ["…"] if first > REACH else []
    cut_after = ["…"] if end + REACH < num_tokens else []
    before, spoken, after = (
        [words[place] for place in places if place in words]
        for places in (range(first - REACH, first), range(first, end), range(end, end + REACH))
    )
    return Occurrence(
        change, near[0]["sentence_id"], first,
        " ".join(cut_before + before), " ".join(spoken), " ".join(after + cut_after),
    )  # fmt: skip
