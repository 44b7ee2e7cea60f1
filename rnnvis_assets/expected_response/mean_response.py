"""Expected responses: how each word changes the state, unit by unit (paper, Eq. 5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnvis_assets.expected_response.word_buckets import BUDGET_BYTES, WordBlock, read_by_bucket
from rnnvis_assets.expected_response.word_statistics import (
    group_by_word,
    mean_rows,
    quantiles_of_rows,
)
from warehouse.arrays import Float32Array, Int32Array, Int64Array
from warehouse.schema import QUANTILES


@dataclass(frozen=True)
class ExpectedResponse:
    """What words do to one state of one layer, for the words that occur, ascending.

    ``word_ids`` int32[words]; ``counts`` int64[words], occurrences as input; ``mean``
    float32[words, units] and ``quantiles`` float32[5, words, units] (9, 25, 50, 75, 91 %) of
    s_t - s_(t-1) over the occurrences.
    """

    word_ids: Int32Array
    counts: Int64Array
    mean: Float32Array
    quantiles: Float32Array


def count_words(blocks: Iterable[Int32Array]) -> Int64Array:
    """Occurrences of every word id, from 0 to the largest that occurs: int64[words]."""
    counts = np.zeros(0, np.int64)
    for word_ids in blocks:
        found = np.bincount(word_ids, minlength=len(counts))
        found[: len(counts)] += counts
        counts = found
    return counts


def respond(word_ids: Int32Array, changes: Float32Array) -> ExpectedResponse:
    """Expected responses of steps in memory: words int32[steps], changes float32[steps, units]."""
    grouping = group_by_word(word_ids)
    return ExpectedResponse(
        word_ids=grouping.word_ids,
        counts=grouping.counts,
        mean=mean_rows(grouping, changes),
        quantiles=quantiles_of_rows(grouping, changes, tuple(QUANTILES.values())),
    )


def expected_responses(
    blocks: Iterable[WordBlock],
    counts: Int64Array,
    units: int,
    *,
    scratch: Path,
    budget_bytes: int = BUDGET_BYTES,
) -> Iterator[ExpectedResponse]:
    """Expected responses of steps that need not fit in memory, in pieces, words ascending.

    ``blocks`` and ``counts`` as for :func:`read_by_bucket`, which names the errors too.
    """
    for bucket in read_by_bucket(blocks, counts, units, scratch=scratch, budget_bytes=budget_bytes):
        yield _join_units([respond(*block) for block in bucket])


def _join_units(pieces: list[ExpectedResponse]) -> ExpectedResponse:
    if len(pieces) == 1:
        return pieces[0]
    return ExpectedResponse(
        word_ids=pieces[0].word_ids,
        counts=pieces[0].counts,
        mean=np.concatenate([piece.mean for piece in pieces], axis=-1),
        quantiles=np.concatenate([piece.quantiles for piece in pieces], axis=-1),
    )
