"""Lanes that are recorded together, block by block and layer by layer.

A layer takes a block, checks and writes what it recorded, and hands the block on to the next one;
so all layers of a group can work at once, each on a block of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.network.cells import Layer
from rnnvis_assets.recording.layer_states import LayerReader
from rnnvis_assets.recording.recording_plan import Lane, Layout
from rnnvis_assets.recording.row_checks import RowChecks
from rnnvis_assets.recording.sequence_offsets import sequence_and_position
from warehouse.recording_writer import RecordingWriter

Scalars = Mapping[str, npt.NDArray[Any]]
"""sequence, position, token and word_id of some rows of a lane."""


@dataclass(frozen=True)
class Block:
    """Up to ``Layout.steps`` steps of the lanes that still run, on their way through the layers.

    ``starts`` bool[lanes, steps]: where a sequence begins. ``inputs``: int64[lanes, steps] words
    before the first layer, float32[lanes, steps, units] of the layer below before the others.
    """

    scalars: Sequence[Scalars]
    starts: Tensor
    inputs: Tensor

    @property
    def num_tokens(self) -> int:
        return sum(len(columns["token"]) for columns in self.scalars)


class LaneGroup:
    """Some lanes of a recording, side by side. ``checks[layer][lane]`` has seen their rows."""

    def __init__(
        self,
        embedding: Tensor,
        layers: Sequence[Layer],
        word_ids: npt.NDArray[np.int32],
        layout: Layout,
        lanes: Sequence[Lane],
    ) -> None:
        self._embedding, self._word_ids, self._layout = embedding, word_ids, layout
        # Longest first, so that the lanes still running are always the first ones.
        self._lanes = sorted(lanes, key=len, reverse=True)
        self._readers = [LayerReader(layer, len(lanes), layout.steps) for layer in layers]
        self.checks = [
            [RowChecks(number, layer.states, layer.units) for _ in lanes]
            for number, layer in enumerate(layers)
        ]

    @property
    def num_layers(self) -> int:
        return len(self._readers)

    def blocks(self) -> Iterator[Block]:
        """All blocks, for the first layer, in order."""
        for begin in range(0, len(self._lanes[0]), self._layout.steps):
            scalars = [self._scalars(lane, begin) for lane in self._lanes if len(lane) > begin]
            yield Block(scalars, *_stack(scalars))

    def record(self, layer: int, block: Block, writer: RecordingWriter) -> Block:
        """Writes what a layer does in its next block; returns the block for the layer above.

        Different layers may work at the same time. Raises what ``RowChecks`` finds wrong.
        """
        device = self._embedding.device
        inputs = self._embedding[block.inputs.to(device)] if layer == 0 else block.inputs
        out = self._readers[layer].read(inputs, block.starts)
        arrays = {name: tensor.cpu().numpy() for name, tensor in out.items()}
        for lane, scalars in enumerate(block.scalars):
            states = {name: values[lane] for name, values in arrays.items()}
            self._write(writer, layer, lane, scalars, states)
        return replace(block, inputs=out["hidden"].clone())

    def _scalars(self, lane: Lane, begin: int) -> Scalars:
        start = lane.start + begin
        stop = min(start + self._layout.steps, lane.stop)
        sequence, position = sequence_and_position(self._layout.sequences, start, stop)
        return {
            "sequence": sequence,
            "position": position,
            "token": np.arange(start, stop),
            "word_id": self._word_ids[start:stop],
        }

    def _write(
        self,
        writer: RecordingWriter,
        layer: int,
        lane: int,
        scalars: Scalars,
        states: Mapping[str, npt.NDArray[np.float32]],
    ) -> None:
        rows, first_token = len(scalars["token"]), int(scalars["token"][0])
        recorded = {name: values[:rows] for name, values in states.items()}
        self.checks[layer][lane].watch(recorded, scalars["position"], first_token)
        part = self._layout.part_of(self._lanes[lane], first_token)
        writer.append(layer, part, {**scalars, **recorded})


def _stack(lanes: Sequence[Scalars]) -> tuple[Tensor, Tensor]:
    """Starts bool[lanes, steps] and words int64[lanes, steps]; a shorter lane ends in word 0."""
    shape = (len(lanes), max(len(scalars["token"]) for scalars in lanes))
    starts, words = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    for lane, scalars in enumerate(lanes):
        rows = len(scalars["token"])
        words[lane, :rows] = scalars["word_id"]
        starts[lane, :rows] = scalars["position"] == 0
    return torch.from_numpy(starts), torch.from_numpy(words)
