"""Colours of words, in clouds and in sentences, by an annotation that came with a recording.

A category of a word is its most frequent one. Numbers are put into a few classes with about equally
many words each, so that a legend can name them. Either way a word gets one of a few names.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from viewer.data import release_store
from viewer.data.release_cache import cached_by_release
from viewer.theme_colours import TAG_NAMES, Theme
from warehouse.arrays import Float64Array
from warehouse.reader import Release

OTHER = "other"
_DISTINCT = tuple(tag for tag in TAG_NAMES if tag not in (".", "X"))
"""The tags that have a colour of their own."""
CLASSES_OF_NUMBERS = 5


@dataclass(frozen=True)
class Colouring:
    """``tags`` holds the name of every word of the vocabulary (None for none), ``names`` them all
    in the order of the legend. Numbers have ``edges``: a class begins at each, after the first
    class; categories have None."""

    tags: tuple[str | None, ...]
    names: tuple[str, ...]
    edges: tuple[float, ...] | None = None

    def name_of(self, category: str | None, value: float | None) -> str | None:
        """The name of one token, by its own category or value."""
        if self.edges is not None:
            return None if value is None else self.names[bisect_right(self.edges, value)]
        if category is None:
            return None
        return category if category in self.names else OTHER


@cached_by_release
def colouring_of(release: Release, track: str) -> Colouring:
    """What an annotation says of the words. Raises ReleaseError where the release has no such
    annotation."""
    rows = release.annotations.words(track)
    words = len(release_store.vocabulary_of(release).words)
    colour = _by_number if release.annotations.kinds[track] == "numeric" else _by_category
    return colour(rows, words)


def _by_category(rows: pa.Table, words: int) -> Colouring:
    """The most frequent categories by name, as many as there are colours; the others are one."""
    counted = rows.group_by("category").aggregate([("count", "sum")])
    order = counted.sort_by([("count_sum", "descending"), ("category", "ascending")])
    named = order["category"].to_pylist()
    most = len(_DISTINCT)
    names = named if len(named) <= most else [*named[: most - 1], OTHER]
    tags: list[str | None] = [None] * words
    for word, category in zip(
        rows["word_id"].to_pylist(), rows["category"].to_pylist(), strict=True
    ):
        tags[word] = category if category in names else OTHER
    return Colouring(tuple(tags), tuple(names))


def _by_number(rows: pa.Table, words: int) -> Colouring:
    """Classes of about equally many words; each is called by the means of its first and last."""
    means = np.sort(rows["mean"].to_numpy())
    inner = np.linspace(0, 1, CLASSES_OF_NUMBERS + 1)[1:-1]
    found = np.quantile(means, inner, method="higher")
    edges = np.unique(found[found > means[0]])
    classes = np.split(means, np.searchsorted(means, edges))
    colouring = Colouring((), _ranges(classes), tuple(edges.tolist()))
    tags: list[str | None] = [None] * words
    for word, mean in zip(rows["word_id"].to_pylist(), rows["mean"].to_pylist(), strict=True):
        tags[word] = colouring.name_of(None, mean)
    return replace(colouring, tags=tuple(tags))


def _ranges(classes: Sequence[Float64Array]) -> tuple[str, ...]:
    """From the lowest to the highest of each class, in as few digits as make the names distinct."""
    for digits in (3, 5, 17):
        names = [f"{each[0]:.{digits}g} to {each[-1]:.{digits}g}" for each in classes]
        if len(set(names)) == len(names):
            break
    return tuple(names)


def token_names(release: Release, sentence_id: int, track: str) -> list[str | None]:
    """The name of each token of a recorded sentence, by the token's own category or value."""
    colouring = colouring_of(release, track)
    names: list[str | None] = [None] * release.sentences.tokens(sentence_id).num_rows
    for row in release.annotations.tokens(sentence_id, track).to_pylist():
        names[row["position"]] = colouring.name_of(row["category"], row["value"])
    return names


def palette(colouring: Colouring, theme: Theme) -> dict[str, str]:
    """A colour for every name, readable as text on the theme's card."""
    if colouring.edges is not None:
        low, high = theme.ramp[0], theme.ramp[-1]
        colours = [low, theme.colours["negative"], theme.colours["ink-2"],
                   theme.colours["positive"], high]  # fmt: skip
        places = np.linspace(0, len(colours) - 1, len(colouring.names)).round().astype(int)
        return dict(zip(colouring.names, [colours[i] for i in places.tolist()], strict=True))
    own = [theme.tags[tag] for tag in _DISTINCT]
    chosen = dict(zip(colouring.names, own, strict=False))
    return chosen | ({OTHER: theme.tags["X"]} if OTHER in colouring.names else {})
