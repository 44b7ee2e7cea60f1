"""Cutting English text into sentences: NLTK's Punkt with abbreviations of our own, so no data."""

import re
from functools import cache

from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

ABBREVIATIONS = frozenset({
    "approx", "cf", "dr", "e.g", "eds", "eq", "eqs", "al", "etc", "fig", "figs", "i.e", "incl",
    "jr", "mr", "mrs", "ms", "nos", "pp", "prof", "resp", "st", "u.k", "u.s", "viz", "vol", "vs",
    "w.r.t",
})  # fmt: skip


_POSSIBLE_END = re.compile(r"[.?!]\S*\s")


@cache
def _tokenizer() -> PunktSentenceTokenizer:
    parameters = PunktParameters()
    parameters.abbrev_types = set(ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, without the blanks between them."""
    if not _POSSIBLE_END.search(text):  # most texts; Punkt would say the same, slowly
        return [text] if text.strip() else []
    sentences: list[str] = _tokenizer().tokenize(text)
    return sentences
