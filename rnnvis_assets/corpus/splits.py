"""Which document goes into which split, and how a training split is balanced."""

from collections.abc import Hashable, Sequence

import numpy as np

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitName, SplitShares
from warehouse.arrays import Int32Array, Int64Array


def deal_documents(
    keys: Sequence[Hashable], labels: Sequence[str | None], fractions: SplitShares
) -> list[SplitName]:
    """The split of every document, in the order given, with the configured fractions in each class.

    Documents with equal keys (the same text) fall in the same split, whatever their labels; a
    group's class is that of its first document. The same input and seed give the same splits.
    """
    sizes: dict[Hashable, int] = {}
    group_labels: dict[Hashable, str | None] = {}
    for key, label in zip(keys, labels, strict=True):
        sizes[key] = sizes.get(key, 0) + 1
        group_labels.setdefault(key, label)
    generator = np.random.default_rng(fractions.seed)
    dealt: dict[Hashable, SplitName] = {}
    for label in sorted(set(group_labels.values()), key=str):
        groups = [key for key in sizes if group_labels[key] == label]
        order = generator.permutation(len(groups))
        counts = np.array([sizes[groups[i]] for i in order])
        for i, split in zip(order, _cut(counts, fractions), strict=True):
            dealt[groups[i]] = SPLITS[split]
    return [dealt[key] for key in keys]


def _cut(counts: Int64Array, fractions: SplitShares) -> Int64Array:
    """Index into SPLITS of each group in a row of groups, by where its middle lies."""
    middles = (np.cumsum(counts) - counts / 2) / counts.sum()
    return np.digitize(middles, [fractions.train, fractions.train + fractions.validation])  # type: ignore[no-any-return]


def oversample(labels: Int32Array, seed: int) -> Int64Array:
    """Indices into ``labels`` in which every class comes as often as the largest one.

    Every index comes at least once; those of a smaller class are repeated evenly (their numbers
    of repeats differ by one at most), and ``seed`` picks which come once more. Sorted.
    """
    generator = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    picked = [
        np.resize(generator.permutation(np.flatnonzero(labels == label)), counts.max())
        for label in classes
    ]
    return np.sort(np.concatenate(picked)) if picked else np.zeros(0, np.int64)
