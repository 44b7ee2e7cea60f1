"""Mean of the rows of every word, at the speed of reading memory once."""

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from rnnvis_assets.expected_response.group_by_word import Grouping

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]

BAG_ROWS = 64
"""Rows added up in float32; longer sums are put together from such bags in float64."""


def mean_rows(grouping: Grouping, values: Floats) -> Floats:
    """Mean over each word's rows of float32[tokens, units]: float32[words, units].

    Off by a few float32 roundings at most, however often a word occurs (DESIGN section 5).
    """
    counts = grouping.counts
    more_bags = (counts - 1) // BAG_ROWS
    in_first = np.arange(len(grouping.rows)) - np.repeat(grouping.starts, counts) < BAG_ROWS
    # The first bag of every word, then all others: so the means are a view of the bags, and one
    # parallel call, weighting as it adds, does all.
    order = np.concatenate([np.flatnonzero(in_first), np.flatnonzero(~in_first)])
    bags = _add_up(
        values,
        grouping.rows[order],
        np.repeat((1 / counts).astype(np.float32), counts)[order],
        np.concatenate([np.minimum(counts, BAG_ROWS), _sizes_after_first(counts, more_bags)]),
    )
    means, others = bags[: len(counts)], bags[len(counts) :]
    frequent = np.flatnonzero(more_bags)
    if len(frequent):
        starts = (np.cumsum(more_bags) - more_bags)[frequent]
        means[frequent] += np.add.reduceat(others, starts, axis=0, dtype=np.float64)
    return means


def _sizes_after_first(counts: Counts, more_bags: Counts) -> Counts:
    """Rows of every bag but each word's first: full ones, and the last with what is left."""
    sizes = np.full(more_bags.sum(), BAG_ROWS)
    frequent = more_bags > 0
    last = np.cumsum(more_bags)[frequent] - 1
    sizes[last] = (counts - more_bags * BAG_ROWS)[frequent]
    return sizes


def _add_up(values: Floats, rows: npt.NDArray[np.int64], weights: Floats, sizes: Counts) -> Floats:
    """Weighted sums of consecutive stretches of ``rows``, ``sizes`` long each."""
    bags = functional.embedding_bag(
        torch.from_numpy(rows),
        torch.from_numpy(values),
        torch.from_numpy(np.cumsum(sizes) - sizes),
        mode="sum",
        per_sample_weights=torch.from_numpy(weights),
    )
    return bags.numpy()
