"""Reading with an imported network: a batch of tokens in, every layer's states out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.network.cells import SteppedNetwork
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.recording.layer_states import FirstStates, LayerStates
from warehouse.recording_schema import LayerShape


class NetworkReader(ABC):
    """An imported network that reads tokens.

    ``shapes`` are its layers; ``carries`` says whether it can continue from earlier states;
    ``largest_batch`` is the most sequences that it reads at once. ``runs_forward`` says whether
    reading runs the network's own ``forward``, ``continues`` whether that too can continue from
    earlier states. ``module`` is what the factory made.
    """

    module: Any

    shapes: tuple[LayerShape, ...]
    carries: bool
    largest_batch: int
    runs_forward: bool
    continues: bool
    exact_batch: int | None = None
    """The number of sequences of every call, where the network takes no other."""

    @abstractmethod
    def read(self, words: Tensor, before: LayerwiseStates | None = None) -> list[LayerArrays]:
        """The arrays of every shape, float32[batch, steps, units], for int64[batch, steps] words.

        ``before`` are the states before the first step; None stands for zeros. Raises
        ImportedModelError.
        """

    @abstractmethod
    def run(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Any, LayerwiseStates]:
        """What ``forward`` returns for int64[batch, steps] words, and the states after them (none
        where the network cannot continue from them).

        Raises ImportedModelError.
        """

    def fill(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Tensor, LayerwiseStates | None]:
        """Words and states of as many sequences as a call takes: the last one comes repeatedly."""
        missing = (self.exact_batch or 0) - len(words)
        if missing <= 0:
            return words, before
        return _repeat_last(words, missing), before and [
            {name: _repeat_last(states, missing) for name, states in layer.items()}
            for layer in before
        ]

    def first_states(self, batch: int) -> LayerwiseStates:
        """The states before the first step."""
        return [{name: torch.zeros(batch, s.units) for name in s.states} for s in self.shapes]

    @property
    def starts_from_zero(self) -> bool:
        """Whether all states before the first step are zero."""
        return True

    def last_states(self, arrays: Sequence[LayerArrays]) -> LayerwiseStates:
        """The states after the last step of ``arrays``, to continue from."""
        return [
            {state: found[state][:, -1].clone() for state in shape.states}
            for shape, found in zip(self.shapes, arrays, strict=True)
        ]

    @abstractmethod
    def step(self, output: OutputLayer | None) -> SteppedNetwork | None:
        """The parts of the network with its ``output`` layer, None where only its own code can
        compute its states."""

    def read_sentence(
        self, word_ids: Sequence[int], *, before: FirstStates | None = None
    ) -> list[LayerStates]:
        """Every layer's states for one sequence of words, read from the states ``before`` it, or
        else from the network's own first ones."""
        if not len(word_ids):
            return [LayerStates() for _ in self.shapes]
        read = self.read(torch.tensor([word_ids], dtype=torch.int64), of_one(before))
        return [
            LayerStates(**{name: values[0].numpy() for name, values in arrays.items()})
            for arrays in read
        ]


def concatenate(pieces: Sequence[Sequence[LayerArrays]], dim: int) -> list[LayerArrays]:
    """The arrays of every layer, joined along the batch (0) or the steps (1)."""
    return [
        {name: torch.cat([arrays[name] for arrays in layers], dim) for name in layers[0]}
        for layers in zip(*pieces, strict=True)
    ]


def _repeat_last(rows: Tensor, times: int) -> Tensor:
    return torch.cat([rows, rows[-1:].expand(times, *rows.shape[1:])])


def of_one(states: FirstStates | None) -> LayerwiseStates | None:
    """The states of a batch of one sequence."""
    if states is None:
        return None
    return [
        {name: torch.tensor(values).unsqueeze(0) for name, values in layer.items()}
        for layer in states
    ]


def rows_of(layers: Sequence[LayerArrays], rows: slice) -> list[LayerArrays]:
    """What was read of some of the sequences."""
    return [{name: values[rows] for name, values in layer.items()} for layer in layers]
