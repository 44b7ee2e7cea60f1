"""Negative words by a published lexicon: the adjectives of De Smedt and Daelemans, *Pattern for
Python*, JMLR 13 (2012), as the package TextBlob carries them, polarity from -1 to 1."""

from functools import cache

CLEARLY = -0.25
"""The largest polarity of a word that is called negative; *slow* has -0.3, *awful* -1."""


@cache
def _polarities() -> dict[str, float]:
    from textblob.en import sentiment

    sentiment.load()
    return {word: found[None][0] for word, found in dict.items(sentiment)}


def clearly_negative(word: str) -> bool:
    """Whether the lexicon has the word with a polarity of ``CLEARLY`` or less."""
    return _polarities().get(word, 0.0) <= CLEARLY
