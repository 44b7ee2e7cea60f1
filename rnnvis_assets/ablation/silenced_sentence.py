"""One sentence read with and without a part of the state, for a view that answers at once."""

import numpy as np
import torch

from rnnvis_assets.ablation.clamped_layers import BLOCK_STEPS, Passage, layer_inputs, read_clamped
from rnnvis_assets.ablation.clamped_memory import MemoryRun
from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.glyphs.network_predictions import predict_words
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.network.stepped_mamba import Stepped, SteppedMamba
from rnnvis_assets.recording.layer_states import FirstStates
from warehouse.arrays import Float32Array, Int32Array


def read_with_and_without(
    network: Stepped,
    word_ids: Int32Array,
    clamps: Clamps,
    before: FirstStates | None = None,
) -> Float32Array:
    """The last layer's h after every word, from the states ``before`` or else from zero:
    float32[1 + sets, words, units], with nothing clamped first, then under each set of ``clamps``.
    """
    words = torch.from_numpy(np.asarray(word_ids, np.int64))[:, np.newaxis]
    starts = torch.zeros(words.shape, dtype=torch.bool)
    starts[:1] = before is None
    passage = Passage(words, starts, before)
    free = np.full((1, clamps.lower.shape[1]), np.inf, np.float32)
    lower, upper = np.vstack([-free, clamps.lower]), np.vstack([free, clamps.upper])
    both = Clamps(clamps.layer, clamps.state, lower, upper)
    inputs = layer_inputs(network, passage, clamps.layer)
    blocks = [block.clone() for block in read_clamped(network, passage, inputs, both)]
    hidden: Float32Array = torch.cat(blocks)[:, :, 0].transpose(0, 1).contiguous().numpy()
    return hidden


@torch.inference_mode()
def states_after(network: SteppedMamba, word_ids: Int32Array) -> FirstStates:
    """What the blocks carry on after words that are read from zero."""
    runs = [MemoryRun(layer, 1) for layer in network.layers]
    words = torch.from_numpy(np.asarray(word_ids, np.int64))[:, np.newaxis]
    for start in range(0, len(words), BLOCK_STEPS):
        block = words[start : start + BLOCK_STEPS]
        stream, starts = network.embedding[block], torch.zeros(block.shape, dtype=torch.bool)
        for run in runs:
            stream = run.read(stream, starts)
    return [run.states for run in runs]


def next_words_with_and_without(
    network: Stepped,
    word_ids: Int32Array,
    clamps: Clamps,
    before: FirstStates | None = None,
) -> list[NextWordPredictions]:
    """What a language model expects after every word, and the probability of the word that follows:
    with nothing clamped first, then under each set of ``clamps``."""
    hidden = read_with_and_without(network, word_ids, clamps, before)
    return [predict_words(network.output, each, word_ids[1:]) for each in hidden]


@torch.inference_mode()
def classes_with_and_without(
    network: Stepped, word_ids: Int32Array, clamps: Clamps
) -> Float32Array:
    """A classifier's probabilities after every word, float32[1 + sets, words, classes]; the last
    word's are those of the document."""
    hidden = torch.from_numpy(read_with_and_without(network, word_ids, clamps))
    return network.output.decode(hidden).softmax(-1).numpy()
