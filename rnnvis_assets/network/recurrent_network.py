"""The recurrent network that is trained and analysed: embedding, recurrent layers, output layer."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnvis_assets.configuration.cell_kinds import CELLS, Cell
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.network.linear_recurrence import LinearRecurrence
from rnnvis_assets.network.mamba import Mamba

State = tuple[Tensor, ...]
"""(h,) or, for an LSTM, (h, c), each float[num_layers, batch, hidden_size]; Mamba has its own."""

_WEIGHT_RANGE = 0.1


@dataclass(frozen=True)
class OutputLayer:
    """A linear layer over the last layer's h, or over those of the last level's two directions side
    by side: ``weight`` float32[outputs, units], ``bias`` float32[outputs]. The rows are a word
    each, or a class each."""

    weight: Tensor
    bias: Tensor

    def decode(self, hidden: Tensor) -> Tensor:
        """Logits float[..., outputs] of float[..., units]."""
        return functional.linear(hidden, self.weight, self.bias)

    def layers_read(self, units: Sequence[int]) -> tuple[int, ...]:
        """Of layers with so many ``units`` each, from the input up, those whose h it reads."""
        last = len(units) - 1
        return (last,) if self.weight.shape[1] == units[last] else (last - 1, last)

    def parts(self, units: Sequence[int]) -> list["OutputLayer"]:
        """One for each of the layers that it reads; their logits add up to its own."""
        sizes = [units[layer] for layer in self.layers_read(units)]
        nothing = torch.zeros_like(self.bias)
        return [
            OutputLayer(weight, nothing if number else self.bias)
            for number, weight in enumerate(torch.split(self.weight, sizes, dim=1))
        ]


def _recurrent_module(cell: Cell) -> Callable[..., nn.RNNBase | LinearRecurrence | Mamba]:
    kind = CELLS[cell]
    if kind.matrix:
        return Mamba
    if kind.linear:
        return partial(LinearRecurrence, cell)
    return partial(getattr(nn, str(kind.module)), batch_first=True, **dict(kind.options))


def perplexity(loss: float) -> float:
    """exp of a loss in nats; infinite where that is too large for a float."""
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


class Decoder(nn.Module):
    """Output layer; a tied one uses the embedding's weight and owns only a bias."""

    def __init__(self, hidden_size: int, num_outputs: int, tied: bool) -> None:
        super().__init__()
        self.weight = None if tied else nn.Parameter(torch.empty(num_outputs, hidden_size))
        self.bias = nn.Parameter(torch.zeros(num_outputs))


class RecurrentNetwork(nn.Module):
    """Embedding, ``nn.RNN``/``nn.LSTM``/``nn.GRU`` (batch first), a ``LinearRecurrence`` or
    ``Mamba``, and a linear output layer.

    Its ``state_dict`` has the names of the checkpoint contract (docs/design.md, Checkpoint).
    """

    def __init__(self, config: ModelConfig, vocabulary_size: int, num_outputs: int) -> None:
        """The untrained network of a configuration; ``num_outputs`` is words or classes."""
        super().__init__()
        self.cell = config.cell
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size)
        sizes = config.embedding_size, config.hidden_size, config.num_layers
        between = config.dropout.between_layers if config.num_layers > 1 else 0.0
        self.rnn = _recurrent_module(config.cell)(*sizes, dropout=between)
        self.decoder = Decoder(config.hidden_size, num_outputs, config.tied_embedding)
        self.embedding_dropout = nn.Dropout(config.dropout.embedding)
        self.output_dropout = nn.Dropout(config.dropout.output)

    @property
    def output_weight(self) -> Tensor:
        """float[num_outputs, hidden_size]: the decoder's own weight, or the tied embedding's."""
        return self.embedding.weight if self.decoder.weight is None else self.decoder.weight

    @property
    def output_layer(self) -> OutputLayer:
        """The output layer as it stands, for reading."""
        return OutputLayer(self.output_weight.detach(), self.decoder.bias.detach())

    @property
    def num_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def initial_state(self, batch_size: int) -> State:
        """Zeros, on the network's device."""
        if isinstance(self.rnn, Mamba):
            return self.rnn.initial_state(batch_size)
        weight = self.embedding.weight
        shape = (self.rnn.num_layers, batch_size, self.rnn.hidden_size)
        return tuple(torch.zeros(shape, device=weight.device) for _ in CELLS[self.cell].states)

    def read(self, word_ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Top layer's h for int[batch, steps] words: float[batch, steps, hidden_size], and the
        state after the last step."""
        output, after = self.run(self.embedding_dropout(self.embedding(word_ids)), state)
        return output, after

    def run(self, inputs: Any, state: State) -> tuple[Any, State]:
        """Only the recurrent layers: float[batch, steps, embedding_size], or a PackedSequence of
        such, in; the top layer's h in the same form, and the state after the last step, out."""
        output, after = self.rnn(inputs, state if len(state) > 1 else state[0])
        return output, tuple(after) if len(state) > 1 else (after,)

    def decode(self, hidden: Tensor) -> Tensor:
        """Logits float[..., num_outputs] of float[..., hidden_size]."""
        dropped = self.output_dropout(hidden)
        return functional.linear(dropped, self.output_weight, self.decoder.bias)


def initialise(network: RecurrentNetwork, *, seed: int, forget_bias: float) -> None:
    """Fills in starting weights, the same for the same seed whatever ran before.

    Embedding and output weights are uniform in ±0.1 (Zaremba et al. 2014), recurrent ones in
    ±1/sqrt(hidden_size) (PyTorch's own), and the forget gate's bias is ``forget_bias``
    (Jozefowicz et al. 2015). Mamba has starting weights of its own.
    """
    generator = torch.Generator().manual_seed(seed)
    bound = network.rnn.hidden_size**-0.5
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            limit = bound if name.startswith("rnn.") else _WEIGHT_RANGE
            parameter.uniform_(-limit, limit, generator=generator)
        network.decoder.bias.zero_()
        units = network.rnn.hidden_size
        if isinstance(network.rnn, Mamba):
            network.rnn.initialise(generator)
        elif forget := {"lstm": slice(units, 2 * units), "min_lstm": slice(units)}.get(
            network.cell
        ):
            for weights in network.rnn.all_weights:
                biases = [weight for weight in weights if weight.dim() == 1]
                for bias, value in zip(biases, (forget_bias, 0.0), strict=False):
                    bias[forget] = value


@contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """Limits PyTorch to ``threads`` threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
