"""Text to sentences and tokens, by the rules of a dataset: for a corpus and for a typed sentence.

``tokenize(join_tokens(tokens, config), config) == tokens`` for whatever ``tokenize`` gave.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

import regex
from nltk.tokenize import NLTKWordTokenizer
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, NUMBER, UNKNOWN

ABBREVIATIONS = frozenset({
    "approx", "cf", "dr", "e.g", "eds", "eq", "eqs", "al", "etc", "fig", "figs", "i.e", "incl",
    "jr", "mr", "mrs", "ms", "nos", "pp", "prof", "resp", "st", "u.k", "u.s", "viz", "vol", "vs",
    "w.r.t",
})  # fmt: skip

_POSSIBLE_END = re.compile(r"[.?!]\S*\s")
_SPECIAL = re.compile(f"({UNKNOWN}|{END_OF_SENTENCE})")
_NUMBER_SYMBOL = re.compile(rf"(?<!\S){NUMBER}(?!\S)")
_NUMBER = re.compile(r"[+-]?[.,]?\d[\d.,:/]*")
_OUTER_PUNCTUATION = regex.compile(r"^[\W_]+|[\W_]+$")
_RUN_OF_LETTERS = regex.compile(r"\w+(?:['’.,:-]\w+)*|[^\w\s]")
"""With their marks, which ``re`` counts as no letters: vowel signs of Hindi, say."""
_ABBREVIATION = re.compile(
    rf"(?:{'|'.join(map(re.escape, ABBREVIATIONS))})\.|(?:[^\W\d_]\.){{2,}}", re.I
)
_TREEBANK = NLTKWordTokenizer()


def tokenize(text: str, config: Tokenizer) -> list[str]:
    """The tokens of one sentence (or document), ``<eos>`` last where the dataset uses it.

    ``<unk>``, ``<eos>`` and, where numbers become ``N``, a free-standing ``N`` pass as they are.
    Text without any token gives an empty list.
    """
    tokens = []
    for part in _SPECIAL.split(_lowercase(text, config)):
        if part in (UNKNOWN, END_OF_SENTENCE):
            tokens.append(part)
        else:
            tokens += _ordinary_tokens(part, config)
    if tokens and config.end_of_sentence and tokens[-1] != END_OF_SENTENCE:
        tokens.append(END_OF_SENTENCE)
    return tokens


def join_tokens(tokens: list[str], config: Tokenizer) -> str:
    """The text of tokens: joined by blanks, or by nothing where tokens are characters."""
    return ("" if config.kind == "character" else " ").join(tokens)


def _lowercase(text: str, config: Tokenizer) -> str:
    if not config.lowercase:
        return text
    if config.numbers == "keep":
        return text.lower()
    return NUMBER.join(part.lower() for part in _NUMBER_SYMBOL.split(text))


def _ordinary_tokens(text: str, config: Tokenizer) -> list[str]:
    tokens = _SPLITTERS[config.kind](text)
    if config.punctuation == "drop":
        tokens = [kept for token in tokens if (kept := _without_punctuation(token))]
    if config.numbers == "symbol":
        tokens = [NUMBER if _NUMBER.fullmatch(token) else token for token in tokens]
    return tokens


def _without_punctuation(token: str) -> str:
    return token if token.isspace() else _OUTER_PUNCTUATION.sub("", token)


@lru_cache(maxsize=2**18)
def _words_of(chunk: str) -> tuple[str, ...]:
    """The words of text without blanks, each of which is split no further.

    As in the Penn Treebank (``do n't``), but with plain quotation marks.
    """
    if _ABBREVIATION.fullmatch(chunk):
        return (chunk,)
    parts = ['"' if part in ("``", "''") else part for part in _TREEBANK.tokenize(chunk)]
    if len(parts) == 1:
        return tuple(parts)
    return tuple(word for part in parts for word in _words_of(part))


def _words(text: str) -> list[str]:
    return [word for chunk in text.split() for word in _words_of(chunk)]


def _runs(text: str) -> list[str]:
    return [word for chunk in text.split() for word in _RUN_OF_LETTERS.findall(chunk)]


_SPLITTERS: Mapping[str, Callable[[str], list[str]]] = MappingProxyType(
    {"whitespace": str.split, "word": _words, "unicode": _runs, "character": list}
)


def split_sentences(text: str) -> list[str]:
    """The sentences of English ``text``, in order, without the blanks between them.

    By NLTK's Punkt with the abbreviations above, so that it needs no data.
    """
    if not _POSSIBLE_END.search(text):  # most texts; Punkt would say the same, slowly
        return [text] if text.strip() else []
    sentences: list[str] = _punkt().tokenize(text)
    return sentences


@cache
def _punkt() -> PunktSentenceTokenizer:
    parameters = PunktParameters()
    parameters.abbrev_types = set(ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)
