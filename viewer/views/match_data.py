"""What the browser shows of how the clusters of two panes match, and their numbers there."""

from collections.abc import Callable
from typing import Any

import numpy as np

from viewer.data.cluster_matching import ClusterMatching
from viewer.state.explorer_state import ExplorerState

_LEGENDS = {
    "words": "words in common with the cloud of the same number",
    "cells": "cells in common with the chip of the same number",
}


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
    legend = [_LEGENDS[what], f"{what} in common, of {matching.shared:,}", f"{what} in common"]
    return {"jaccard": jaccard, "texts": texts, "legend": legend}


def renumbered(pinned: str, number: Callable[[int], int]) -> str:
    """A pinned "chip~4" with ``number`` of its cluster, which counts from 0."""
    kind, _, written = pinned.partition("~")
    return f"{kind}~{number(int(written) - 1) + 1}" if pinned else ""


def shown_silenced(state: ExplorerState) -> int | None:
    """The silenced chip as the screen numbers it."""
    return None if state.silenced is None else state.analysis.to_shown(state.silenced)
