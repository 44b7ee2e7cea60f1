"""Recording a whole split: read in blocks, checked, and streamed to Parquet.

Every layer works on a block of its own at the same time, and groups of lanes beside each other
where there are more cores than layers; a thread reads, checks and writes. On two cores that was
faster than letting both share every matrix product, because then threads wait for each other at
every step, and than splitting the lanes, because the fewer lanes share a product, the more it
waits for its weights.

The memory held beside the network does not depend on the number of tokens: the arrays of one block
(``layout.BLOCK_BYTES``), what encoding them takes and the descriptions of the open parts; under
400 MB together for a 2 x 600 LSTM.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from rnnvis_assets.checkpoint.hardware import limited_threads
from rnnvis_assets.network.cells import Layer, layer_shapes, make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.recording.recording_plan import Layout, lay_out
from rnnvis_assets.recording.sequence_offsets import Offsets
from rnnvis_assets.recording.stream_batch import Block, LaneGroup
from warehouse.errors import RecordingError
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import Recording, open_recording

FEWEST_LANES_OF_A_GROUP = 8
"""With fewer, a step's matrix product mostly waits for the weights to come from memory."""

REPORT_SECONDS = 5.0

Report = Callable[[str], None]


@dataclass(frozen=True)
class RecordingReport:
    """What came out: the recording, the figures of ``RowChecks`` over all of it, the time."""

    recording: Recording
    largest_hidden: float
    largest_drift: float
    seconds: float


class Progress:
    """Counts tokens, and says now and then how far they got."""

    def __init__(self, total: int, report: Report) -> None:
        self._total, self._report = total, report
        self._done, self._started = 0, time.monotonic()
        self._last = self._started

    def advance(self, tokens: int) -> None:
        """Adds ``tokens``."""
        self._done += tokens
        now = time.monotonic()
        if now - self._last >= REPORT_SECONDS or self._done == self._total:
            self._last = now
            rate = self._done / max(now - self._started, 1e-9)
            self._report(
                f"recorded {self._done:,} of {self._total:,} tokens, {rate:,.0f} tokens/s, "
                f"{(self._total - self._done) / rate:,.0f} s left"
            )


def record(
    network: RecurrentNetwork,
    word_ids: npt.NDArray[np.int32],
    sequences: Offsets,
    folder: Path,
    *,
    source: Mapping[str, Any],
    report: Report = lambda _: None,
) -> RecordingReport:
    """Records every token of int32[tokens] ``word_ids``, cut into ``sequences``, to ``folder``.

    ``source`` is kept in the recording as it is. Raises RecordingError where a word is not in the
    network's vocabulary or a state is not finite, StorageError where the disk is full.
    """
    _check_words(network, word_ids)
    started = time.perf_counter()
    layers, cores = make_layers(network), torch.get_num_threads()
    layout = lay_out(sequences, layers[0].units, len(layers[0].arrays) * len(layers))
    groups = _groups(network, layers, word_ids, layout, cores)
    threads = min(cores, len(groups) * len(layers))
    with (
        limited_threads(cores // threads),
        write_recording(
            folder,
            layers=layer_shapes(network),
            part_rows=layout.part_rows,
            source=source,
        ) as writer,
        ThreadPoolExecutor(threads) as pool,
    ):
        _run_in_rounds(pool, groups, writer, Progress(len(word_ids), report))
    checks = [check for group in groups for layer in group.checks for check in layer]
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=max(check.largest_hidden for check in checks),
        largest_drift=max(check.largest_drift for check in checks),
        seconds=time.perf_counter() - started,
    )


def _groups(
    network: RecurrentNetwork,
    layers: Sequence[Layer],
    word_ids: npt.NDArray[np.int32],
    layout: Layout,
    cores: int,
) -> list[LaneGroup]:
    """The lanes dealt out to groups that so many cores can run side by side."""
    embedding = network.embedding.weight.detach()
    num_groups = _number_of_groups(cores, len(layers), len(layout.lanes))
    return [
        LaneGroup(embedding, layers, word_ids, layout, layout.lanes[first::num_groups])
        for first in range(num_groups)
    ]


def _check_words(network: RecurrentNetwork, word_ids: npt.NDArray[np.int32]) -> None:
    known = network.embedding.num_embeddings
    if not len(word_ids):
        raise RecordingError("the split has no tokens", repair="record another split")
    if word_ids.min() < 0 or word_ids.max() >= known:
        raise RecordingError(
            f"word ids run from {word_ids.min()} to {word_ids.max()}, "
            f"but the network knows {known} words",
            repair="rnnvis materialize MODEL trains it on this corpus",
        )


def _number_of_groups(cores: int, layers: int, lanes: int) -> int:
    wanted = math.ceil(cores / layers)
    return max(1, min(wanted, lanes // FEWEST_LANES_OF_A_GROUP))


def _run_in_rounds(
    pool: Executor, groups: Sequence[LaneGroup], writer: RecordingWriter, progress: Progress
) -> None:
    """Takes all blocks of all groups through the layers, a layer a round."""
    sources = [group.blocks() for group in groups]
    waiting: dict[tuple[int, int], Block] = {}
    while True:
        first = ((number, next(source, None)) for number, source in enumerate(sources))
        waiting |= {(number, 0): block for number, block in first if block is not None}
        if not waiting:
            return
        running = {
            (number, layer): pool.submit(groups[number].record, layer, block, writer)
            for (number, layer), block in waiting.items()
        }
        waiting = {}
        for (number, layer), future in running.items():
            block = future.result()
            if layer + 1 < groups[number].num_layers:
                waiting[number, layer + 1] = block
            else:
                progress.advance(block.num_tokens)
