"""The words of a sentence, recorded or typed, as the network reads them and as they are shown."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.corpus import UNKNOWN
from rnnvis_assets.corpus.tokenization import tokenize
from viewer.data import release_store
from warehouse.errors import AnalysisError
from warehouse.reader import Release

MOST_WORDS = 500
"""A typed text is read so far; what is left out is told."""
LISTED = 8

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Text:
    """``words`` as they were written and ``word_ids`` int32[words] as they are read; ``unknown``
    holds the positions of words outside the vocabulary, ``note`` what the reader should know."""

    words: tuple[str, ...]
    word_ids: Ints
    unknown: tuple[int, ...] = ()
    note: str = ""


@lru_cache(maxsize=256)
def text_of(release: Release, sentence: int | str) -> Text:
    """The text of a recorded sentence, by its number, or of a typed one.

    Raises ReleaseError for a number that there is not, AnalysisError for a text without words, and
    for one that no network is there to read.
    """
    if isinstance(sentence, str):
        return _typed(release, sentence)
    word_ids = release.sentences.tokens(sentence)["word_id"].to_numpy()
    written = str(release.sentences.get(sentence)["text"]).split(" ")
    known = release_store.vocabulary_of(release).words
    words = written if len(written) == len(word_ids) else [known[i] for i in word_ids]
    return Text(tuple(words), word_ids)


def _typed(release: Release, text: str) -> Text:
    if release.model["spec"]["dataset"] is None:
        raise AnalysisError(
            f"{release.name} is a recording alone: there is no network here that could read a "
            "sentence that is typed",
            repair="remove it and pick one of the recorded sentences",
        )
    config = Tokenizer.model_validate(release.model["spec"]["dataset"]["tokenizer"])
    tokens = tokenize(text, config)
    if not tokens:
        raise AnalysisError(
            f"“{text[:40]}” holds no words, as {release.model['dataset']} is read",
            repair="remove it and type another sentence",
        )
    place = release_store.vocabulary_of(release).place
    kept = tokens[:MOST_WORDS]
    words = _as_typed(text, config, tokens)[:MOST_WORDS]
    unknown = tuple(i for i, token in enumerate(kept) if token not in place)
    if unknown and UNKNOWN not in place:
        raise AnalysisError(
            f"“{words[unknown[0]]}” is not in the vocabulary, which has no {UNKNOWN} to read it as",
            repair="type a sentence of the model's own words",
        )
    word_ids = np.array([place[t if t in place else UNKNOWN] for t in kept], np.int32)
    notes = [_cut_note(len(tokens)), _unknown_note([words[i] for i in unknown])]
    return Text(tuple(words), word_ids, unknown, " ".join(filter(None, notes)))


def _as_typed(text: str, config: Tokenizer, tokens: list[str]) -> list[str]:
    """The tokens before letters were lowered and numbers replaced, where they are as many."""
    plain = config.model_copy(update={"lowercase": False, "numbers": "keep"})
    typed = tokenize(text, plain)
    return typed if len(typed) == len(tokens) else tokens


def _cut_note(count: int) -> str:
    left = count - MOST_WORDS
    return f"Only the first {MOST_WORDS} of {count:,} words are read." if left > 0 else ""


def _unknown_note(words: list[str]) -> str:
    """Which words the network cannot tell apart."""
    different = list(dict.fromkeys(words))
    if not different:
        return ""
    listed = ", ".join(f"“{word}”" for word in different[:LISTED])
    more = f" and {len(different) - LISTED} more" if len(different) > LISTED else ""
    return f"Not in the vocabulary, read as {UNKNOWN}: {listed}{more}."
