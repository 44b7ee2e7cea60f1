"""A minGRU (Feng et al. 2024, "Were RNNs All We Needed?"): a recurrent layer that PyTorch
does not have, so its states are provided through ``StateReader``.

Neither its gate nor its candidate sees the old state: z = σ(W x + b), h' = W' x + b', and
h_t = (1 − z) h_(t−1) + z h'; so the keep gate is 1 − z.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from rnnvis_assets.model_import.state_reader import LayerStates, StateReader


class MinGruLayer(nn.Module):
    """One layer: float[batch, steps, inputs] to h, of so many ``units``."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.gate, self.candidate = nn.Linear(inputs, units), nn.Linear(inputs, units)

    def forward(self, inputs: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
        """h and the keep gate, float[batch, steps, units] each."""
        update, candidate = self.gate(inputs).sigmoid(), self.candidate(inputs)
        hidden, states = torch.zeros_like(candidate[:, 0]) if before is None else before, []
        for weight, new in zip(update.unbind(1), candidate.unbind(1), strict=True):
            hidden = torch.lerp(hidden, new, weight)
            states.append(hidden)
        return torch.stack(states, 1), 1 - update


class MinGru(nn.Module, StateReader):
    """Embedding, minGRU layers, and an output layer over the last h, with a row a class."""

    cell = "min_gru"

    def __init__(self, words: int, size: int, units: int, layers: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        widths = [size, *[units] * layers]
        self.layers = nn.ModuleList(
            MinGruLayer(inputs, outputs) for inputs, outputs in pairwise(widths)
        )
        self.output = nn.Linear(units, classes)

    def read_states(
        self, tokens: Tensor, before: Sequence[LayerStates] | None
    ) -> Iterator[LayerStates]:
        entering = self.embedding(tokens)
        for number, layer in enumerate(self.layers):
            entering, keep = layer(entering, before[number]["hidden"] if before else None)
            yield {"hidden": entering, "keep_gate": keep}

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits float[batch, classes] after the last word."""
        *_, top = self.read_states(tokens, None)
        logits: Tensor = self.output(top["hidden"][:, -1])
        return logits


def build(words: int, size: int = 16, units: int = 24, layers: int = 2, classes: int = 2) -> MinGru:
    """The factory that a configuration names."""
    return MinGru(words, size, units, layers, classes)
