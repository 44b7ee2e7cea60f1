"""Mamba (Gu and Dao 2023): blocks whose state is a matrix memory, a row of 16 numbers a channel.

A block adds to the residual stream x: of its norm, one linear layer makes the channels and their
gates; each channel is mixed with its own last three inputs, scanned (``selective_scan``) with a
step, a key and a query that depend on the input, and gated. Names and initial weights are those of
the authors' code.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnvis_assets.network.selective_scan import selective_scan

EXPANSION, STATE_SIZE, KERNEL = 2, 16, 4
"""Channels for each number of the stream, numbers that a channel keeps, inputs that it mixes."""
CHANNELS_OF_A_RANK = 16
_SHORTEST, _LONGEST = 1e-3, 1e-1
_EPSILON = 1e-5
State = tuple[Tensor, ...]


@dataclass(frozen=True)
class ScanInputs:
    """What a block's memory reads: ``steps``, ``value`` and ``channels`` float[steps, streams,
    channels], ``key`` and ``query`` float[steps, streams, 16], ``gate`` as ``value``, and
    ``before``, the three inputs of each channel before the first step and all after it."""

    steps: Tensor
    value: Tensor
    key: Tensor
    query: Tensor
    channels: Tensor
    gate: Tensor
    before: Tensor


class MambaBlock(nn.Module):
    """One block, over float[steps, streams, width]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        channels, self.rank = EXPANSION * width, math.ceil(width / CHANNELS_OF_A_RANK)
        self.norm = nn.RMSNorm(width, eps=_EPSILON)
        self.in_proj = nn.Linear(width, 2 * channels, bias=False)
        self.conv1d = nn.Conv1d(channels, channels, KERNEL, groups=channels)
        self.x_proj = nn.Linear(channels, self.rank + 2 * STATE_SIZE, bias=False)
        self.dt_proj = nn.Linear(self.rank, channels)
        self.A_log = nn.Parameter(torch.zeros(channels, STATE_SIZE))
        self.D = nn.Parameter(torch.ones(channels))
        self.out_proj = nn.Linear(channels, width, bias=False)

    @property
    def rate(self) -> Tensor:
        """A, float[channels, 16]: a memory decays by exp(step * A)."""
        return -torch.exp(self.A_log)

    def scan_inputs(self, stream: Tensor, last: Tensor, reads: Tensor | None = None) -> ScanInputs:
        """Of the ``stream`` and the ``last`` three inputs float[streams, 3, channels]. Where
        ``reads`` float[steps, streams] is 0, the memory stays as it is."""
        entering, gate = _project(self.in_proj, self.norm(stream)).chunk(2, dim=-1)
        before = torch.cat([last.transpose(0, 1), entering])
        mixed, weight = _bias(self.conv1d), self.conv1d.weight[:, 0]
        for place in range(KERNEL):
            mixed = torch.addcmul(mixed, before[place : place + len(stream)], weight[:, place])
        channels = functional.silu(mixed)
        sizes = [self.rank, STATE_SIZE, STATE_SIZE]
        low, key, query = torch.split(_project(self.x_proj, channels), sizes, dim=-1)
        steps = functional.softplus(_project(self.dt_proj, low))
        if reads is not None:
            steps = steps * reads[:, :, None]
        return ScanInputs(steps, steps * channels, key, query, channels, gate, before)

    def scan(self, inputs: ScanInputs, memory: Tensor) -> tuple[Tensor, Tensor]:
        """What is read of a ``memory``, and the memory after the last step (``selective_scan``)."""
        factors = inputs.steps, inputs.value, self.rate, inputs.key, inputs.query
        return selective_scan(*factors, memory)

    def leave(self, stream: Tensor, read: Tensor, inputs: ScanInputs) -> Tensor:
        """The stream after the block, given what was ``read`` of its memory."""
        gated = (read + self.D * inputs.channels) * functional.silu(inputs.gate)
        return stream + _project(self.out_proj, gated)


def _project(layer: nn.Linear, values: Tensor) -> Tensor:
    """The layer's output in the precision of the values, whatever autocast makes of it."""
    projected: Tensor = layer(values)
    return projected.to(values.dtype)


def _bias(layer: nn.Linear | nn.Conv1d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


class Mamba(nn.Module):
    """Blocks and a last norm, used as ``nn.RNNBase`` is, ``batch_first``.

    A state is the stream after each block, float[blocks, streams, width] (of the last, its norm:
    what an output layer reads), the memories, float[blocks, streams, channels, 16], and the inputs
    of the last three steps, float[blocks, streams, 3, channels].
    """

    def __init__(self, _: int, width: int, num_layers: int, dropout: float) -> None:
        """The stream is as wide as what enters it."""
        super().__init__()
        self.hidden_size, self.num_layers, self.dropout = width, num_layers, dropout
        self.layers = nn.ModuleList(MambaBlock(width) for _ in range(num_layers))
        self.norm = nn.RMSNorm(width, eps=_EPSILON)

    @property
    def blocks(self) -> list[MambaBlock]:
        """From the input up."""
        return [block for block in self.layers if isinstance(block, MambaBlock)]

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """Those of each block."""
        return [list(block.parameters()) for block in self.layers]

    def initial_state(self, streams: int) -> State:
        """Zeros, on the device of the weights."""
        channels = EXPANSION * self.hidden_size
        shapes = (self.hidden_size,), (channels, STATE_SIZE), (KERNEL - 1, channels)
        new = self.norm.weight.new_zeros
        return tuple(new(self.num_layers, streams, *shape) for shape in shapes)

    def read_layer(
        self, layer: int, inputs: Tensor, start: State, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """The stream after a block, float[steps, streams, width], and the block's state after the
        last step, or after so many steps of each stream."""
        block, (_, memory, last) = self.blocks[layer], start
        count = torch.full(inputs.shape[1:2], len(inputs)) if lengths is None else lengths
        reads = None if lengths is None else (torch.arange(len(inputs))[:, None] < count).to(inputs)
        entering = block.scan_inputs(inputs, last, reads)
        read, memory = block.scan(entering, memory)
        output = block.leave(inputs, read, entering)
        if layer == self.num_layers - 1:
            output = self.norm(output)
        rows = torch.arange(len(count))
        last = torch.stack([entering.before[count + place, rows] for place in range(KERNEL - 1)], 1)
        return output, (output[count - 1, rows], memory, last)

    def forward(self, inputs: Any, state: State) -> tuple[Any, State]:
        """The last stream of float[streams, steps, width] or a PackedSequence, in the same form,
        and the state after the last step."""
        if not isinstance(inputs, PackedSequence):
            output, after = self._read(inputs.transpose(0, 1), state)
            return output.transpose(0, 1), after
        padded, lengths = pad_packed_sequence(inputs)
        output, after = self._read(padded, state, lengths)
        return pack_padded_sequence(output, lengths, enforce_sorted=False), after

    def _read(
        self, hidden: Tensor, state: State, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        ends = []
        for layer, start in enumerate(zip(*state, strict=True)):
            if layer:
                hidden = functional.dropout(hidden, self.dropout, self.training)
            hidden, end = self.read_layer(layer, hidden, start, lengths)
            ends.append(end)
        return hidden, tuple(torch.stack(parts) for parts in zip(*ends, strict=True))

    def initialise(self, generator: torch.Generator) -> None:
        """Fills in the authors' starting weights: steps between 0.001 and 0.1, A from -1 to -16, D
        of 1; linear layers as PyTorch has them, the last of a block divided by the root of their
        number."""
        for parameter in self.norm.parameters():
            parameter.fill_(1)
        for block in self.blocks:
            for layer, fan_in in _uniform_layers(block):
                layer.weight.uniform_(-(fan_in**-0.5), fan_in**-0.5, generator=generator)
            block.out_proj.weight.div_(self.num_layers**0.5)
            _bias(block.conv1d).uniform_(-(KERNEL**-0.5), KERNEL**-0.5, generator=generator)
            logarithms = math.log(_SHORTEST), math.log(_LONGEST)
            steps = _bias(block.dt_proj).uniform_(*logarithms, generator=generator).exp()
            _bias(block.dt_proj).copy_(steps + torch.log(-torch.expm1(-steps)))
            block.A_log.copy_(torch.arange(1.0, STATE_SIZE + 1).log().expand_as(block.A_log))
            block.D.fill_(1)
            block.norm.weight.fill_(1)


def _uniform_layers(block: MambaBlock) -> Iterator[tuple[nn.Linear | nn.Conv1d, int]]:
    for layer in (block.in_proj, block.x_proj, block.dt_proj, block.out_proj):
        yield layer, layer.in_features
    yield block.conv1d, KERNEL
