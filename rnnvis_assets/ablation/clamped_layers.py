"""Reading a text while one layer's state is clamped: many sets of clamps in one pass.

A clamped state is what everything after reads: the next step, the layer above, the output layer,
and for an LSTM's c its h; tanh(c) is read by h only, and c goes on as it was. The layers below do
not depend on the clamps and are read once.

A row is one stream under one set of clamps, set by set. Time comes first, so that the rows of a
step lie together.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from rnnvis_assets.ablation.clamped_memory import MemoryRun, clamped_scan
from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.network.cells import LstmLayer, RecurrentLayer, Views
from rnnvis_assets.network.stepped_mamba import MambaLayer, Stepped
from rnnvis_assets.recording.layer_states import FirstStates
from warehouse.arrays import Float32Array

BLOCK_STEPS = 16
"""Steps whose states are kept at a time."""

Step = Callable[[Tensor, Sequence[Tensor], Views], None]


@dataclass(frozen=True)
class Passage:
    """A text in streams that are read side by side: ``words`` int64[steps, streams], and ``starts``
    bool[steps, streams], true where the state before is zero. ``before``: the states before the
    first step of every stream, where they are not zero."""

    words: Tensor
    starts: Tensor
    before: FirstStates | None = None


class _Run(Protocol):
    """A layer that is read through a passage block by block."""

    def read(self, inputs: Tensor, starts: Tensor) -> Tensor:
        """h float[steps, rows, units] of the next steps, until the next call overwrites it.

        ``inputs`` float[steps, streams, inputs] are those of the rows of every set, ``starts``
        bool[steps, rows].
        """


class _LayerRun:
    """One layer, stepped from ``before`` or else from zero."""

    def __init__(
        self,
        layer: RecurrentLayer,
        rows: int,
        step: Step,
        before: Mapping[str, Float32Array] | None = None,
    ) -> None:
        self._layer, self._step = layer, step
        filled = (name for name in layer.arrays if not name.endswith("_delta"))
        empty, zeros = layer.weight_hh.new_empty, layer.weight_hh.new_zeros
        self._buffers = {name: empty(BLOCK_STEPS, rows, layer.size_of(name)) for name in filled}
        self._carried = [
            zeros(rows, layer.size_of(name))
            if before is None
            else torch.tensor(before[name], device=layer.weight_hh.device).expand(rows, -1)
            for name in layer.states
        ]

    def read(self, inputs: Tensor, starts: Tensor) -> Tensor:
        before, restarts = self._carried, starts.any(dim=1).tolist()
        sets = starts.shape[1] // inputs.shape[1]
        for number, shared in enumerate(self._layer.read_inputs(inputs.transpose(0, 1))):
            read = shared.repeat(sets, 1) if sets > 1 else shared
            if restarts[number]:
                before = [state.masked_fill(starts[number, :, None], 0.0) for state in before]
            after = {name: buffer[number] for name, buffer in self._buffers.items()}
            self._step(read, before, after)
            before = [after[name] for name in self._layer.states]
        self._carried = [state.clone() for state in before]
        return self._buffers["hidden"][: len(starts)]


def _clamped_step(layer: RecurrentLayer, state: str, lower: Tensor, upper: Tensor) -> Step:
    def step_cell(read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        assert isinstance(layer, LstmLayer)
        gate = layer.step_cell(read, before, after)
        torch.clamp(after["cell"], lower, upper, out=after["cell"])
        layer.emit(gate, after["cell"].tanh(), after)

    def step_cell_output(read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        assert isinstance(layer, LstmLayer)
        gate = layer.step_cell(read, before, after)
        layer.emit(gate, torch.clamp(after["cell"].tanh(), lower, upper), after)

    def step_hidden(read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        layer.step(read, before, after)
        torch.clamp(after["hidden"], lower, upper, out=after["hidden"])

    steps = {"cell": step_cell, "cell_output": step_cell_output, "hidden": step_hidden}
    return steps[state]


def _blocks(inputs: Tensor, starts: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(torch.split(inputs, BLOCK_STEPS), torch.split(starts, BLOCK_STEPS), strict=True)


def _free_run(network: Stepped, passage: Passage, number: int, sets: int = 1) -> _Run:
    layer, rows = network.layers[number], sets * passage.words.shape[1]
    before = passage.before[number] if passage.before else None
    if isinstance(layer, MambaLayer):
        return MemoryRun(layer, rows, before)
    return _LayerRun(layer, rows, layer.step, before)


def _clamped_run(network: Stepped, passage: Passage, clamps: Clamps) -> _Run:
    layer, streams = network.layers[clamps.layer], passage.words.shape[1]
    lower, upper = (
        torch.from_numpy(bound).repeat_interleave(streams, dim=0)
        for bound in (clamps.lower, clamps.upper)
    )
    before = passage.before[clamps.layer] if passage.before else None
    if isinstance(layer, MambaLayer):
        scan = clamped_scan(layer, clamps.state, lower, upper)
        return MemoryRun(layer, len(lower), before, scan)
    step = _clamped_step(layer, clamps.state, lower, upper)
    return _LayerRun(layer, len(lower), step, before)


@torch.inference_mode()
def layer_inputs(network: Stepped, passage: Passage, layer: int) -> Tensor:
    """What a layer reads, float[steps, streams, inputs], with nothing clamped: embeddings, or h of
    the layer below (of Mamba, the stream after it). One more than the last layer is what the output
    layer reads."""
    inputs = network.embedding[passage.words]
    for number in range(layer):
        run = _free_run(network, passage, number)
        blocks = _blocks(inputs, passage.starts)
        inputs = torch.cat([run.read(block, starts).clone() for block, starts in blocks])
    return inputs


@torch.inference_mode()
def read_clamped(
    network: Stepped, passage: Passage, inputs: Tensor, clamps: Clamps
) -> Iterator[Tensor]:
    """What the output layer reads, float[steps, sets, streams, units], block by block; each is
    overwritten by the next. ``inputs`` are those of the clamped layer, from ``layer_inputs``."""
    sets, streams = len(clamps), passage.words.shape[1]
    first = _clamped_run(network, passage, clamps)
    above = range(clamps.layer + 1, len(network.layers))
    runs = [first, *(_free_run(network, passage, number, sets) for number in above)]
    for hidden, starts in _blocks(inputs, passage.starts):
        rows = starts.repeat(1, sets)
        for run in runs:
            hidden = run.read(hidden, rows)
        yield hidden.view(-1, sets, streams, hidden.shape[2])
