"""What a network thinks at every word of a sentence: the next words, or the class.

For a recorded sentence from the release's tables, for a typed one by the pipeline's own functions.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rnnvis_assets.glyphs.contributions import contributions, running_probabilities
from viewer.data.network_cache import Network, network_of
from viewer.data.sentence_states import states_of
from viewer.data.tokenized_sentence import Ints, text_of
from warehouse.errors import CheckpointError, ImportedModelError
from warehouse.reader import Release

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NextWords:
    """A language model's: ``chances`` float32[words] of each word that came (NaN for one that
    nothing came before); ``words`` int32[words, 5] and ``probabilities`` float32[words, 5] of those
    that it expects to follow."""

    chances: Floats
    words: Ints
    probabilities: Floats


@dataclass(frozen=True, eq=False)
class ClassBelief:
    """A classifier's: ``added`` float32[words, classes], what each word adds to each class's logit,
    and ``running`` float32[words, classes], the probabilities after it (None without the network's
    bias)."""

    classes: tuple[str, ...]
    added: Floats
    running: Floats | None

    @property
    def favoured(self) -> int:
        """The class that is told of: the last of two, so that sentences compare; of more, the one
        that is chosen in the end."""
        return 1 if len(self.classes) == 2 else int(self.added.sum(axis=0).argmax())

    @property
    def margins(self) -> Floats:
        """float32[words]: what each word adds to the favoured class over the mean of the others;
        of two classes, to its log odds."""
        others = np.delete(self.added, self.favoured, axis=1)
        margins: Floats = self.added[:, self.favoured] - others.mean(axis=1)
        return margins


@lru_cache(maxsize=256)
def expectations_of(release: Release, sentence: int | str) -> NextWords | ClassBelief | None:
    """What the network thinks of a sentence; None of one that predicts nothing. Raises
    CheckpointError for a typed one whose network is gone, and as ``text_of`` does."""
    if release.model["task"] == "none":
        return None
    classifies = release.model["task"] == "classification"
    if isinstance(sentence, str):
        return _typed_classes(release, sentence) if classifies else _typed_words(release, sentence)
    if classifies:
        return _recorded_classes(release, sentence)
    return _recorded_words(release, sentence)


def _typed_words(release: Release, text: str) -> NextWords:
    hidden = states_of(release, text, release.layers[-1], "hidden").values
    expected = network_of(release).expect(hidden, text_of(release, text).word_ids[1:])
    chances = np.exp(expected.log_probabilities)
    first = np.full(1, np.nan, np.float32)  # nothing was read before the first word
    return NextWords(
        np.concatenate([first, chances]), expected.top_words, expected.top_probabilities
    )


def _recorded_words(release: Release, sentence_id: int) -> NextWords:
    rows = release.sentences.tokens(sentence_id)
    first = release.sentences.first_probability(sentence_id)
    following = rows["next_probability"].to_numpy()[:-1]
    chances = np.concatenate([[np.nan if first is None else first], following])
    return NextWords(
        chances.astype(np.float32),
        _lists(rows["top_words"], np.int32),
        _lists(rows["top_probabilities"], np.float32),
    )


def _lists(column: pa.ChunkedArray, kind: type[np.generic]) -> Any:
    """[rows, n]; of no width where a recording tells of the word that came, but not of others."""
    if column.null_count:
        return np.empty((len(column), 0), kind)
    return np.array(column.to_pylist(), kind)


def _believed(network: Network, added: Floats) -> ClassBelief:
    running = running_probabilities(added, network.output_bias)
    return ClassBelief(network.classes, added, running)


def _typed_classes(release: Release, text: str) -> ClassBelief:
    network = network_of(release)
    layers = network.layers_read([release.layers[layer].units for layer in release.layers])
    changes = [states_of(release, text, layer, "hidden").changes for layer in layers]
    added = contributions(network.output_weight, np.concatenate(changes, axis=1))
    return _believed(network, added)


def _recorded_classes(release: Release, sentence_id: int) -> ClassBelief:
    rows = release.sentences.contributions(sentence_id).sort_by(
        [("position", "ascending"), ("class", "ascending")]
    )
    classes = tuple(sorted(set(rows["class"].to_pylist())))
    added = rows["value"].to_numpy().reshape(-1, len(classes))
    try:
        network = network_of(release)
    except (CheckpointError, ImportedModelError):
        return ClassBelief(classes, added, None)
    order = [classes.index(name) for name in network.classes]
    return _believed(network, added[:, order])
