"""The recurrent layers of a network, read one after the other, with what training drops in them."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.checkpoint.dropout import dropout, locked_dropout
from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.lstm_backward import is_worthwhile, read_layer
from rnnvis_assets.configuration.cell_kinds import CELLS, Cell
from rnnvis_assets.configuration.model_config import Dropout
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, State

_FUNCTIONS: Mapping[str, Callable[..., Sequence[Tensor]]] = MappingProxyType(
    {name: getattr(torch, cell.function) for name, cell in CELLS.items() if cell.function}
)
_ONE_LAYER: Mapping[str, Any] = MappingProxyType({
    "has_biases": True, "num_layers": 1, "dropout": 0.0, "train": True, "bidirectional": False,
    "batch_first": False,
})  # fmt: skip

# cuDNN wants the weights of all layers in one piece of memory, and copies them there otherwise.
# Weights that were dropped are new ones in every batch, so that there is nothing to be done.
warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous")


class LayerReader:
    """Reads batches as a network in training does."""

    def __init__(self, shares: Dropout, hardware: Hardware) -> None:
        self._shares = shares
        self._drop = locked_dropout if shares.locked else dropout
        self._hardware = hardware

    def read(self, network: RecurrentNetwork, hidden: Tensor, state: State) -> tuple[Tensor, State]:
        """The top layer's h of embedded words, [steps, streams, H] both, and the state after them
        in float32, cut from the graph.

        Each batch drops other weights from state to state (DropConnect, Wan et al. 2013; in
        recurrent networks, Merity et al. 2018).
        """
        read, ends = self._function(network), []
        for layer, (w_ih, w_hh, b_ih, b_hh) in enumerate(network.rnn.all_weights):
            if layer:
                hidden = self._drop(hidden, self._shares.between_layers)
            weights = (w_ih, dropout(w_hh, self._shares.recurrent_weights), b_ih, b_hh)
            hidden, end = read(hidden, tuple(part[layer] for part in state), weights)
            ends.append(end)
        return hidden, tuple(torch.stack(parts) for parts in zip(*ends, strict=True))

    def _function(self, network: RecurrentNetwork) -> Callable[..., tuple[Tensor, State]]:
        precision = self._hardware.precision
        if is_worthwhile(network) and self._hardware.lowers_recurrence:
            return lambda hidden, start, weights: read_layer(hidden, start, weights, precision)
        return lambda *layer: self._read_plain(network.cell, *layer)

    def _read_plain(
        self, cell: Cell, hidden: Tensor, start: State, weights: Sequence[Tensor]
    ) -> tuple[Tensor, State]:
        hardware, before = self._hardware, tuple(part.unsqueeze(0) for part in start)
        with torch.autocast("cpu", hardware.precision, enabled=hardware.lowers_recurrence):
            output, *after = _FUNCTIONS[cell](
                hidden, before if cell == "lstm" else before[0], weights, **_ONE_LAYER
            )
        return output, tuple(part.detach()[0].float() for part in after)
