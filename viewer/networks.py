"""The networks that releases were made of, loaded once a process, to read typed sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rnnvis_assets.models.checkpoint import load_checkpoint
from rnnvis_assets.models.network import RecurrentNetwork
from rnnvis_assets.recording.layers import Layer, make_layers
from rnnvis_assets.recording.states import LayerStates, record_sequence
from rnnvis_assets.sequences.predictions import NextWords, predict_words
from rnnvis_assets.training.hardware import limited_threads
from warehouse.errors import CheckpointError
from warehouse.reader import Release

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network, ready to read; ``classes`` of a classifier, in the order of its outputs.

    One thread reads: a sentence is too short for more to gain anything, and where the cores are
    busy they wait for each other.
    """

    network: RecurrentNetwork
    layers: Sequence[Layer]
    classes: tuple[str, ...]

    def read(self, word_ids: Ints) -> list[LayerStates]:
        """Every layer's states, read from a zero state."""
        with limited_threads(1):
            return record_sequence(self.network, word_ids.tolist(), self.layers)

    def expect(self, hidden: Floats, following: Ints) -> NextWords:
        """What a language model expects after each step of the top layer's h."""
        with limited_threads(1):
            return predict_words(self.network, hidden, following)

    @property
    def output_weight(self) -> Floats:
        """float32[outputs, units]"""
        weight: Floats = self.network.output_weight.detach().numpy()
        return weight

    @property
    def output_bias(self) -> Floats:
        """float32[outputs]"""
        bias: Floats = self.network.decoder.bias.detach().numpy()
        return bias


@lru_cache(maxsize=4)
def network_of(release: Release) -> Network:
    """The network that a release was made of. Raises CheckpointError where it is gone, damaged or
    has been trained anew since."""
    repair = f"rnnvis materialize {release.name}"
    folder = release.storage.checkpoint(release.name)
    try:
        checkpoint = load_checkpoint(folder)
    except CheckpointError as error:
        raise CheckpointError(error.message, repair=repair) from error
    found, expected = checkpoint.weights_sha256, release.model["weights_sha256"]
    if found != expected:
        raise CheckpointError(
            f"{folder} holds weights of SHA-256 {found[:12]}…, but this release was made of "
            f"{expected[:12]}…: the model has been trained anew",
            repair=f"{repair}, then take the newer release",
        )
    network = checkpoint.network
    return Network(network, make_layers(network), tuple(checkpoint.spec["classes"]))
