"""The words of a corpus as the pieces (sub-words) that a language model reads."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, UNKNOWN
from rnnvis_assets.recurrent_libraries.rwkv_tokenizer import byte_signs, world_tokenizer
from rnnvis_assets.transformers_import.saved_settings import TOKENIZER_CONFIG, TOKENIZER_FILE
from warehouse.arrays import Int32Array
from warehouse.errors import ImportedModelError, shortened

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_SAMPLE = 500
"""Words of running text that are compared with the same words by themselves."""
_ITS_OWN = "name the folder that holds this network's own tokenizer"


@dataclass(frozen=True)
class WordPieces:
    """The pieces of every word of a vocabulary: ``ids`` and, to be shown, ``texts``.

    ``unknown`` has the words of which the tokenizer knows nothing. ``note`` says what a user should
    hear.
    """

    ids: tuple[tuple[int, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    unknown: frozenset[int]
    note: str = ""

    def of(self, word_ids: Iterable[int]) -> list[tuple[int, ...]]:
        """The pieces of each word of a text."""
        return [self.ids[word] for word in word_ids]

    def unknown_share(self, word_ids: Int32Array) -> float:
        """The fraction of a text's words that the network cannot tell from each other."""
        return float(np.isin(word_ids, list(self.unknown)).mean())


def read_pieces(
    folder: Path,
    words: Sequence[str],
    text: Int32Array,
    rows: int,
    end_of_sentence: str | None,
) -> WordPieces:
    """The pieces of ``words`` by the tokenizer in ``folder``, each as it is cut in running text.

    ``rows`` is how many pieces the network knows, ``text`` int32[tokens] begins with a sample.
    Raises ImportedModelError where the tokenizer is none of this network, or knows no word.
    """
    splitter = _Splitter(folder, end_of_sentence)
    largest = max(splitter.tokenizer.get_vocab(with_added_tokens=True).values(), default=0)
    if largest >= rows:
        raise ImportedModelError(
            f"the tokenizer in {folder} numbers pieces up to {largest:,}, the network has an "
            f"embedding of {rows:,}",
            repair=_ITS_OWN,
        )
    ids = tuple(splitter.pieces(word) for word in words)
    unknown = frozenset(n for n, found in enumerate(ids) if not set(found) - {splitter.unknown})
    pieces = WordPieces(ids, tuple(tuple(map(splitter.shown, found)) for found in ids), unknown)
    _require_known(pieces, words, text, folder)
    return WordPieces(ids, pieces.texts, unknown, splitter.compare(pieces, words, text))


def _require_known(
    pieces: WordPieces, words: Sequence[str], text: Int32Array, folder: Path
) -> None:
    used = np.unique(text)
    if pieces.unknown.issuperset(used.tolist()):
        raise ImportedModelError(
            f"the tokenizer in {folder} knows none of the words that are read", repair=_ITS_OWN
        )
    if empty := [words[n] for n in used.tolist() if not pieces.ids[n]]:
        listed = ", ".join(repr(shortened(word)) for word in empty[:8])
        raise ImportedModelError(
            f"the tokenizer in {folder} gives no piece for {len(empty):,} of the words ({listed}), "
            "and none for unknown ones",
            repair=f"{_ITS_OWN}; or name another text with end_of_sentence",
        )


def read_tokenizer(network: Path) -> "Tokenizer":
    """The tokenizer in a network's folder, or next to its file; of an RWKV file without one, that
    of World models."""
    from tokenizers import Tokenizer

    path = _tokenizer_file(network)
    if network.is_file() and not path.is_file():
        return world_tokenizer()
    return Tokenizer.from_file(str(path))


def _tokenizer_file(network: Path) -> Path:
    return (network.parent if network.is_file() else network) / TOKENIZER_FILE


class _Splitter:
    """A tokenizer, and how it cuts a word that others precede."""

    def __init__(self, folder: Path, end_of_sentence: str | None) -> None:
        try:
            self.tokenizer = read_tokenizer(folder)
        except Exception as error:
            raise ImportedModelError(
                f"{_tokenizer_file(folder)} cannot be read as a tokenizer: {error}", repair=_ITS_OWN
            ) from error
        self._special = _special_tokens(folder)
        self._end = end_of_sentence
        self.unknown = self._number(
            self._special.get("unk_token") or getattr(self.tokenizer.model, "unk_token", None)
        )
        first, follower = self._encode("a"), self._encode(" b")
        self._before = " " if self._encode("a b") == (*first, *follower) else ""

    def _number(self, piece: str | None) -> int | None:
        return None if piece is None else self.tokenizer.token_to_id(piece)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def pieces(self, word: str) -> tuple[int, ...]:
        """The pieces of a word; of one that the tokenizer has nothing for, that of unknown ones."""
        if (own := self._number(word)) is not None and word in (UNKNOWN, END_OF_SENTENCE):
            return (own,)
        if word == END_OF_SENTENCE:
            return self._end_of_sentence()
        nothing = () if self.unknown is None else (self.unknown,)
        if word == UNKNOWN and nothing:
            return nothing
        return self._encode(self._before + word) or nothing

    def _end_of_sentence(self) -> tuple[int, ...]:
        found = self._encode("\n" if self._end is None else self._end)
        own = self._number(self._special.get("eos_token"))
        if set(found) - {self.unknown} or own is None:
            return found
        return (own,)

    def shown(self, piece: int) -> str:
        """A piece as text: the bytes of byte-level BPE as the characters that they encode."""
        token = self.tokenizer.id_to_token(piece) or f"<{piece}>"
        text = self.tokenizer.decode([piece], skip_special_tokens=False)
        if text and "\N{REPLACEMENT CHARACTER}" not in text:
            return text
        codes = {sign: byte for byte, sign in enumerate(byte_signs())}
        if all(sign in codes for sign in token):
            return "".join(f"<{codes[sign]:02X}>" for sign in token)
        return token

    def compare(self, pieces: WordPieces, words: Sequence[str], text: Int32Array) -> str:
        """A note where words in running text are cut otherwise than by themselves."""
        sample = [int(n) for n in text[:_SAMPLE] if words[n] not in (UNKNOWN, END_OF_SENTENCE)]
        running = self._encode(self._before + " ".join(words[n] for n in sample))
        single = tuple(piece for found in pieces.of(sample) for piece in found)
        if running == single:
            return ""
        return (
            f"note: of the first {len(sample)} words, read as text, the tokenizer makes "
            f"{len(running)} pieces, and {len(single)} of the words by themselves, which are read: "
            "it cuts a word by what precedes it"
        )


def _special_tokens(folder: Path) -> dict[str, str]:
    path = folder / TOKENIZER_CONFIG
    content = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    named = ((name, content.get(name)) for name in ("unk_token", "eos_token"))
    found = ((name, t.get("content") if isinstance(t, dict) else t) for name, t in named)
    return {name: token for name, token in found if isinstance(token, str)}
