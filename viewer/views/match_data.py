"""What the browser shows of how the clusters of two panes match, and their numbers there."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from viewer.data.cluster_matching import ClusterMatching
from viewer.percentages import percent
from viewer.state.explorer_state import ExplorerState

_OF = {"words": ("cloud", "clouds"), "cells": ("chip", "chips")}
_LISTED = 3
"""Words that stand for a cloud, and clusters without a pair that are listed."""
Words = Sequence[Sequence[str]]
"""Those of every cluster, the strongest first."""


def match_data(state: ExplorerState) -> dict[str, Any]:
    """``jaccard`` float32[clusters], NaN without a match, and a text each, in the order shown;
    ``legend`` the forms of a text, the longest first. Empty where nothing is matched."""
    matching = None if state.match is None else state.match.matching()
    if matching is None or state.match is None:
        return {}
    return cluster_marks(matching, state.match.side(state))


def cluster_marks(matching: ClusterMatching, side: int) -> dict[str, Any]:
    """The same of one side of a matching."""
    num_pairs, number = len(matching.pairs), matching.num_clusters[side]
    jaccard = np.full(number, np.nan, np.float32)
    jaccard[:num_pairs] = matching.jaccard
    what = matching.items
    texts = [
        f"{common:,} of {together:,} {what} in either are in both (Jaccard {value:.2f})"
        for common, together, value in zip(
            matching.common, matching.together, matching.jaccard, strict=True
        )
    ]
    texts += [f"has no {what} in common with a cluster of the other pane that is still free"] * (
        number - num_pairs
    )
    free = "; dashed: no pair" if number > num_pairs else ""
    legend = [
        f"{what} in common with the {_OF[what][0]} of the same number{free}",
        f"{what} in common, of {matching.shared:,}{free}", f"{what} in common{free}",
    ]  # fmt: skip
    return {"jaccard": jaccard, "texts": texts, "legend": legend}


def difference_text(matching: ClusterMatching, words: tuple[Words, Words]) -> str:
    """What differs most between two panes: the pair with the least in common, and the clusters
    without one, as they are numbered on the screen. ``words`` of the first's and the second's."""
    what = matching.items
    name, names = _OF[what]
    found = []
    if len(matching.pairs) and matching.jaccard.min() < 1:
        least = int(matching.jaccard.argmin())
        one, other = (
            _like(words[side][cluster])
            for side, cluster in enumerate(matching.pairs[least].tolist())
        )
        share = percent(matching.jaccard[least])
        apart = f"left: {one}; right: {other}"
        found.append(f"{names} {least + 1}, {share} of their {what} in common ({apart})")
    for side, where in enumerate(("left", "right")):
        number, order = matching.num_clusters[side], matching.order(side)
        free = range(len(matching.pairs), number)
        listed = [
            f"{i + 1} ({_like(words[side][order[i] if order else i])})" for i in free[:_LISTED]
        ]
        more = [f"{len(free) - _LISTED} more"] if len(free) > _LISTED else []
        if listed:
            kind = names if len(free) > 1 else name
            found.append(f"no pair for {where} {kind} {', '.join([*listed, *more])}")
    if not found:
        return f"No difference: every {name} of one pane has the same {what} as one of the other"
    return f"Largest difference: {'; '.join(found)}"


def _like(words: Sequence[str]) -> str:
    return ", ".join(words[:_LISTED]) or "no words"


def renumbered(pinned: str, number: Callable[[int], int]) -> str:
    """A pinned "chip~4" with ``number`` of its cluster, which counts from 0."""
    kind, _, written = pinned.partition("~")
    return f"{kind}~{number(int(written) - 1) + 1}" if pinned else ""


def shown_silenced(state: ExplorerState) -> int | None:
    """The silenced chip as the screen numbers it."""
    return None if state.silenced is None else state.analysis.to_shown(state.silenced)
