"""Reading a text through a block of Mamba, and clamping what its memory is read as.

A channel's h is what its query reads of its memory, before the skip connection and the gate: it is
clamped where it is read, and the memory goes on as it was. Its c is what the mean query reads: the
memory is changed as little as brings c within its bounds, and goes on from there, so that queries
of other directions still read the rest. Both as ``matrix_memory`` records them.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise

import torch
from torch import Tensor

from rnnvis_assets.network.mamba import KERNEL, STATE_SIZE, MambaBlock, ScanInputs
from rnnvis_assets.network.stepped_mamba import MambaLayer
from warehouse.arrays import Float32Array

CARRIED = ("memory", "inputs")
"""What a block carries on: float32[channels, 16], and the last inputs float32[3, channels]."""
Scan = Callable[[MambaBlock, ScanInputs, Tensor], tuple[Tensor, Tensor]]
"""``MambaBlock.scan``, or the same under clamps."""
Hold = Callable[[Tensor], Tensor]
"""What brings units float[rows, channels, readers] within their bounds, added to them."""
Clamp = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Of a query float[rows, 16], what it reads and the memory: what is read in addition, float[rows,
channels], and the memory under clamps."""


class MemoryRun:
    """One block, read through a passage some steps at a time, from ``before`` or else from zero."""

    def __init__(
        self,
        layer: MambaLayer,
        rows: int,
        before: Mapping[str, Float32Array] | None = None,
        scan: Scan = MambaBlock.scan,
    ) -> None:
        self._layer, self._scan = layer, scan
        zeros, channels = layer.block.D.new_zeros, len(layer.block.D)
        self._state = zeros(rows, channels, STATE_SIZE), zeros(rows, KERNEL - 1, channels)
        if before is not None:
            first, last = (torch.tensor(before[name]).expand(rows, -1, -1) for name in CARRIED)
            self._state = first, last

    @property
    def states(self) -> Mapping[str, Float32Array]:
        """What the first row carries on, to be the state before another passage."""
        return {name: state[0].numpy() for name, state in zip(CARRIED, self._state, strict=True)}

    def read(self, inputs: Tensor, starts: Tensor) -> Tensor:
        """The stream after the block, float[steps, rows, width], of that before it, float[steps,
        streams, width], which the rows of all sets share; ``starts`` bool[steps, rows]."""
        rows = inputs.repeat(1, starts.shape[1] // inputs.shape[1], 1)
        restarts = (1 + starts[1:].any(dim=1).nonzero().flatten()).tolist()
        cuts = pairwise([0, *restarts, len(starts)])
        return torch.cat([self._read_on(rows[start:stop], starts[start]) for start, stop in cuts])

    def _read_on(self, stream: Tensor, starts: Tensor) -> Tensor:
        block, empty = self._layer.block, starts[:, None, None]
        memory, last = (state.masked_fill(empty, 0.0) for state in self._state)
        entering = block.scan_inputs(stream, last)
        read, memory = self._scan(block, entering, memory)
        self._state = memory, entering.before[1 - KERNEL :].transpose(0, 1)
        after: Tensor = self._layer.norm(block.leave(stream, read, entering))
        return after


def clamped_scan(layer: MambaLayer, state: str, lower: Tensor, upper: Tensor) -> Scan:
    """A scan with a ``state`` kept between bounds float[rows, units]."""

    def hold(values: Tensor) -> Tensor:
        units = values.flatten(1)
        return (units.clamp(lower, upper) - units).view_as(values)

    clamp = {"cell": _clamp_cell, "hidden": _clamp_hidden}[state](layer.readers, hold)

    def scan(block: MambaBlock, entering: ScanInputs, memory: Tensor) -> tuple[Tensor, Tensor]:
        reads = []
        for step in range(len(entering.steps)):
            now = ScanInputs(*(part[step : step + 1] for part in vars(entering).values()))
            (read,), memory = block.scan(now, memory)
            added, memory = clamp(now.query[0], read, memory)
            reads.append(read + added)
        return torch.stack(reads), memory

    return scan


def _clamp_cell(readers: Tensor, hold: Hold) -> Clamp:
    inverse = torch.linalg.pinv(readers).mT

    def clamp(query: Tensor, _: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        added = hold(memory @ readers.mT) @ inverse
        return (added @ query[:, :, None])[:, :, 0], memory + added

    return clamp


def _clamp_hidden(readers: Tensor, hold: Hold) -> Clamp:
    """Each reader but the first has the part of what is read that the query asks along it
    (``matrix_memory.memory_replay``)."""
    mean, further = readers[:1], readers[1:]
    square = further.square().sum(-1)
    weights = torch.where(square > 0, 1 / square, 0)

    def clamp(query: Tensor, read: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        parts = ((query - mean) @ further.mT * weights)[:, None] * (memory @ further.mT)
        first = read - parts.sum(-1)
        return hold(torch.cat([first[:, :, None], parts], -1)).sum(-1), memory

    return clamp
