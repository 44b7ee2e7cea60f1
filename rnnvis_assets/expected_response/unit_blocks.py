"""Expected responses of a recording by blocks of units, which need nothing of each other.

Each block goes through all parts of the recording by itself, in any process, and leaves its result
in a file; then blocks are joined, some words at a time. So no more than one block at a time goes to
a scratch file, however many units there are. A recording in rows is one block.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.engine.map_shards import map_shards
from rnnvis_assets.expected_response.mean_response import ExpectedResponse, expected_responses
from rnnvis_assets.expected_response.word_buckets import BUDGET_BYTES, WordBlock, plan_buckets
from warehouse.arrays import Int64Array
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.errors import AnalysisError
from warehouse.recordings import Recording

_ONE_PROCESS = EngineConfig()
_RESULTS = 6
"""Of a word and a unit: the mean and five quantiles."""


def recorded_steps(
    recording: Recording, layer: int, array: str, units: slice
) -> Iterator[WordBlock]:
    """Words and some units of a recorded array of a layer. Raises AnalysisError where a value is
    not finite."""
    first = 0
    for batch in recording.batches(layer, ("word_id", array), units=units):
        values = batch[array]
        if not np.isfinite(values).all():
            row, unit = np.argwhere(~np.isfinite(values))[0]
            raise AnalysisError(
                f"{recording.folder}, layer {layer}: {array} of unit {units.start + unit} is "
                f"{values[row, unit]} at row {first + row}, expected a finite number",
                repair="train the model again with a lower learning_rate or gradient_clipping",
            )
        yield batch["word_id"], values
        first += len(values)


@dataclass(frozen=True)
class UnitBlock:
    """Some ``units`` of one state of a layer. ``counts`` int64[words] are the occurrences of words,
    ``path`` is where the responses go, float32[words that occur, 6, units]."""

    recording: Recording
    layer: int
    state: str
    units: slice
    counts: Int64Array
    path: Path
    threads: int
    budget_bytes: int

    @property
    def width(self) -> int:
        return int(self.units.stop - self.units.start)

    def responses(self) -> Iterator[ExpectedResponse]:
        """Those of this block, some words at a time."""
        steps = recorded_steps(self.recording, self.layer, f"{self.state}_delta", self.units)
        return expected_responses(
            steps,
            self.counts,
            self.width,
            scratch=self.path.parent,
            budget_bytes=self.budget_bytes,
        )


def write_block(block: UnitBlock) -> Path:
    """Writes the responses of a block. Raises as ``recorded_steps`` and ``read_by_bucket`` do."""
    torch.set_num_threads(block.threads)
    with block.path.open("wb") as file:
        for response in block.responses():
            values = np.stack([response.mean, *response.quantiles], axis=1)
            file.write(values.data)
    return block.path


def responses_of(
    recording: Recording,
    layer: int,
    state: str,
    counts: Int64Array,
    *,
    scratch: Path,
    engine: EngineConfig = _ONE_PROCESS,
    budget_bytes: int = BUDGET_BYTES,
) -> Iterator[ExpectedResponse]:
    """The expected responses of one state of a layer, some words at a time, words ascending.

    They are the same, to the last bit, however the units are stored and whoever computes them.
    Raises as ``recorded_steps``, ``read_by_bucket`` and ``map_shards`` do.
    """
    threads = engine.share_of(torch.get_num_threads())
    with TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=scratch) as folder:
        blocks = [
            UnitBlock(
                recording,
                layer,
                state,
                units,
                counts,
                Path(folder, f"{number}"),
                threads,
                budget_bytes,
            )
            for number, units in enumerate(recording.unit_blocks(layer))
        ]
        if len(blocks) == 1:
            yield from blocks[0].responses()
            return
        list(map_shards(write_block, blocks, engine))
        yield from _joined(blocks)


def _joined(blocks: Sequence[UnitBlock]) -> Iterator[ExpectedResponse]:
    """What the files of all blocks hold, in the pieces that come of one block of all units."""
    counts, units = blocks[0].counts, sum(block.width for block in blocks)
    buckets = plan_buckets(counts, units, blocks[0].budget_bytes)
    cuts = [*(bucket.first_word for bucket in buckets), len(counts)]
    with ExitStack() as opened:
        files = [(opened.enter_context(block.path.open("rb")), block.width) for block in blocks]
        for first, last in pairwise(cuts):
            words = first + np.flatnonzero(counts[first:last])
            shape = (len(words), _RESULTS)
            found = [
                np.fromfile(file, np.float32, len(words) * _RESULTS * width).reshape(*shape, width)
                for file, width in files
            ]
            mean, *quantiles = np.moveaxis(np.concatenate(found, axis=-1), 1, 0)
            yield ExpectedResponse(
                words.astype(np.int32), counts[words], mean.copy(), np.stack(quantiles)
            )
