"""Good and bad words by a published lexicon: Pattern's subjectivity lexicon of English (De Smedt
and Daelemans 2012, public domain), which TextBlob brings along."""

from collections.abc import Mapping
from functools import cache

from rnnvis_assets.findings.word_lists import BAD, GOOD

CLEAR = 0.3
"""Words beyond this polarity, of -1 to 1, count as good or bad: *fresh* has 0.3, *rude* -0.3."""


@cache
def polarities() -> Mapping[str, float]:
    """The mean polarity over its senses, from -1 to 1, of every word of the lexicon."""
    from textblob.en import sentiment

    sentiment.load()
    return {word: by_tag[None][0] for word, by_tag in sentiment.items()}


def good_and_bad() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the hand-made lists, which come first, and those of the lexicon."""
    found = {word: polarity for word, polarity in polarities().items() if abs(polarity) >= CLEAR}
    good = [word for word, polarity in found.items() if polarity > 0 and word not in BAD]
    bad = [word for word, polarity in found.items() if polarity < 0 and word not in GOOD]
    return tuple(dict.fromkeys((*GOOD, *good))), tuple(dict.fromkeys((*BAD, *bad)))
