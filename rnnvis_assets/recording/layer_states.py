"""Running the layers of a network over blocks of words and keeping every state, delta and gate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.network.cells import RecurrentLayer, make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from warehouse.arrays import Float32Array


@dataclass(frozen=True)
class LayerStates:
    """One layer at every step, float32[steps, units] each: states, their changes, keep gate."""

    hidden: Float32Array | None = None
    hidden_delta: Float32Array | None = None
    cell: Float32Array | None = None
    cell_delta: Float32Array | None = None
    keep_gate: Float32Array | None = None


class LayerStepper:
    """Steps one layer through up to ``streams`` streams, ``steps`` at a time, from a zero state.

    The state is carried from call to call. Buffers are allocated once: the next call overwrites
    what ``read`` returned.
    """

    def __init__(self, layer: RecurrentLayer, streams: int, steps: int) -> None:
        self._layer = layer
        empty, zeros = layer.weight_hh.new_empty, layer.weight_hh.new_zeros
        self._buffers = {name: empty(streams, steps, layer.size_of(name)) for name in layer.arrays}
        self._carried = [zeros(streams, layer.size_of(name)) for name in layer.states]

    @torch.inference_mode()
    def read(self, inputs: Tensor, starts: Tensor) -> dict[str, Tensor]:
        """All arrays, float32[streams, steps, units], for float32[streams, steps, inputs].

        ``starts`` bool[streams, steps], on the CPU, is true where a sequence begins. A stream that
        is left out, at the end, has ended: the next call continues the streams of this one.
        """
        streams, steps = starts.shape
        out = {name: buffer[:streams, :steps] for name, buffer in self._buffers.items()}
        before = [state[:streams] for state in self._carried]
        self._carried = self._layer.run(inputs, starts, before, out)
        return out


def record_sequence(
    network: RecurrentNetwork,
    word_ids: Sequence[int],
    layers: Sequence[RecurrentLayer] | None = None,
) -> list[LayerStates]:
    """Every layer's states for one sequence of words, read from a zero state, in memory.

    Callers that read many sequences pass the ``layers`` of ``make_layers(network)``, which take as
    long to make as a sentence to read.
    """
    embedding = network.embedding.weight.detach()
    words = torch.as_tensor(np.asarray(word_ids, dtype=np.int64), device=embedding.device)
    inputs, starts = embedding[words].unsqueeze(0), torch.zeros(1, len(words), dtype=torch.bool)
    starts[:, :1] = True
    states = []
    for layer in layers or make_layers(network):
        out = LayerStepper(layer, 1, len(words)).read(inputs, starts)
        inputs = out["hidden"]
        states.append(LayerStates(**{name: out[name][0].cpu().numpy() for name in layer.arrays}))
    return states
