"""What a network responds before training: the reference of finding 3."""

from collections.abc import Mapping

import numpy as np
import torch

from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.network.cells import make_layers
from rnnvis_assets.network.recurrent_network import build_network, initialise
from rnnvis_assets.recording.layer_states import LayerStepper
from warehouse.arrays import Float32Array, FloatArray, IntArray
from warehouse.recording_schema import CELL_OUTPUT
from warehouse.recordings import cell_output_change

STREAMS = 64
STATES_AT_MOST = 4_000_000
"""Tokens times units that are read: 40 MB an array, and half a second."""


def untrained_responses(
    config: ModelConfig, corpus: Corpus, split: Split, state: str
) -> tuple[FloatArray, IntArray]:
    """Mean changes of a state of the last layer by word, float64[words, units], and how often each
    word was read, int[words]: by the network as it is before training, on the first tokens of a
    split. A classifier's state restarts at every document."""
    streams = min(STREAMS, split.num_tokens)
    steps = max(1, min(STATES_AT_MOST // config.hidden_size, split.num_tokens) // streams)
    words = split.word_ids[: streams * steps].reshape(streams, steps).astype(np.int64)
    starts = np.zeros((streams, steps), bool)
    starts[:, 0] = True
    if split.labels is not None:
        starts.flat[split.sentence_offsets[split.sentence_offsets < starts.size]] = True
    num_words = len(corpus.vocabulary)
    network = build_network(config, num_words, len(corpus.classes) or num_words)
    initialise(network, seed=config.seed, forget_bias=config.training.forget_bias)
    inputs = network.embedding.weight.detach()[torch.from_numpy(words)]
    for layer in make_layers(network):
        arrays = LayerStepper(layer, streams, steps).read(inputs, torch.from_numpy(starts))
        inputs = arrays["hidden"]
    changes = _changes({name: array.flatten(0, 1).numpy() for name, array in arrays.items()}, state)
    sums = torch.zeros(num_words, changes.shape[1], dtype=torch.float64)
    sums.index_add_(0, torch.from_numpy(words.ravel()), torch.from_numpy(changes).double())
    counts = np.bincount(words.ravel(), minlength=num_words)
    return sums.numpy() / np.maximum(counts, 1)[:, None], counts


def _changes(arrays: Mapping[str, Float32Array], state: str) -> Float32Array:
    if state == CELL_OUTPUT:
        return cell_output_change(arrays["cell"], arrays["cell_delta"])
    return arrays[f"{state}_delta"]
