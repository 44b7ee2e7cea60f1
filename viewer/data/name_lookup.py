"""Reading the names of words and units that a person wrote, in the search line or an address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from viewer.data.release_store import Vocabulary
from viewer.state.selection import MOST_UNITS, MOST_WORDS

_NAME = re.compile(r"unit\s+\d{1,9}|[^\s,]+", re.IGNORECASE)
_PIN = re.compile(r"(?:chip|cloud)~(\d{1,3})")
_UNIT = re.compile(r"unit\s+(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Word ids and units in the order they were named, and what is wrong with them, or ""."""

    words: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    problem: str = ""


def find_names(text: str, vocabulary: Vocabulary, num_units: int) -> Found:
    """Words and units named together: "she, for" or "unit 7, unit 9"."""
    whole = text.strip()
    names = [whole] if whole in vocabulary.place else _NAME.findall(whole)
    units = [int(name[1]) for name in map(_UNIT.fullmatch, names) if name]
    words = [name for name in names if not _UNIT.fullmatch(name)]
    found = find_words(words, vocabulary)
    problem = found.problem or units_problem(units, num_units)
    return Found(problem=problem) if problem else Found(found.words, tuple(units))


def find_words(names: Sequence[str], vocabulary: Vocabulary, after: Sequence[int] = ()) -> Found:
    """The ids ``after`` which to add those of words by their texts, in lower case where only that
    is known."""
    words = list(after)
    for name in names:
        word_id = vocabulary.place.get(name, vocabulary.place.get(name.lower()))
        if word_id is None:
            near = get_close_matches(name.lower(), vocabulary.place, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            return Found(problem=f"“{name}” is not in the vocabulary{hint}")
        if not vocabulary.counts[word_id]:
            return Found(problem=f"“{name}” does not occur in the recorded text")
        words.append(word_id)
    if len(words) > MOST_WORDS:
        return Found(problem=f"found {len(words)} words, expected {MOST_WORDS} at most")
    return Found(tuple(words))


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
