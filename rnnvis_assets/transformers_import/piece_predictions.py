"""What a language model of pieces expects of words: the probability of a word is the product of
those of its pieces."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from rnnvis_assets.matrix_memory.sequence_blocks import batches_by_length
from rnnvis_assets.network.expected_words import NUM_TOP_WORDS, NextWordPredictions
from rnnvis_assets.recording.recording_plan import Offsets
from rnnvis_assets.transformers_import.word_pieces import WordPieces
from warehouse.arrays import Float64Array, Int32Array

LOGIT_BYTES = 256 * 2**20
"""Of one call, unless a single sequence has more."""
ReadLogits = Callable[[Tensor], Tensor]
"""Logits float[batch, steps, pieces] for int64[batch, steps] pieces."""


def next_words(
    logits: ReadLogits, pieces: WordPieces, words: Int32Array, sequences: Offsets, rows: int
) -> NextWordPredictions:
    """What is expected after each of ``words`` int32[tokens], cut into ``sequences``, each read in
    one go; the likeliest are of the words of one piece. ``rows`` is the number of pieces that the
    network knows."""
    single, word_of = _words_of_one_piece(pieces)
    shape = (len(words), min(NUM_TOP_WORDS, len(single)))
    found = NextWordPredictions(
        np.empty(max(len(words) - 1, 0), np.float32),  # nothing follows the last
        np.empty(shape, np.int32),
        np.empty(shape, np.float32),
    )
    spans = [slice(*ends) for ends in pairwise(sequences.tolist()) if ends[0] < ends[1]]
    texts = [pieces.of(words[span.start : span.stop + 1]) for span in spans]
    lengths = {n: sum(map(len, text)) for n, text in enumerate(texts)}
    for batch in batches_by_length(lengths, LOGIT_BYTES // (4 * rows)):
        read = [torch.tensor([piece for own in texts[n] for piece in own]) for n in batch]
        given = logits(pad_sequence(read, batch_first=True))
        for n, own, ids in zip(batch, given, read, strict=True):
            span, text = spans[n], texts[n]
            ends = np.cumsum([len(word) for word in text])
            log_sums = _log_sums(own, ids)
            later = log_sums[ends[1:] - 1] - log_sums[ends[:-1] - 1]
            found.log_probabilities[span] = later
            at = own[torch.from_numpy(ends[: span.stop - span.start] - 1)]
            top = at[:, single].topk(shape[1], dim=1)
            found.top_words[span] = word_of[top.indices.numpy()]
            shares = (top.values - at.logsumexp(1, keepdim=True)).exp()
            found.top_probabilities[span] = shares.numpy()
    return found


def _log_sums(logits: Tensor, ids: Tensor) -> Float64Array:
    """float64[pieces]: the log probability of all pieces up to each, after the first."""
    given = logits[: len(ids) - 1]
    chosen = given.gather(1, ids[1:, None])[:, 0] - given.logsumexp(1)
    sums: Float64Array = np.concatenate([[0.0], chosen.double().cumsum(0).numpy()])
    return sums


def _words_of_one_piece(pieces: WordPieces) -> tuple[Tensor, Int32Array]:
    """Pieces that are words by themselves, and the word of each (the first of several)."""
    found: dict[int, int] = {}
    for word, ids in enumerate(pieces.ids):
        if len(ids) == 1 and word not in pieces.unknown:
            found.setdefault(ids[0], word)
    return torch.tensor(list(found), dtype=torch.int64), np.array(list(found.values()), np.int32)
