"""A corpus in the words of an imported model."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.configuration.external_model_config import OwnVocabulary
from rnnvis_assets.configuration.plain_file import read_plain_text
from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, UNKNOWN, Corpus, Split, Vocabulary
from rnnvis_assets.corpus.pos_tagging import with_tags
from rnnvis_assets.corpus.tokenization import tokenize
from rnnvis_assets.recording.recording_plan import recorded_split
from warehouse.arrays import Int32Array
from warehouse.errors import ImportedModelError, near_miss, shortened
from warehouse.storage import base_folder

PADDING = "<pad>"
"""The word with the id 0 where a vocabulary counts from 1."""
_NUMBERED = (
    re.compile(r"(?P<id>\d+)\t(?P<word>.+)"),
    re.compile(r"(?P<word>.+)\t(?P<id>\d+)"),
)
_SHOWN = 8
_MANY = 0.2
"""The fraction of unknown tokens above which another vocabulary is the likelier reason."""
_NO_END = (
    f"; the end of a sentence, {END_OF_SENTENCE!r}, is unknown too: name the model's word for it "
    "under vocabulary.end_of_sentence, if there is one"
)


def read_words(settings: OwnVocabulary) -> tuple[str, ...]:
    """The model's words by id, those of special meaning under our names.

    Raises ImportedModelError where the file cannot be read as a vocabulary, a word comes twice, or
    a special word is not among them.
    """
    words = list(settings.words or _read_file(base_folder() / str(settings.file)))
    twice = [word for word, count in Counter(words).items() if count > 1]
    if twice:
        raise ImportedModelError(
            f"the vocabulary holds {_listed(twice)} more than once",
            repair="write each word once; words that hold line breaks as a JSON list (.json)",
        )
    for name, standard in (
        (settings.unknown, UNKNOWN),
        (settings.end_of_sentence, END_OF_SENTENCE),
    ):
        if name is None:
            continue
        if name not in words:
            raise ImportedModelError(
                f"the vocabulary has no word {name!r}, named for {standard}{near_miss(name, words)}"
            )
        words[words.index(name)] = standard
    return tuple(words)


def _read_file(path: Path) -> Sequence[str]:
    try:
        text = read_plain_text(path, "utf-8-sig")
        content = json.loads(text) if path.suffix == ".json" else text.split("\n")
    except FileNotFoundError as error:
        raise ImportedModelError(f"{path} is missing", repair="name the vocabulary") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ImportedModelError(
            f"{path} cannot be read as a vocabulary: {error}",
            repair="write its words as text in UTF-8, one a line, or as a JSON list (.json)",
        ) from error
    if path.suffix == ".json":
        return _of_json(path, content)
    lines = [line.removesuffix("\r") for line in content]
    while lines and not lines[-1]:
        lines.pop()  # a blank line is no word
    numbered = [[pattern.fullmatch(line) for line in lines] for pattern in _NUMBERED]
    for matches in filter(all, numbered if lines else ()):
        return _by_id(path, [(match["word"], int(match["id"])) for match in matches if match])
    return lines


def _of_json(path: Path, content: Any) -> Sequence[str]:
    if isinstance(content, list) and all(isinstance(word, str) for word in content):
        return content
    if isinstance(content, Mapping) and all(type(number) is int for number in content.values()):
        return _by_id(path, list(content.items()))
    if isinstance(content, Mapping) and all(
        number.isdecimal() and isinstance(word, str) for number, word in content.items()
    ):
        return _by_id(path, [(word, int(number)) for number, word in content.items()])
    raise ImportedModelError(
        f"{path}: found neither a list of words, nor ids by word or words by id",
        repair='write it as ["the", "of", …] or {"the": 0, "of": 1, …}',
    )


def _by_id(path: Path, numbered: Sequence[tuple[str, int]]) -> Sequence[str]:
    """Words in the order of their ids; where these begin with 1, ``PADDING`` has the id 0."""
    ids = sorted(number for _, number in numbered)
    first = ids[0] if ids else 0
    if first not in (0, 1) or ids != list(range(first, first + len(ids))):
        wrong = next((n for n, (one, two) in enumerate(pairwise(ids)) if two != one + 1), None)
        found = f"from {first}" if wrong is None else f"{ids[wrong]} and then {ids[wrong + 1]}"
        raise ImportedModelError(
            f"{path}: found neither a list of words nor ids by word, each once, from 0 or 1: the "
            f"ids are {found}",
            repair="number the words as the network does, each id once",
        )
    words = [word for word, _ in sorted(numbered, key=lambda pair: pair[1])]
    return [PADDING, *words] if first else words


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(repr(shortened(word)) for word in words[:_SHOWN]) + more


def in_words_of(corpus: Corpus, words: Sequence[str], name: str, tokenizer: Tokenizer) -> Corpus:
    """The same texts, numbered by ``words``, as the corpus ``name``.

    Raises ImportedModelError where a token is not among the words and they have no ``<unk>``.
    """
    ids = {word: number for number, word in enumerate(words)}
    tokens = {split: _tokens(kept, corpus, tokenizer) for split, kept in corpus.splits.items()}
    ordinary = ids.keys() - {UNKNOWN, END_OF_SENTENCE}
    if ordinary.isdisjoint(token for found in tokens.values() for token in found):
        raise _no_word(corpus, words)
    splits = {
        split: replace(kept, tokens=_encode(tokens[split], corpus, ids))
        for split, kept in corpus.splits.items()
    }
    train = splits["train"]
    vocabulary = with_tags(Vocabulary.untagged(words, train.count_words(len(words))), train)
    return Corpus(name, corpus.task, corpus.classes, vocabulary, splits)


def _tokens(split: Split, corpus: Corpus, tokenizer: Tokenizer) -> Sequence[str]:
    """The words of a split, as they were before rare ones were replaced."""
    tokens = [token for text in split.texts for token in tokenize(text, tokenizer)]
    known = len(tokens) == split.num_tokens
    return tokens if known else corpus.vocabulary.decode(split.word_ids)


def _encode(tokens: Sequence[str], corpus: Corpus, ids: Mapping[str, int]) -> Int32Array:
    missing = [token for token, _ in Counter(t for t in tokens if t not in ids).most_common()]
    if missing and UNKNOWN not in ids:
        raise ImportedModelError(
            f"the text of {corpus.name} holds {len(missing):,} words that the vocabulary lacks, "
            f"and no word of it is named for unknown ones: {_listed(missing)}",
            repair="name that word under vocabulary.unknown, or another dataset",
        )
    unknown = ids.get(UNKNOWN, 0)
    return np.array([ids.get(token, unknown) for token in tokens], np.int32)


def _no_word(corpus: Corpus, words: Sequence[str]) -> ImportedModelError:
    return ImportedModelError(
        f"none of the words of {corpus.name} is in the vocabulary, so that every one would be read "
        f"as unknown; it begins with {', '.join(repr(shortened(word)) for word in words[:3])}",
        repair="write the words as the dataset's tokenizer makes them (letter case; without the "
        "'##' or 'Ġ' of word pieces), one a line, or name another dataset",
    )


def describe_unknown(
    corpus: Corpus, words: Sequence[str], wanted: RecordingSettings, tokenizer: Tokenizer
) -> str:
    """How many of the recorded tokens are not among a model's ``words``, and which; "" for none."""
    tokens = _tokens(recorded_split(corpus, wanted), corpus, tokenizer)
    known = frozenset(words)
    unknown = Counter(token for token in tokens if token not in known)
    if not unknown:
        return ""
    fraction = unknown.total() / len(tokens)
    listed = ", ".join(f"{word!r} {n:,} times" for word, n in unknown.most_common(_SHOWN))
    return (
        f"{'warning: ' if fraction > _MANY else ''}{fraction:.1%} of the tokens of "
        f"{wanted.split} are not in its vocabulary, most often {listed}"
        + ("; check that these are the words that it was trained with" if fraction > _MANY else "")
        + (_NO_END if END_OF_SENTENCE in unknown else "")
    )
