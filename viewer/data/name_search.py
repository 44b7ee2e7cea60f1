"""Finding words and units by name: whole names from the search line or an address, and suggestions
while a name is being typed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

import numpy as np

from viewer.data.release_store import ReleaseVocabulary
from viewer.state.selection import MOST_UNITS, MOST_WORDS

MOST = 8
"""Suggestions that are shown at once."""
_NAME = re.compile(r"unit\s+\d{1,9}|[^\s,]+", re.IGNORECASE)
_UNIT = re.compile(r"unit\s+(\d{1,9})", re.IGNORECASE)
_PIN = re.compile(r"(?:chip|cloud)~(\d{1,3})")
_LAST_NAME = re.compile(r"(?:unit\s+\d*|[^\s,]+)$", re.IGNORECASE)
_STARTED_UNIT = re.compile(r"unit\s+(\d*)", re.IGNORECASE)


@dataclass(frozen=True)
class NamesFound:
    """Word ids and units in the order they were named, and what is wrong with them, or ""."""

    words: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    problem: str = ""


def find_names(text: str, vocabulary: ReleaseVocabulary, num_units: int) -> NamesFound:
    """Words and units named together: "she, for" or "unit 7, unit 9"."""
    whole = text.strip()
    names = [whole] if whole in vocabulary.place else _NAME.findall(whole)
    units = [int(name[1]) for name in map(_UNIT.fullmatch, names) if name]
    words = [name for name in names if not _UNIT.fullmatch(name)]
    found = find_words(words, vocabulary)
    problem = found.problem or units_problem(units, num_units)
    return NamesFound(problem=problem) if problem else NamesFound(found.words, tuple(units))


def find_words(
    names: Sequence[str], vocabulary: ReleaseVocabulary, after: Sequence[int] = ()
) -> NamesFound:
    """The ids ``after`` which to add those of words by their texts, in lower case where only that
    is known."""
    words = list(after)
    for name in names:
        word_id = vocabulary.place.get(name, vocabulary.place.get(name.lower()))
        if word_id is None:
            near = get_close_matches(name.lower(), vocabulary.place, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            return NamesFound(problem=f"“{name}” is not in the vocabulary{hint}")
        if not vocabulary.counts[word_id]:
            return NamesFound(problem=f"“{name}” does not occur in the recorded text")
        words.append(word_id)
    if len(words) > MOST_WORDS:
        return NamesFound(problem=f"found {len(words)} words, expected {MOST_WORDS} at most")
    return NamesFound(tuple(words))


def units_problem(units: Sequence[int], num_units: int) -> str:
    """What is wrong with the numbers of units, or ""."""
    for unit in units:
        if not 0 <= unit < num_units:
            return f"found unit {unit}, expected one from 0 to {num_units - 1}"
    if len(units) > MOST_UNITS:
        return f"found {len(units)} units, expected {MOST_UNITS} at most"
    return ""


def pin_problem(text: str, num_clusters: int) -> str:
    """What is wrong with the name of a chip or cloud, as "chip~4", or ""; "" names nothing."""
    match = _PIN.fullmatch(text)
    if not text or (match and 1 <= int(match[1]) <= num_clusters):
        return ""
    return f"found “{text}”, expected chip or cloud, ~ and a number from 1 to {num_clusters}"


def suggestions(text: str, vocabulary: ReleaseVocabulary, num_units: int) -> list[dict[str, Any]]:
    """At most MOST names that complete the last one in ``text``: {name, text, tag, count}, where
    ``text`` is the completed whole; a unit has no tag and no count. A word may hold spaces: where
    the whole is one, it comes first."""
    last, whole = _LAST_NAME.search(text), text.strip()
    if last is None:
        return []
    known = vocabulary.place.get(whole)
    before, typed = (text[: last.start()], last[0]) if known is None else ("", whole)
    unit = _STARTED_UNIT.fullmatch(typed)
    if unit:
        numbers = (str(number) for number in range(num_units))
        names = [f"unit {number}" for number in numbers if number.startswith(unit[1])]
        nothing = {"tag": None, "count": None}
        return [{"name": name, "text": before + name, **nothing} for name in names[:MOST]]
    found = islice(_completions(typed.lower(), vocabulary), MOST)
    ordered = sorted(found, key=lambda i: i != known)
    return [_suggestion(before, i, vocabulary) for i in ordered]


def suggested_words(words: Iterable[int], vocabulary: ReleaseVocabulary) -> list[dict[str, Any]]:
    """The first MOST words, as ``suggestions`` gives them."""
    return [_suggestion("", i, vocabulary) for i in islice(words, MOST)]


def _suggestion(before: str, word: int, vocabulary: ReleaseVocabulary) -> dict[str, Any]:
    name, tag = vocabulary.words[word], vocabulary.tags[word]
    count = int(vocabulary.counts[word])
    return {"name": name, "text": before + name, "tag": tag, "count": count}


def _completions(typed: str, vocabulary: ReleaseVocabulary) -> Iterator[int]:
    """Ids of occurring words: the typed one, then those that begin with it by falling count, then
    those that contain it."""
    by_count = [int(i) for i in np.argsort(-vocabulary.counts, kind="stable")]
    occurring = [(i, vocabulary.words[i].lower()) for i in by_count if vocabulary.counts[i]]
    ranks = (
        lambda word: word == typed,
        lambda word: word != typed and word.startswith(typed),
        lambda word: not word.startswith(typed) and typed in word,
    )
    for fits in ranks:
        yield from (i for i, word in occurring if fits(word))
