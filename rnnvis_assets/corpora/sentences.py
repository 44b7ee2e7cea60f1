"""Cutting English text into sentences: NLTK's Punkt with abbreviations of our own, so no data."""

from functools import cache

from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

ABBREVIATIONS = frozenset(
    "al approx ca cf dr e.g ed eds eq eqs etc fig figs i.e incl jr mr mrs ms no nos p pp prof ref "
    "refs resp sec st u.k u.s viz vol vs w.r.t".split()
)


@cache
def _tokenizer() -> PunktSentenceTokenizer:
    parameters = PunktParameters()
    parameters.abbrev_types = set(ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, without the blanks between them."""
    sentences: list[str] = _tokenizer().tokenize(text)
    return sentences
