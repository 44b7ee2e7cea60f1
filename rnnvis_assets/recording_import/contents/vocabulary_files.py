"""The words of a foreign recording: ``vocabulary.txt``, ``.json`` or ``.parquet``, or LSTMVis's
dictionary."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError

_SHOWN = 5
_BLANKS = " \t\r"  # no others: a no-break space may be part of a word
_LINE = re.compile(r"(.+)[ \t]([0-9]+)", re.DOTALL)


def _from_text(path: Path) -> list[str]:
    """A word a line; nothing but a line feed (and a carriage return before it) ends one."""
    lines = path.read_text("utf-8-sig").split("\n")
    words = lines[:-1] if lines[-1] == "" else lines
    return [word.removesuffix("\r") for word in words]


def _from_json(path: Path) -> list[str]:
    """A list of words, or their ids by word."""
    content = json.loads(path.read_text("utf-8"))
    if isinstance(content, dict):
        return words_by_id(content.items())
    if not isinstance(content, list) or not all(isinstance(word, str) for word in content):
        raise ValueError("neither a list of words nor words with their ids")
    return content


def _from_parquet(path: Path) -> list[str]:
    table = pq.read_table(path, columns=["word_id", "word"])
    return words_by_id(zip(table["word"].to_pylist(), table["word_id"].to_pylist(), strict=True))


def words_by_id(numbered: Iterable[tuple[str, int]]) -> list[str]:
    """The words in the order of their ids. Raises ValueError unless these are 0, 1, 2 …"""
    ordered = sorted(numbered, key=itemgetter(1))
    for expected, (word, found) in enumerate(ordered):
        if found != expected:
            raise ValueError(f"{word!r} with the id {found}, where {expected} comes next")
    return [word for word, _ in ordered]


_READERS: Mapping[str, Callable[[Path], list[str]]] = MappingProxyType(
    {
        "vocabulary.txt": _from_text,
        "vocabulary.json": _from_json,
        "vocabulary.parquet": _from_parquet,
    }
)
FILES = tuple(_READERS)


def read_vocabulary(folder: Path) -> tuple[str, ...]:
    """The words by id. Raises FaultError where there is no such file, or one that is wrong."""
    found = [name for name in FILES if (folder / name).exists()]
    one = f"one of {', '.join(FILES)}"
    if len(found) != 1:
        mend = "write the word of id 0 on the first line of vocabulary.txt, and so on"
        raise FaultError(Fault(str(folder), " and ".join(found) or "no vocabulary", one, mend))
    name = found[0]
    try:
        words = _READERS[name](folder / name)
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowException) as error:
        expected = "the words in the order of their ids, 0, 1, 2 …"
        mend = "write every word once, with the next id, as UTF-8"
        fault = Fault(name, str(error), expected, mend)
        raise FaultError(fault) from error
    check_words(name, words)
    return tuple(words)


def check_words(place: str, words: list[str]) -> None:
    """Raises FaultError where there are none, or one of them twice."""
    if not words:
        raise FaultError(Fault(place, "no words", "at least one", "list every word that was read"))
    twice = [word for word, count in Counter(words).items() if count > 1]
    if twice:
        listed = ", ".join(f"{word!r} (ids {_ids(words, word)})" for word in twice[:_SHOWN])
        more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
        mend = "give each id a word of its own"
        raise FaultError(Fault(place, f"{listed}{more} twice", "every word once", mend))


def _ids(words: list[str], word: str) -> str:
    return ", ".join(str(index) for index, other in enumerate(words) if other == word)


def read_dictionary(path: Path) -> tuple[str, ...]:
    """The words of a file of lines ``word id``, by id; an id that no word has gets a name.

    The id stands after the last blank or tab, so that a word may have some, or be one. Raises
    FaultError where a line is none, or where an id or a word is there twice.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        fault = Fault(path.name, str(error), "lines of a word and its id", "write it again")
        raise FaultError(fault) from error
    ids = dict[str, int]()
    wrong = []
    for number, line in enumerate(lines, start=1):
        if not line.strip(_BLANKS):
            continue
        match = _LINE.fullmatch(line.rstrip(_BLANKS))
        word = "" if match is None else match[1].strip(_BLANKS) or match[1]
        if match is None or word in ids:
            wrong.append(
                (number, line if match is None else f"{line}, a word that was there before")
            )
        else:
            ids[word] = int(match[2])
    if wrong:
        raise FaultError(_wrong_lines(path, wrong))
    return _by_id(path, ids)


def _wrong_lines(path: Path, wrong: Sequence[tuple[int, str]]) -> Fault:
    number, line = wrong[0]
    more = f" (the first of {len(wrong):,} such lines)" if len(wrong) > 1 else ""
    expected = "a word, a blank and its id, every word once"
    mend = "write the lines again, one for each word"
    return Fault(f"{path.name}, line {number:,}", f"{line!r}{more}", expected, mend)


def _by_id(path: Path, ids: Mapping[str, int]) -> tuple[str, ...]:
    twice = [str(number) for number, count in Counter(ids.values()).items() if count > 1]
    largest = max(ids.values(), default=-1)
    if twice or largest > 2 * len(ids) + 1:
        found = f"two words with the id {', '.join(twice)}" if twice else f"an id of {largest:,}"
        expected = f"every id once, from 0 or 1 to about {len(ids):,}"
        raise FaultError(Fault(path.name, found, expected, "number the words one after another"))
    named = dict(zip(ids.values(), ids, strict=True))
    return tuple(named.get(number, f"<no word {number}>") for number in range(largest + 1))
