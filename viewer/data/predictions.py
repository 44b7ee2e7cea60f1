"""What a network predicts at every word of a sentence: the next words, or the class.

For a recorded sentence from the release's tables, for a typed one by the pipeline's own functions.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa

from rnnvis_assets.glyphs.contributions import contributions, running_probabilities
from rnnvis_assets.network.class_bias import read_class_bias
from viewer.data.first_states import ZERO
from viewer.data.release_cache import cached_by_release
from viewer.data.sentence_states import states_of
from warehouse.arrays import Float32Array, Int32Array
from warehouse.reader import Release

if TYPE_CHECKING:
    from rnnvis_assets.network.expected_words import NextWordPredictions


@dataclass(frozen=True, eq=False)
class WordPredictions:
    """A language model's: ``chances`` float32[words] of each word that came (NaN for one that
    nothing came before); ``words`` int32[words, 5] and ``probabilities`` float32[words, 5] of those
    that it expects to follow."""

    chances: Float32Array
    words: Int32Array
    probabilities: Float32Array

    @classmethod
    def of(cls, found: "NextWordPredictions") -> Self:
        """Those after each word; nothing was read before the first."""
        first = np.full(1, np.nan, np.float32)
        chances = np.concatenate([first, np.exp(found.log_probabilities)])
        return cls(chances, found.top_words, found.top_probabilities)


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """A classifier's: ``added`` float32[words, classes], what each word adds to each class's logit,
    and ``running`` float32[words, classes], the probabilities after it (None where unknown).
    ``has_layer``: what it adds is known by state changes, for there is a linear output layer over
    the last h; otherwise by integrated gradients."""

    classes: tuple[str, ...]
    added: Float32Array
    running: Float32Array | None
    has_layer: bool = True

    @property
    def favoured(self) -> int:
        """The class that the sentence is drawn for: the last of two, so that sentences compare; of
        more, the one that is predicted in the end."""
        if len(self.classes) == 2:
            return 1
        scores = self.added.sum(axis=0) if self.running is None else self.running[-1]
        return int(scores.argmax())

    @property
    def margins(self) -> Float32Array:
        """float32[words]: what each word adds to the favoured class over the mean of the others;
        of two classes, to its log odds."""
        others = np.delete(self.added, self.favoured, axis=1)
        margins: Float32Array = self.added[:, self.favoured] - others.mean(axis=1)
        return margins


@cached_by_release
def predictions_of(
    release: Release, sentence: int | str, start: str = ZERO
) -> WordPredictions | ClassPredictions | None:
    """The predictions over a sentence; ``start`` of a typed one, see ``first_states``. None of a
    network that predicts nothing. Raises
    CheckpointError for a typed one whose network is missing, and as ``text_of`` does."""
    task = release.model["task"]
    if task == "none":
        return None
    if isinstance(sentence, str):
        if task == "classification":
            return _typed_classes(release, sentence)
        return _typed_words(release, sentence, start)
    look_up = _recorded_classes if task == "classification" else _recorded_words
    return look_up(release, sentence)


def by_integrated_gradients(
    release: Release, sentence: int | str, found: ClassPredictions
) -> ClassPredictions:
    """The same predictions, with what each word adds by integrated gradients (Sundararajan et al.
    2017) in place of the change of the state (Eq. 3). Raises AnalysisError where the network has
    none, ImportedModelError where it cannot be differentiated, CheckpointError where it is missing.
    """
    by_forward = _by_forward(release, sentence, None)
    places = [by_forward.classes.index(name) for name in found.classes]
    return replace(found, added=by_forward.added[:, places])


def _typed_words(release: Release, text: str, start: str) -> WordPredictions:
    from viewer.data.typed_sentences import predict_typed  # imports PyTorch

    hidden = states_of(release, text, len(release.layers) - 1, "hidden", start).values
    return WordPredictions.of(predict_typed(release, text, hidden, start))


def _recorded_words(release: Release, sentence_id: int) -> WordPredictions:
    rows = release.sentences.tokens(sentence_id)
    first = release.sentences.first_probability(sentence_id)
    following = rows["next_probability"].to_numpy()[:-1]
    chances = np.concatenate([[np.nan if first is None else first], following])
    return WordPredictions(
        chances.astype(np.float32),
        _lists(rows["top_words"], np.int32),
        _lists(rows["top_probabilities"], np.float32),
    )


def _lists(column: pa.ChunkedArray, kind: type[np.generic]) -> Any:
    """[rows, n]; n is 0 where a recording has the probability of the next word but no others."""
    if column.null_count:
        return np.empty((len(column), 0), kind)
    return np.array(column.to_pylist(), kind)


def _typed_classes(release: Release, text: str) -> ClassPredictions:
    from viewer.data.typed_sentences import class_probabilities, network_of  # imports PyTorch

    network = network_of(release)
    output = network.output
    if output is None:
        return _by_forward(release, text, class_probabilities(release, text))
    layers = output.layers_read([layer.units for layer in release.layers])
    changes = [states_of(release, text, layer, "hidden").changes for layer in layers]
    added = contributions(output.weight.numpy(), np.concatenate(changes, axis=1))
    running = running_probabilities(added, output.bias.numpy())
    return ClassPredictions(network.classes, added, running)


def _by_forward(
    release: Release, sentence: int | str, running: Float32Array | None
) -> ClassPredictions:
    from viewer.data import typed_sentences  # imports PyTorch

    added = typed_sentences.integrated_gradients_of(release, sentence)
    classes = typed_sentences.network_of(release).classes
    return ClassPredictions(classes, added, running, has_layer=False)


def _recorded_classes(release: Release, sentence_id: int) -> ClassPredictions:
    rows = release.sentences.contributions(sentence_id).sort_by(
        [("position", "ascending"), ("class", "ascending")]
    )
    if rows["value"].null_count:
        return _by_forward(release, sentence_id, None)
    classes = tuple(sorted(set(rows["class"].to_pylist())))
    added = rows["value"].to_numpy().reshape(-1, len(classes))
    folder = release.storage.checkpoint(release.name)
    known = read_class_bias(folder, release.model["weights_sha256"])
    if known is None:
        return ClassPredictions(classes, added, None)
    named, bias = known
    added = added[:, [classes.index(name) for name in named]]
    return ClassPredictions(named, added, running_probabilities(added, bias))
