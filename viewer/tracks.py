"""Colours of words by an annotation that came with a recording.

A category of a word is its most frequent one. Numbers are put into a few classes with about equally
many words each, so that a legend can name them. Either way a word gets one of a few names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from viewer import store
from viewer.theme import TAG_NAMES, Theme
from warehouse.reader import Release

OTHER = "other"
CLASSES_OF_NUMBERS = 5


@dataclass(frozen=True)
class Colouring:
    """``tags`` holds the name of every word of the vocabulary (None for none), ``names`` them all
    in the order of the legend; those of ordered ones go from low to high."""

    tags: tuple[str | None, ...]
    names: tuple[str, ...]
    ordered: bool


@lru_cache(maxsize=64)
def colouring_of(release: Release, track: str) -> Colouring:
    """What an annotation says of the words. Raises ReleaseError where the release has no such
    annotation."""
    rows, words = release.word_annotations(track), len(store.vocabulary_of(release).words)
    colour = _by_number if release.annotations[track] == "numeric" else _by_category
    return colour(rows, words)


def _by_category(rows: pa.Table, words: int) -> Colouring:
    """The most frequent categories by name, as many as there are colours; the others are one."""
    counted = rows.group_by("category").aggregate([("count", "sum")])
    order = counted.sort_by([("count_sum", "descending"), ("category", "ascending")])
    named = order["category"].to_pylist()
    most = len(_distinct(TAG_NAMES))
    names = named if len(named) <= most else [*named[: most - 1], OTHER]
    tags: list[str | None] = [None] * words
    for word, category in zip(
        rows["word_id"].to_pylist(), rows["category"].to_pylist(), strict=True
    ):
        tags[word] = category if category in names else OTHER
    return Colouring(tuple(tags), tuple(names), ordered=False)


def _by_number(rows: pa.Table, words: int) -> Colouring:
    means = rows["mean"].to_numpy()
    inner = np.linspace(0, 1, CLASSES_OF_NUMBERS + 1)[1:-1]
    edges = np.unique(np.quantile(means, inner))
    place = np.searchsorted(edges, means, side="right")
    names = [
        f"{means[place == number].min():.3g} to {means[place == number].max():.3g}"
        for number in np.unique(place)
    ]
    tags: list[str | None] = [None] * words
    for word, number in zip(rows["word_id"].to_pylist(), place.tolist(), strict=True):
        tags[word] = names[int(np.searchsorted(np.unique(place), number))]
    return Colouring(tuple(tags), tuple(dict.fromkeys(names)), ordered=True)


def _distinct(tags: Mapping[str, str]) -> list[str]:
    """The tags that have a colour of their own."""
    return [tag for tag in tags if tag not in (".", "X")]


def palette(colouring: Colouring, theme: Theme) -> dict[str, str]:
    """A colour for every name, readable as text on the theme's card."""
    if colouring.ordered:
        low, high = theme.ramp[0], theme.ramp[-1]
        colours = [low, theme.colours["negative"], theme.colours["ink-2"],
                   theme.colours["positive"], high]  # fmt: skip
        places = np.linspace(0, len(colours) - 1, len(colouring.names)).round().astype(int)
        return dict(zip(colouring.names, [colours[i] for i in places.tolist()], strict=True))
    own = [theme.tags[tag] for tag in _distinct(TAG_NAMES)]
    chosen = dict(zip(colouring.names, own, strict=False))
    return chosen | ({OTHER: theme.tags["X"]} if OTHER in colouring.names else {})
