"""The networks that releases were made of, loaded once a process, to read typed sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rnnvis_assets.glyphs.network_predictions import NextWordPredictions, predict_words
from rnnvis_assets.model_kinds.model_kinds import open_network
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.network.threads import limited_threads
from rnnvis_assets.recording.layer_states import LayerStates
from rnnvis_assets.recording.record_trained import ReadSentence
from warehouse.errors import CheckpointError
from warehouse.reader import Release

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Network:
    """A network, ready to read; ``classes`` of a classifier, in the order of its outputs.

    One thread reads: a sentence is too short for more to gain anything, and where the cores are
    busy they wait for each other.
    """

    sentence_reader: ReadSentence
    output: OutputLayer | None
    classes: tuple[str, ...]

    def read(self, word_ids: Ints) -> list[LayerStates]:
        """Every layer's states, read from a zero state."""
        with limited_threads(1):
            return self.sentence_reader(word_ids.tolist())

    def expect(self, hidden: Floats, following: Ints) -> NextWordPredictions:
        """What a language model expects after each step of the top layer's h."""
        with limited_threads(1):
            return predict_words(self._output, hidden, following)

    @property
    def _output(self) -> OutputLayer:
        if self.output is None:
            raise CheckpointError("this network has no output layer that could be told of")
        return self.output

    @property
    def output_weight(self) -> Floats:
        """float32[outputs, units]"""
        weight: Floats = self._output.weight.numpy()
        return weight

    def layers_read(self, units: Sequence[int]) -> tuple[int, ...]:
        """Of layers with so many units each, those whose h the output layer reads."""
        return self._output.layers_read(units)

    @property
    def output_bias(self) -> Floats:
        """float32[outputs]"""
        bias: Floats = self._output.bias.numpy()
        return bias


@lru_cache(maxsize=4)
def network_of(release: Release) -> Network:
    """The network that a release was made of. Raises CheckpointError where it is gone, damaged or
    has been trained anew since."""
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
            f"{expected[:12]}…: the model has been trained anew",
            repair=f"{repair}, then take the newer release",
        )
    return Network(network.read, network.output, network.classes)
