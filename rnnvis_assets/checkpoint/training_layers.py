"""The recurrent layers of a network in training, read one after the other, with dropout."""

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.model_config import Dropout
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, State

_ONE_LAYER: Mapping[str, Any] = MappingProxyType({
    "has_biases": True, "num_layers": 1, "dropout": 0.0, "train": True, "bidirectional": False,
    "batch_first": False,
})  # fmt: skip
_LEVELS = 2**16
_MASKS_PER_DRAW = 4

# cuDNN wants the weights of all layers in one piece of memory, and copies them there otherwise.
# Dropped weights are new ones in every batch, so that nothing can be done about it.
warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous")


def dropout(values: Tensor, probability: float) -> Tensor:
    """Zeroes values with ``probability`` (to 1/65536) and scales the rest to keep the mean.

    Draws from PyTorch's global generator. On the CPU it takes a third of the time of
    ``torch.nn.functional.dropout``, as one random integer makes the masks of four values.
    """
    if not probability:
        return values
    if values.device.type != "cpu":
        return functional.dropout(values, probability)
    dropped = round(probability * _LEVELS)
    draws = torch.empty(-(-values.numel() // _MASKS_PER_DRAW), dtype=torch.int64)
    levels = draws.random_(-(2**63), None).view(torch.int16)[: values.numel()]
    kept = levels >= dropped - _LEVELS // 2
    return values * kept.view_as(values).to(values.dtype).mul_(_LEVELS / (_LEVELS - dropped))


class TrainingLayers:
    """Reads batches as a network in training does."""

    def __init__(self, rates: Dropout, hardware: Hardware) -> None:
        self._rates = rates
        self._hardware = hardware

    def drop(self, values: Tensor, probability: float) -> Tensor:
        """Dropout of activations [steps, ...]; locked dropout drops the same units at every step
        (Gal and Ghahramani 2016)."""
        if self._rates.locked and probability:
            return values * dropout(torch.ones_like(values[:1]), probability)
        return dropout(values, probability)

    def read(self, network: RecurrentNetwork, hidden: Tensor, state: State) -> tuple[Tensor, State]:
        """The top layer's h of embedded words, [steps, streams, H] both, and the state after them
        in float32, both in the graph.

        Each batch drops other recurrent weights (DropConnect, Wan et al. 2013; in recurrent
        networks, Merity et al. 2018).
        """
        ends = []
        for layer in range(network.rnn.num_layers):
            if layer:
                hidden = self.drop(hidden, self._rates.between_layers)
            start, hardware = tuple(part[layer] for part in state), self._hardware
            with torch.autocast("cpu", hardware.precision, enabled=hardware.lowers_recurrence):
                hidden, end = self._read_layer(network, layer, hidden, start)
            ends.append(end)
        return hidden, tuple(torch.stack(parts) for parts in zip(*ends, strict=True))

    def _read_layer(
        self, network: RecurrentNetwork, layer: int, hidden: Tensor, start: State
    ) -> tuple[Tensor, State]:
        if not isinstance(network.rnn, nn.RNNBase):
            return network.rnn.read_layer(layer, hidden, start)
        w_ih, w_hh, b_ih, b_hh = network.rnn.all_weights[layer]
        weights = (w_ih, dropout(w_hh, self._rates.recurrent_weights), b_ih, b_hh)
        read, first = getattr(torch, CELLS[network.cell].function or ""), [s[None] for s in start]
        output, *after = read(hidden, first if len(first) > 1 else first[0], weights, **_ONE_LAYER)
        return output, tuple(part[0].float() for part in after)
