"""Which words a network knows: counted on the training split alone."""

from collections.abc import Sequence

import numpy as np

from rnnvis_assets.configuration.dataset_config import VocabularyLimits
from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, UNKNOWN, Vocabulary
from warehouse.arrays import Int64Array
from warehouse.errors import CorpusError


def build_vocabulary(
    lexicon: Sequence[str], train_counts: Int64Array, limits: VocabularyLimits
) -> Vocabulary:
    """The most frequent words of ``lexicon``, in descending order of count, then by alphabet.

    ``train_counts`` int64[lexicon]. ``<unk>`` always has an id, as a word typed later may be
    unknown, and counts the training tokens that are; ``<eos>`` has one where it occurs. Both count
    towards ``limits.size``. The words are untagged. Raises CorpusError where fewer than two
    ordinary words are left.
    """
    counts = dict(zip(lexicon, train_counts.tolist(), strict=True))
    special = {UNKNOWN} | ({END_OF_SENTENCE} & counts.keys())
    ordinary = [
        word
        for word, count in counts.items()
        if count >= limits.minimum_count and word not in special
    ]
    most = None if limits.size is None else max(limits.size - len(special), 0)
    kept = sorted(ordinary, key=lambda word: (-counts[word], word))[:most]
    if len(kept) < 2:
        raise CorpusError(
            f"the vocabulary would hold {len(kept)} ordinary words ({', '.join(kept) or 'none'}) "
            f"of {len(counts)} found, expected at least 2",
            repair="give more text, or relax vocabulary.size and vocabulary.minimum_count",
        )
    known = {word: counts[word] for word in (*kept, *(special - {UNKNOWN}))}
    known[UNKNOWN] = sum(counts.values()) - sum(known.values())
    words = sorted(known, key=lambda word: (-known[word], word))
    return Vocabulary(
        words=tuple(words),
        train_counts=np.array([known[word] for word in words], np.int64),
        tags=(None,) * len(words),
        tag_shares=np.full(len(words), np.nan, np.float32),
    )
