"""Running the layers of a network over blocks of words, every state, delta and gate kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.network.cells import Layer, make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LayerStates:
    """What one layer did at every step: float32[steps, units] each, as in DESIGN section 4."""

    hidden: Array | None = None
    hidden_delta: Array | None = None
    cell: Array | None = None
    cell_delta: Array | None = None
    keep_gate: Array | None = None


class LayerReader:
    """One layer reading up to ``lanes`` lanes side by side, ``steps`` at a time, from a zero state.

    The state is carried from call to call. The buffers are made once; what ``read`` returns is
    overwritten by the next call.
    """

    def __init__(self, layer: Layer, lanes: int, steps: int) -> None:
        self._layer = layer
        empty, zeros = layer.weight_hh.new_empty, layer.weight_hh.new_zeros
        self._buffers = {name: empty(lanes, steps, layer.size_of(name)) for name in layer.arrays}
        self._carried = [zeros(lanes, layer.size_of(name)) for name in layer.states]

    @torch.inference_mode()
    def read(self, inputs: Tensor, starts: Tensor) -> dict[str, Tensor]:
        """All arrays, float32[lanes, steps, units], for float32[lanes, steps, inputs].

        ``starts``, bool[lanes, steps] on the CPU, is true where a sequence begins. Once a lane is
        left out, at the end, it stays out: the next call carries on the lanes of this one.
        """
        lanes, steps = starts.shape
        out = {name: buffer[:lanes, :steps] for name, buffer in self._buffers.items()}
        before = [state[:lanes] for state in self._carried]
        self._carried = self._layer.run(inputs, starts, before, out)
        return out


def record_sequence(
    network: RecurrentNetwork, word_ids: Sequence[int], layers: Sequence[Layer] | None = None
) -> list[LayerStates]:
    """Every layer's states for one sequence of words, read from a zero state, in memory.

    ``layers`` are those of ``make_layers(network)``, for callers who read many sequences: making
    them takes as long as reading a sentence.
    """
    embedding = network.embedding.weight.detach()
    words = torch.as_tensor(np.asarray(word_ids, dtype=np.int64), device=embedding.device)
    inputs, starts = embedding[words].unsqueeze(0), torch.zeros(1, len(words), dtype=torch.bool)
    starts[:, :1] = True
    states = []
    for layer in layers or make_layers(network):
        out = LayerReader(layer, 1, len(words)).read(inputs, starts)
        inputs = out["hidden"]
        states.append(LayerStates(**{name: out[name][0].cpu().numpy() for name in layer.arrays}))
    return states
