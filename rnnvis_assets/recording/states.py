"""Running all layers of a network over blocks of words, every state, delta and gate kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.models.network import RecurrentNetwork
from rnnvis_assets.recording.layers import Layer, make_layers

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LayerStates:
    """What one layer did at every step: float32[steps, units] each, as in DESIGN section 4."""

    hidden: Array
    hidden_delta: Array
    cell: Array | None = None
    cell_delta: Array | None = None
    keep_gate: Array | None = None


class StateReader:
    """Reads words in up to ``lanes`` lanes side by side, ``steps`` at a time, carrying the state.

    The buffers are made once; what ``read`` returns is overwritten by the next call.
    """

    def __init__(self, embedding: Tensor, layers: Sequence[Layer], lanes: int, steps: int) -> None:
        """``embedding``: float[words, inputs] of the first layer."""
        self._embedding, self._layers = embedding, layers
        empty = self._embedding.new_empty
        self._buffers = [
            {name: empty(lanes, steps, layer.units) for name in layer.arrays} for layer in layers
        ]
        self._carried = [
            [self._embedding.new_zeros(lanes, layer.units) for _ in layer.states]
            for layer in layers
        ]

    @torch.inference_mode()
    def read(self, word_ids: Tensor, starts: Tensor) -> list[dict[str, Array]]:
        """All arrays of every layer, float32[lanes, steps, units], for int64[lanes, steps] words.

        ``starts`` is true where a sequence begins. Once a lane is left out, at the end, it stays
        out: the next call carries on the lanes of this one.
        """
        lanes, steps = word_ids.shape
        inputs = self._embedding[word_ids.to(self._embedding.device)]
        read = []
        for number, layer in enumerate(self._layers):
            out = {name: array[:lanes, :steps] for name, array in self._buffers[number].items()}
            before = [state[:lanes] for state in self._carried[number]]
            self._carried[number] = layer.run(inputs, starts, before, out)
            inputs = out["hidden"]
            read.append({name: tensor.cpu().numpy() for name, tensor in out.items()})
        return read


def record_sequence(network: RecurrentNetwork, word_ids: Sequence[int]) -> list[LayerStates]:
    """Every layer's states for one sequence of words, read from a zero state, in memory."""
    words = torch.as_tensor(np.asarray(word_ids, dtype=np.int64)).unsqueeze(0)
    starts = torch.zeros(words.shape, dtype=torch.bool)
    starts[:, :1] = True
    reader = StateReader(network.embedding.weight.detach(), make_layers(network), *words.shape)
    read = reader.read(words, starts)
    return [LayerStates(**{name: array[0] for name, array in arrays.items()}) for arrays in read]
