"""Typed sentences: tokenized as the corpus was, and read by the network of a release.

Importing this imports PyTorch and the tokenizers, so it is done when a sentence is first typed.
"""

import numpy as np

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.corpus import UNKNOWN
from rnnvis_assets.corpus.tokenization import tokenize
from rnnvis_assets.glyphs.network_predictions import predict_words, predictions_from
from rnnvis_assets.model_kinds.model_kinds import open_network
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.network.recurrent_network import limited_threads
from rnnvis_assets.recording.layer_states import FirstStates, LayerStates
from rnnvis_assets.recording.record_trained import OpenedNetwork
from viewer.data import release_store
from viewer.data.first_states import ZERO, recorded_start, typed_start
from viewer.data.release_cache import cached_by_release
from viewer.data.tokenized_sentence import TokenizedSentence, text_of
from warehouse.arrays import Float32Array
from warehouse.errors import AnalysisError, CheckpointError
from warehouse.reader import Release

LONGEST = 500
"""Words of a typed text that are read; a note reports those left out."""
LISTED = 8


def tokenize_typed(release: Release, text: str) -> TokenizedSentence:
    """The words of a typed text. Raises AnalysisError where there are none that can be read."""
    if release.model["spec"]["dataset"] is None:
        raise AnalysisError(
            f"{release.name} is a recording without a network: no typed sentence can be read",
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
    kept, words = tokens[:LONGEST], _as_typed(text, config, tokens)[:LONGEST]
    unknown = tuple(i for i, token in enumerate(kept) if token not in place)
    if unknown and UNKNOWN not in place:
        raise AnalysisError(
            f"“{words[unknown[0]]}” is not in the vocabulary, which has no {UNKNOWN} to read it as",
            repair="type a sentence of the model's own words",
        )
    word_ids = np.array([place[t if t in place else UNKNOWN] for t in kept], np.int32)
    notes = [_length_note(len(tokens)), _unknown_note([words[i] for i in unknown])]
    return TokenizedSentence(tuple(words), word_ids, unknown, " ".join(filter(None, notes)))


def _as_typed(text: str, config: Tokenizer, tokens: list[str]) -> list[str]:
    """The tokens before letters were lowered and numbers replaced, where they are as many."""
    plain = config.model_copy(update={"lowercase": False, "numbers": "keep"})
    typed = tokenize(text, plain)
    return typed if len(typed) == len(tokens) else tokens


def _length_note(count: int) -> str:
    return f"Only the first {LONGEST} of {count:,} words are read." if count > LONGEST else ""


def _unknown_note(words: list[str]) -> str:
    """The unknown words, which the network reads as one and the same."""
    different = list(dict.fromkeys(words))
    if not different:
        return ""
    listed = ", ".join(f"“{word}”" for word in different[:LISTED])
    more = f" and {len(different) - LISTED} more" if len(different) > LISTED else ""
    return f"Not in the vocabulary, read as {UNKNOWN}: {listed}{more}."


@cached_by_release
def network_of(release: Release) -> OpenedNetwork:
    """The network that a release was made of. Raises CheckpointError where it is missing, damaged
    or has been trained again since."""
    repair = f"rnnvis materialize {release.name}"
    folder = release.storage.checkpoint(release.name)
    try:
        network = open_network(folder)
    except CheckpointError as error:
        raise CheckpointError(error.message, repair=repair) from error
    found, expected = network.weights_sha256, release.model["weights_sha256"]
    if found != expected:
        raise CheckpointError(
            f"{folder} holds weights of SHA-256 {found[:12]}…, but this release was made of "
            f"{expected[:12]}…: the model has been trained again",
            repair=f"{repair}, then take the newer release",
        )
    return network


@cached_by_release
def read_typed(release: Release, text: str, start: str = ZERO) -> list[LayerStates]:
    """The states of every layer over a typed sentence, from a ``start`` of ``first_states``.

    One thread reads: a sentence is too short for more to gain anything, and on busy cores they wait
    for each other.
    """
    with limited_threads(1):
        found = network_of(release).read(
            text_of(release, text).word_ids.tolist(), before=first_states_of(release, text, start)
        )
    for layer, states in zip(release.layers, found, strict=True):
        if states.hidden is not None and states.hidden.shape[1] != layer.units:
            raise CheckpointError(
                f"{layer.name} is read as {states.hidden.shape[1]} units, but this release has "
                f"{layer.units}: the memory has been recorded with another number of readers",
                repair=f"rnnvis materialize {release.name}, then take the newer release",
            )
    return found


def first_states_of(release: Release, sentence: int | str, start: str) -> FirstStates | None:
    """The states before a sentence; None for zero, or where the network reads from no others.
    Raises as ``typed_start`` and ``recorded_start`` do."""
    if not network_of(release).carries:
        return None
    if isinstance(sentence, int):
        return recorded_start(release, sentence)
    return typed_start(release, start)


@cached_by_release
def integrated_gradients_of(release: Release, sentence: int | str) -> Float32Array:
    """float32[words, classes]: what each word of a document adds to the logit of each class of
    ``network_of``. Raises AnalysisError where they cannot be had."""
    with limited_threads(1):
        found = network_of(release).gradients_of(text_of(release, sentence).word_ids.tolist())
    if found is None:
        raise AnalysisError(
            f"integrated gradients are not known of {release.name}: they need predictions that "
            "its forward returns, and a single embedding that its words enter"
        )
    return found


def class_probabilities(release: Release, text: str) -> Float32Array:
    """float32[words, classes]: those that a classifier without a linear output layer gives a typed
    sentence that ends with each word."""
    network, word_ids = network_of(release), text_of(release, text).word_ids
    assert network.logits is not None
    with limited_threads(1):
        probabilities = network.logits(word_ids.tolist()).softmax(1)
    found: Float32Array = probabilities.numpy()
    return found


def predict_typed(
    release: Release, text: str, hidden: Float32Array, start: str = ZERO
) -> NextWordPredictions:
    """The next words that a language model expects after each word of a typed sentence, from the
    top layer's h float32[words, units], or by reading it again from the same ``start``. Raises
    CheckpointError where the network's output layer is not known."""
    network, word_ids = network_of(release), text_of(release, text).word_ids
    with limited_threads(1):
        if network.next_words is not None:
            return network.next_words(word_ids.tolist())
        if network.logits is not None:
            before = first_states_of(release, text, start)
            logits = network.logits(word_ids.tolist(), before=before)
            return predictions_from(logits, word_ids[1:])
        if network.output is None:
            raise CheckpointError("the output layer of this network is not known")
        return predict_words(network.output, hidden, word_ids[1:])
