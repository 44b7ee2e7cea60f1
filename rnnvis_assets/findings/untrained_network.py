"""What a network responds before training: the reference of finding 3."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from rnnvis_assets.matrix_memory.trained_memory import TrainedMemory
from rnnvis_assets.network.cells import make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from rnnvis_assets.recording.layer_states import LayerStepper
from warehouse.arrays import BoolArray, Float32Array, FloatArray, Int64Array, IntArray
from warehouse.recorded_rows import cell_output_change
from warehouse.recording_schema import CELL_OUTPUT

STREAMS = 64
STATE_CHANGES = ("hidden_delta", "cell_delta")
STATES_AT_MOST = 4_000_000
"""Tokens times units that are read: 40 MB an array, and half a second."""


def untrained_responses(
    config: ModelConfig,
    corpus: Corpus,
    split: Split,
    word_ids: IntArray,
    state: str,
    readers: int = 1,
) -> tuple[FloatArray, IntArray]:
    """Mean changes of a state of the last layer by the words ``word_ids`` int[words], ascending:
    float64[words, units], and how often each was read, int[words]. By the network as it is before
    training, on the first tokens of a split; a classifier's state restarts at every document.
    ``readers`` are those of each head of a matrix memory."""
    streams = min(STREAMS, split.num_tokens)
    steps = max(1, min(STATES_AT_MOST // config.units, split.num_tokens) // streams)
    words = np.asarray(split.tokens[: streams * steps], np.int64).reshape(streams, steps)
    starts = np.zeros((streams, steps), bool)
    starts[:, 0] = True
    if split.labels is not None:
        starts.flat[split.sentence_offsets[split.sentence_offsets < starts.size]] = True
    num_words = len(corpus.vocabulary)
    network = RecurrentNetwork(config, num_words, len(corpus.classes) or num_words)
    initialise(network, seed=config.seed, forget_bias=config.training.forget_bias)
    read = partial(_read_memory, readers) if CELLS[config.cell].matrix else _read_layers
    changes = _changes(read(network.eval(), words, starts), state)
    rows = np.flatnonzero(np.isin(words, word_ids))
    places = np.searchsorted(word_ids, words.ravel()[rows])
    sums = torch.zeros(len(word_ids), changes.shape[1], dtype=torch.float64)
    sums.index_add_(0, torch.from_numpy(places), torch.from_numpy(changes[rows]).double())
    counts = np.bincount(places, minlength=len(word_ids))
    means = sums.numpy()
    means /= np.maximum(counts, 1)[:, None]
    return means, counts


def _read_layers(
    network: RecurrentNetwork, words: Int64Array, starts: BoolArray
) -> Mapping[str, Float32Array]:
    """The last layer's arrays, float32[words, units], of streams that restart at ``starts``."""
    inputs = network.embedding.weight.detach()[torch.from_numpy(words)]
    for layer in make_layers(network):
        arrays = LayerStepper(layer, *words.shape).read(inputs, torch.from_numpy(starts))
        inputs = arrays["hidden"]
    return {name: array.flatten(0, 1).numpy() for name, array in arrays.items()}


def _read_memory(
    readers: int, network: RecurrentNetwork, words: Int64Array, starts: BoolArray
) -> Mapping[str, Float32Array]:
    """The same of a matrix memory, read by its own readers."""
    sequences = np.append(np.flatnonzero(starts), words.size)
    with TemporaryDirectory() as folder:
        report = record_memory(
            TrainedMemory(network),
            words.ravel().astype(np.int32),
            sequences,
            Path(folder) / "recording",
            source={},
            wanted=RecordingSettings(readers=readers),
        )
        last = report.recording.num_layers - 1
        rows = list(report.recording.batches(last, STATE_CHANGES))
    return {name: np.concatenate([row[name] for row in rows]) for name in STATE_CHANGES}


def _changes(arrays: Mapping[str, Float32Array], state: str) -> Float32Array:
    if state == CELL_OUTPUT:
        return cell_output_change(arrays["cell"], arrays["cell_delta"])
    return arrays[f"{state}_delta"]
