"""Reading a text while one layer's state is clamped: many sets of clamps in one pass.

A clamped state is what everything after reads: the next step, the layer above, the output layer,
and for an LSTM's c its h; tanh(c) is read by h only, and c goes on as it was. The layers below do
not depend on the clamps and are read once.

A row is one stream under one set of clamps, set by set. Time comes first, so that the rows of a
step lie together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.network.cells import LstmLayer, RecurrentLayer, SteppedNetwork, Views
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


class _LayerRun:
    """One layer, stepped through a passage block by block, from ``before`` or else from zero."""

    def __init__(
        self,
        layer: RecurrentLayer,
        rows: int,
        step: Step,
        before: Mapping[str, Float32Array] | None = None,
    ) -> None:
        self._states, self._step = layer.states, step
        filled = (name for name in layer.arrays if not name.endswith("_delta"))
        empty, zeros = layer.weight_hh.new_empty, layer.weight_hh.new_zeros
        self._buffers = {name: empty(BLOCK_STEPS, rows, layer.size_of(name)) for name in filled}
        self._carried = [
            zeros(rows, layer.size_of(name))
            if before is None
            else torch.tensor(before[name], device=layer.weight_hh.device).expand(rows, -1)
            for name in layer.states
        ]

    def read(self, reads: Iterable[Tensor], starts: Tensor) -> Tensor:
        """h float[steps, rows, units] of the next steps, until the next call overwrites it.

        ``reads`` are W x + b [rows, gates x units] step by step, ``starts`` bool[steps, rows].
        """
        before, restarts = self._carried, starts.any(dim=1).tolist()
        for number, read in enumerate(reads):
            if restarts[number]:
                before = [state.masked_fill(starts[number, :, None], 0.0) for state in before]
            after = {name: buffer[number] for name, buffer in self._buffers.items()}
            self._step(read, before, after)
            before = [after[name] for name in self._states]
        self._carried = [state.clone() for state in before]
        return self._buffers["hidden"][: len(starts)]


def _clamped_step(layer: RecurrentLayer, clamps: Clamps, streams: int) -> Step:
    bounds = (torch.from_numpy(bound) for bound in (clamps.lower, clamps.upper))
    lower, upper = (bound.repeat_interleave(streams, dim=0) for bound in bounds)

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
    return steps[clamps.state]


def _blocks(inputs: Tensor, starts: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    blocks = (torch.split(values, BLOCK_STEPS) for values in (inputs, starts))
    yield from zip(*blocks, strict=True)


def _before(passage: Passage, layer: int) -> Mapping[str, Float32Array] | None:
    return None if passage.before is None else passage.before[layer]


@torch.inference_mode()
def layer_inputs(network: SteppedNetwork, passage: Passage, layer: int) -> Tensor:
    """What a layer reads, float[steps, streams, inputs], with nothing clamped: embeddings, or h of
    the layer below. One more than the last layer is what the output layer reads."""
    inputs = network.embedding[passage.words]
    for number, below in enumerate(network.layers[:layer]):
        run = _LayerRun(below, passage.words.shape[1], below.step, _before(passage, number))
        inputs = torch.cat(
            [
                run.read(below.read_inputs(block.transpose(0, 1)), starts).clone()
                for block, starts in _blocks(inputs, passage.starts)
            ]
        )
    return inputs


@torch.inference_mode()
def read_clamped(
    network: SteppedNetwork, passage: Passage, inputs: Tensor, clamps: Clamps
) -> Iterator[Tensor]:
    """The last layer's h, float[steps, sets, streams, units], block by block; each is overwritten
    by the next. ``inputs`` are those of the clamped layer, from ``layer_inputs``."""
    sets, streams = len(clamps), passage.words.shape[1]
    clamped, *above = network.layers[clamps.layer :]
    rows_at_once, step = sets * streams, _clamped_step(clamped, clamps, streams)
    first = _LayerRun(clamped, rows_at_once, step, _before(passage, clamps.layer))
    others = [
        (layer, _LayerRun(layer, rows_at_once, layer.step, _before(passage, number)))
        for number, layer in enumerate(above, clamps.layer + 1)
    ]
    for block, starts in _blocks(inputs, passage.starts):
        rows = starts.repeat(1, sets)
        shared = clamped.read_inputs(block.transpose(0, 1))
        hidden = first.read((read.repeat(sets, 1) for read in shared), rows)
        for layer, run in others:
            hidden = run.read(layer.read_inputs(hidden.transpose(0, 1)), rows)
        yield hidden.view(-1, sets, streams, hidden.shape[2])
