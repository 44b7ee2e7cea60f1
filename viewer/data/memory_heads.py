"""The heads of a matrix memory: how much of what each reads out the picture shows, and words that
are read as several sub-words."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnnvis_assets.matrix_memory.reader_coverage import coverage_text, who_explains
from viewer.data.release_cache import cached_by_release
from viewer.percentages import spaced
from warehouse.arrays import AnyArray
from warehouse.reader import Release

Columns = Mapping[str, AnyArray]


@cached_by_release
def heads_of(release: Release, layer: int) -> Columns:
    """The table ``memory_head`` of a layer, an array [heads] a column; NaN for null. Empty arrays
    for a layer without a matrix memory."""
    rows = release.layers.heads(layer)
    return {name: rows[name].to_numpy(zero_copy_only=False) for name in rows.column_names}


def has_memory(release: Release, layer: int) -> bool:
    """Whether a layer remembers in a matrix."""
    return len(heads_of(release, layer)["head"]) > 0


def shares_gates(release: Release, layer: int) -> bool:
    """Whether several units of a layer have one gate: those of a head."""
    return bool((heads_of(release, layer)["num_units"] > 1).any())


def readers_of(model: Mapping[str, Any]) -> int:
    """How many readers each head of a matrix memory has."""
    recording = (model["spec"].get("analysis") or {}).get("recording") or {}
    return int(recording.get("readers", 1))


def coverage_rows(heads: Columns, readers: int) -> list[tuple[str, str]]:
    """How much of what the heads read out their readers explain: name and value, if known."""
    text = spaced(coverage_text(heads["coverage"], readers))
    return [(who_explains(readers), text)] if text else []


def clusters_sinks(model: Mapping[str, Any]) -> bool:
    """Whether the units of sinks are in chips."""
    settings = (model["spec"].get("analysis") or {}).get("co_clusters") or {}
    return bool(settings.get("sinks", True))


def sinks_text(heads: Columns, clustered: bool) -> str:
    """Which heads write by far the most at the first token of a sequence, "" if none do;
    ``clustered``: whether their units are in chips."""
    sinks = [str(head) for head in heads["head"][heads["sink"].astype(bool)]]
    if not sinks:
        return ""
    which, writes = ("Head", "writes") if len(sinks) == 1 else ("Heads", "write")
    return (
        f"{which} {', '.join(sinks)} {writes} over ten times as much as usual at the first token "
        "of a sequence, as a sink: what other words do there says little."
        + ("" if clustered else " No chip holds such units (co_clusters.sinks: false).")
    )


def attention_layers(model: Mapping[str, Any]) -> Sequence[int]:
    """Which layers of a hybrid are attention, by their place in its depth."""
    found: Sequence[int] = model["spec"].get("attention_layers") or ()
    return found


@cached_by_release
def pieces_of(release: Release) -> Mapping[int, tuple[str, ...]]:
    """The sub-words, without blanks around them, of every word that is read as several."""
    return {
        word: tuple(piece.strip() or "␣" for piece in pieces)
        for word, pieces in release.words.all_pieces().items()
        if len(pieces) > 1
    }


def pieces_text(release: Release, words: Sequence[tuple[int, str]]) -> str:
    """How words, by id and as they are written, are read, of those that are read as several."""
    pieces = pieces_of(release)
    read = [f"“{word}” as {' · '.join(pieces[i])}" for i, word in words if i in pieces]
    if not read:
        return ""
    return f"The network reads {', '.join(read)}; a word’s change is that over all its sub-words."
