"""Stretches of the recorded text in which units were as in a chosen one."""

from typing import NamedTuple

import numpy as np

from viewer.data.detail_data import LISTED, Occurrence, in_context, unit_summary
from viewer.data.release_cache import cached_by_release
from viewer.data.sentence_states import states_of
from warehouse.arrays import Int8Array, Int64Array
from warehouse.pattern_search import CodedStates, coded, coded_states, nearest_windows
from warehouse.reader import Release

MOST_COMPARED = 64
"""Units that are compared, which bounds the time of an answer."""


class Pattern(NamedTuple):
    """``length`` words of a sentence from ``first`` on, a typed one read from ``start``, in some
    ``units`` of a layer's state."""

    layer: int
    state: str
    sentence: int | str
    start: str
    first: int
    length: int
    units: tuple[int, ...]


@cached_by_release
def pattern_matches(release: Release, pattern: Pattern) -> tuple[Occurrence, ...]:
    """The recorded stretches with the most similar states, the nearest first: root of the mean
    squared difference, each unit in its standard deviations. Of many units those are compared that
    are farthest from their mean in the pattern.

    The first call for a layer and state reads the whole recording: call it from a thread. Raises as
    ``states_of`` and ``Release.recording`` do.
    """
    states, shown = _codes(release, pattern.layer, pattern.state), _pattern_codes(release, pattern)
    units = _farthest(shown, np.array(pattern.units, np.int64))
    windows = nearest_windows(
        states, shown[units], units, limit=LISTED, own=_own_place(release, pattern)
    )
    found = in_context(release, windows.starts.tolist(), windows.distances.tolist(), pattern.length)
    return tuple(found)


@cached_by_release
def _codes(release: Release, layer: int, state: str) -> CodedStates:
    summary = unit_summary(release, layer, state)
    return coded_states(
        release.recording(), release.sentences.of_tokens(), layer=layer, state=state,
        mean=summary["mean"], std=summary["std"],
    )  # fmt: skip


def _pattern_codes(release: Release, pattern: Pattern) -> Int8Array:
    """int8[units of the layer, length]."""
    layer, state = pattern.layer, pattern.state
    summary = unit_summary(release, layer, state)
    values = states_of(release, pattern.sentence, layer, state, pattern.start).values
    stretch = values[pattern.first : pattern.first + pattern.length]
    return coded(stretch, summary["mean"], summary["std"]).T


def _farthest(codes: Int8Array, units: Int64Array) -> Int64Array:
    """At most MOST_COMPARED of the units, in their order: those farthest from their mean."""
    distances = np.square(codes[units], dtype=np.float64).sum(axis=1)
    kept: Int64Array = np.sort(units[np.argsort(-distances, kind="stable")[:MOST_COMPARED]])
    return kept


def _own_place(release: Release, pattern: Pattern) -> int | None:
    """The pattern's own first token, of a recorded sentence."""
    if isinstance(pattern.sentence, str):
        return None
    tokens = release.sentences.tokens(pattern.sentence)["token"]
    return int(tokens[pattern.first].as_py())
