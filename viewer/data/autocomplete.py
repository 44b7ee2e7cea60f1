"""What the search line offers while a name is being written."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from viewer.data.release_store import Vocabulary

MOST = 8
_LAST = re.compile(r"(?:unit\s+\d*|[^\s,]+)$", re.IGNORECASE)
_UNIT = re.compile(r"unit\s+(\d*)", re.IGNORECASE)


def suggestions(text: str, vocabulary: Vocabulary, num_units: int) -> list[dict[str, Any]]:
    """At most MOST names that go on from the last one in ``text``, each with the text that it
    would complete: {name, text, tag, count}; a unit has no tag and no count."""
    last = _LAST.search(text)
    if last is None:
        return []
    before, written = text[: last.start()], last[0]
    unit = _UNIT.fullmatch(written)
    if unit:
        names = (f"unit {i}" for i in range(num_units) if str(i).startswith(unit[1]))
        return [{"name": n, "text": before + n, "tag": None, "count": None}
                for n in islice(names, MOST)]  # fmt: skip
    return [
        {"name": vocabulary.words[i], "text": before + vocabulary.words[i],
         "tag": vocabulary.tags[i], "count": int(vocabulary.counts[i])}
        for i in islice(_words(written.lower(), vocabulary), MOST)
    ]  # fmt: skip


def _words(written: str, vocabulary: Vocabulary) -> Iterator[int]:
    """Ids of the occurring words that go on from what is written, the same word first, then by
    falling count; after them those that hold it elsewhere."""
    by_count = [int(i) for i in np.argsort(-vocabulary.counts, kind="stable")]
    occurring = [i for i in by_count if vocabulary.counts[i]]
    lower = [vocabulary.words[i].lower() for i in occurring]
    ranks = (
        lambda word: word == written,
        lambda word: word != written and word.startswith(written),
        lambda word: not word.startswith(written) and written in word,
    )
    for fits in ranks:
        yield from (i for i, word in zip(occurring, lower, strict=True) if fits(word))
