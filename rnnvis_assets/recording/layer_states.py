"""Running the layers of a network over blocks of words, every state, change and gate kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.corpus.stored_split import TokenColumn
from rnnvis_assets.network.cells import RecurrentLayer, make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.recording.recording_plan import RecordingPlan, Stream, scalars_of
from rnnvis_assets.recording.row_checks import RowChecks
from warehouse.arrays import AnyArray, Float32Array
from warehouse.recorded_rows import cell_output_change
from warehouse.recording_writer import RecordingWriter


@dataclass(frozen=True)
class LayerStates:
    """One layer at every step, float32[steps, units] each: states, their changes (of a matrix
    memory, their written and lost parts too), keep gate."""

    hidden: Float32Array | None = None
    hidden_delta: Float32Array | None = None
    cell: Float32Array | None = None
    cell_delta: Float32Array | None = None
    cell_written: Float32Array | None = None
    cell_lost: Float32Array | None = None
    keep_gate: Float32Array | None = None

    @property
    def cell_output(self) -> Float32Array | None:
        """tanh(c)."""
        return None if self.cell is None else np.tanh(self.cell)

    @property
    def cell_output_delta(self) -> Float32Array | None:
        """The change of tanh(c)."""
        if self.cell is None or self.cell_delta is None:
            return None
        return cell_output_change(self.cell, self.cell_delta)


FirstStates = Sequence[Mapping[str, Float32Array]]
"""The states before the first word, float32[units] by name ("hidden", "cell"), layer by layer."""


class LayerStepper:
    """Steps one layer through up to ``streams`` streams, ``steps`` at a time, from a zero state.

    The state is carried from call to call. Buffers are allocated once: the next call overwrites
    what ``read`` returned.
    """

    def __init__(self, layer: RecurrentLayer, streams: int, steps: int) -> None:
        self._layer = layer
        empty, zeros = layer.weight_hh.new_empty, layer.weight_hh.new_zeros
        self._buffers = {name: empty(streams, steps, layer.size_of(name)) for name in layer.arrays}
        self._carried = [zeros(streams, layer.size_of(name)) for name in layer.states]

    def start_from(self, states: Mapping[str, Float32Array]) -> None:
        """Gives every stream the same state, float32[units] by name, before the next step."""
        self._carried = [
            torch.tensor(states[name], device=before.device).expand_as(before)
            for name, before in zip(self._layer.states, self._carried, strict=True)
        ]

    @torch.inference_mode()
    def read(self, inputs: Tensor, starts: Tensor) -> dict[str, Tensor]:
        """All arrays, float32[streams, steps, units], for float32[streams, steps, inputs].

        ``starts`` bool[streams, steps], on the CPU, is true where a sequence begins. A stream that
        is left out, at the end, has ended: the next call continues the streams of this one.
        """
        streams, steps = starts.shape
        out = {name: buffer[:streams, :steps] for name, buffer in self._buffers.items()}
        before = [state[:streams] for state in self._carried]
        self._carried = self._layer.run(inputs, starts, before, out)
        return out


def record_sequence(
    network: RecurrentNetwork,
    word_ids: Sequence[int],
    layers: Sequence[RecurrentLayer] | None = None,
    before: FirstStates | None = None,
) -> list[LayerStates]:
    """Every layer's states for one sequence of words, read from the states ``before`` it or else
    from zero, in memory.

    Callers that read many sequences pass the ``layers`` of ``make_layers(network)``, which take as
    long to make as a sentence to read.
    """
    embedding = network.embedding.weight.detach()
    words = torch.as_tensor(np.asarray(word_ids, dtype=np.int64), device=embedding.device)
    inputs, starts = embedding[words].unsqueeze(0), torch.zeros(1, len(words), dtype=torch.bool)
    starts[:, :1] = before is None
    states = []
    for number, layer in enumerate(layers or make_layers(network)):
        stepper = LayerStepper(layer, 1, len(words))
        if before is not None:
            stepper.start_from(before[number])
        out = stepper.read(inputs, starts)
        inputs = out["hidden"]
        states.append(LayerStates(**{name: out[name][0].cpu().numpy() for name in layer.arrays}))
    return states


Scalars = Mapping[str, AnyArray]
"""sequence, position, token and word_id of some rows of a stream."""


@dataclass(frozen=True)
class StreamBlock:
    """Up to ``RecordingPlan.steps`` steps of the streams that still run.

    ``starts`` bool[streams, steps] is true where a sequence begins. ``inputs`` are the words
    int64[streams, steps] for the first layer, and h of the layer below float32[streams, steps,
    units] for the others.
    """

    scalars: Sequence[Scalars]
    starts: Tensor
    inputs: Tensor

    @property
    def num_tokens(self) -> int:
        return sum(len(columns["token"]) for columns in self.scalars)


class StreamBatch:
    """Streams that are read together; ``checks[layer][stream]`` has seen the rows of each."""

    def __init__(
        self,
        embedding: Tensor,
        layers: Sequence[RecurrentLayer],
        tokens: TokenColumn,
        plan: RecordingPlan,
        streams: Sequence[Stream],
    ) -> None:
        self._embedding, self._plan = embedding, plan
        self._words = {each: np.asarray(tokens[each.start : each.stop]) for each in streams}
        # Longest first, so that the streams still running are always the first ones.
        self._streams = sorted(streams, key=len, reverse=True)
        self._readers = [LayerStepper(layer, len(streams), plan.steps) for layer in layers]
        self.checks = [
            [RowChecks(number, layer.states, layer.units) for _ in streams]
            for number, layer in enumerate(layers)
        ]

    @property
    def num_layers(self) -> int:
        return len(self._readers)

    def figures(self) -> dict[str, float]:
        """The largest |h| and the largest drift of all rows so far."""
        checks = [check for layer in self.checks for check in layer]
        return {
            "largest_hidden": max(check.largest_hidden for check in checks),
            "largest_drift": max(check.largest_drift for check in checks),
        }

    def blocks(self) -> Iterator[StreamBlock]:
        """All blocks, for the first layer, in order."""
        for begin in range(0, len(self._streams[0]), self._plan.steps):
            scalars = [
                self._scalars(stream, begin) for stream in self._streams if len(stream) > begin
            ]
            yield StreamBlock(scalars, *_stack(scalars))

    def record(self, layer: int, block: StreamBlock, writer: RecordingWriter) -> StreamBlock:
        """Writes the states of a layer in its next block; returns the block for the layer above.

        Different layers may run at the same time. Raises RecordingError at the first state that is
        not finite.
        """
        device = self._embedding.device
        inputs = self._embedding[block.inputs.to(device)] if layer == 0 else block.inputs
        out = self._readers[layer].read(inputs, block.starts)
        arrays = {name: tensor.cpu().numpy() for name, tensor in out.items()}
        for number, scalars in enumerate(block.scalars):
            rows, first_token = len(scalars["token"]), int(scalars["token"][0])
            recorded = {name: values[number, :rows] for name, values in arrays.items()}
            self.checks[layer][number].watch(recorded, scalars["position"], first_token)
            part = self._plan.part_of(self._streams[number], first_token)
            writer.append(layer, part, {**scalars, **recorded})
        return replace(block, inputs=out["hidden"].clone())

    def _scalars(self, stream: Stream, begin: int) -> Scalars:
        words = self._words[stream][begin : begin + self._plan.steps]
        return scalars_of(self._plan.sequences, words, stream.start + begin)


def _stack(streams: Sequence[Scalars]) -> tuple[Tensor, Tensor]:
    """Starts bool[streams, steps] and words int64[streams, steps], padded with word 0."""
    shape = (len(streams), max(len(scalars["token"]) for scalars in streams))
    starts, words = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    for stream, scalars in enumerate(streams):
        rows = len(scalars["token"])
        words[stream, :rows] = scalars["word_id"]
        starts[stream, :rows] = scalars["position"] == 0
    return torch.from_numpy(starts), torch.from_numpy(words)
