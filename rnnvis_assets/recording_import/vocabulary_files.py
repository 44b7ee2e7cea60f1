"""The words of an external recording: ``vocabulary.txt``, ``.json`` or ``.parquet``."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.recording_import.recording_faults import UnreadableError


def _from_text(path: Path) -> list[str]:
    """A word a line; nothing but a line feed (and a carriage return before it) ends one."""
    lines = path.read_text("utf-8-sig").split("\n")
    words = lines[:-1] if lines[-1] == "" else lines
    return [word.removesuffix("\r") for word in words]


def _from_json(path: Path) -> list[str]:
    """A list of words, or their ids by word."""
    content = json.loads(path.read_text("utf-8"))
    if isinstance(content, dict):
        return _order_by_id(content.items())
    if not isinstance(content, list) or not all(isinstance(word, str) for word in content):
        raise ValueError("neither a list of words nor words with their ids")
    return content


def _from_parquet(path: Path) -> list[str]:
    table = pq.read_table(path, columns=["word_id", "word"])
    return _order_by_id(zip(table["word"].to_pylist(), table["word_id"].to_pylist(), strict=True))


def _order_by_id(numbered: Iterable[tuple[str, int]]) -> list[str]:
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


def read_vocabulary(folder: Path) -> tuple[str, ...]:
    """The words by id. Raises UnreadableError where there is no such file, or a faulty one."""
    found = [name for name in _READERS if (folder / name).exists()]
    if len(found) != 1:
        expected = f"one of {', '.join(_READERS)}"
        repair = "write the word of id 0 on the first line of vocabulary.txt, and so on"
        raise UnreadableError(str(folder), " and ".join(found) or "no vocabulary", expected, repair)
    (name,) = found
    try:
        words = _READERS[name](folder / name)
    except (ValueError, KeyError, TypeError, OSError, RecursionError, pa.ArrowException) as error:
        expected = "the words in the order of their ids, 0, 1, 2 …"
        repair = "write every word once, with the next id, as UTF-8"
        raise UnreadableError(name, str(error), expected, repair) from error
    if not words:
        raise UnreadableError(name, "no words", "at least one", "list every word that was read")
    twice = [word for word, count in Counter(words).items() if count > 1]
    if twice:
        ids = ", ".join(str(index) for index, word in enumerate(words) if word == twice[0])
        more = f" and {len(twice) - 1:,} more words" if len(twice) > 1 else ""
        repair = "give each id a word of its own"
        raise UnreadableError(
            name, f"{twice[0]!r} (ids {ids}){more} twice", "every word once", repair
        )
    return tuple(words)
