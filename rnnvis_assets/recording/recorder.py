"""Recording a whole split: read in blocks, checked, and streamed to Parquet.

All layers run at the same time, each on a block of its own, and so do several batches of streams
where there are more cores than layers. On two cores that is faster than two threads in every matrix
product, which wait for each other at every step, and than splitting the streams, because a product
of fewer streams waits longer for its weights.

Memory does not depend on the number of tokens: the arrays of one block
(``recording_plan.BLOCK_BYTES``), their encoding and the metadata of the open parts, together under
400 MB for a 2 x 600 LSTM.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.engine.stage import Report
from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.network.cells import RecurrentLayer, layer_shapes, make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, limited_threads
from rnnvis_assets.recording.layer_states import StreamBatch, StreamBlock
from rnnvis_assets.recording.recording_plan import Offsets, RecordingPlan, plan_recording
from rnnvis_assets.recording.row_checks import RowChecks
from warehouse.arrays import Int32Array
from warehouse.errors import RecordingError
from warehouse.recording_schema import Precision
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import Recording, open_recording

FEWEST_STREAMS_OF_A_BATCH = 8
"""With fewer, the matrix product of a step mostly waits for its weights."""


@dataclass(frozen=True)
class RecordingReport:
    """A finished recording, the figures of ``RowChecks`` over all its rows, and its duration.

    ``largest_hidden`` is of the layers whose h is bounded, None where that of none is.
    """

    recording: Recording
    largest_hidden: float | None
    largest_drift: float
    seconds: float


def record(
    network: RecurrentNetwork,
    word_ids: Int32Array,
    sequences: Offsets,
    folder: Path,
    *,
    source: Mapping[str, Any],
    precision: Precision = "float32",
    report: Report = lambda _: None,
) -> RecordingReport:
    """Records every token of ``word_ids`` int32[tokens], divided into ``sequences``, in ``folder``.

    ``source`` is stored in the recording. Raises RecordingError where a word is not in the
    network's vocabulary, a state is not finite or too large for the ``precision``, StorageError
    where the disk is full.
    """
    _check_words(network, word_ids)
    started = time.perf_counter()
    layers, cores = make_layers(network), torch.get_num_threads()
    plan = plan_recording(sequences, layers[0].units, len(layers[0].arrays) * len(layers))
    batches = _batches(network, layers, word_ids, plan, cores)
    threads = min(cores, len(batches) * len(layers))
    with (
        limited_threads(cores // threads),
        write_recording(
            folder,
            layers=layer_shapes(network),
            part_rows=plan.part_rows,
            source=source,
            precision=precision,
        ) as writer,
        ThreadPoolExecutor(threads) as pool,
    ):
        _run_all(pool, batches, writer, TimedProgress(len(word_ids), report))
    checks = [check for batch in batches for layer in batch.checks for check in layer]
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=largest_bounded((network.cell, check) for check in checks),
        largest_drift=max(check.largest_drift for check in checks),
        seconds=time.perf_counter() - started,
    )


def largest_bounded(checks: Iterable[tuple[str | None, RowChecks]]) -> float | None:
    """The largest |h| of the checked layers, given with their cells, whose h is bounded."""
    bounded = (
        check.largest_hidden
        for cell, check in checks
        if (kind := CELLS.get(cell or "")) and kind.bounded
    )
    return max(bounded, default=None)


def _batches(
    network: RecurrentNetwork,
    layers: Sequence[RecurrentLayer],
    word_ids: Int32Array,
    plan: RecordingPlan,
    cores: int,
) -> list[StreamBatch]:
    """The streams, dealt to as many batches as the cores can run at the same time."""
    embedding = network.embedding.weight.detach()
    num_batches = _number_of_batches(cores, len(layers), len(plan.streams))
    return [
        StreamBatch(embedding, layers, word_ids, plan, plan.streams[first::num_batches])
        for first in range(num_batches)
    ]


def _check_words(network: RecurrentNetwork, word_ids: Int32Array) -> None:
    known = network.embedding.num_embeddings
    if not len(word_ids):
        raise RecordingError("the split has no tokens", repair="record another split")
    if word_ids.min() < 0 or word_ids.max() >= known:
        raise RecordingError(
            f"word ids run from {word_ids.min()} to {word_ids.max()}, "
            f"but the network knows {known} words",
            repair="record it with a network that was trained on this corpus",
        )


def _number_of_batches(cores: int, layers: int, streams: int) -> int:
    wanted = math.ceil(cores / layers)
    return max(1, min(wanted, streams // FEWEST_STREAMS_OF_A_BATCH))


def _run_all(
    pool: Executor,
    batches: Sequence[StreamBatch],
    writer: RecordingWriter,
    progress: TimedProgress,
) -> None:
    """Passes all blocks of all batches through the layers, one layer a round."""
    sources = [batch.blocks() for batch in batches]
    waiting: dict[tuple[int, int], StreamBlock] = {}
    while True:
        first = ((number, next(source, None)) for number, source in enumerate(sources))
        waiting |= {(number, 0): block for number, block in first if block is not None}
        if not waiting:
            return
        running = {
            (number, layer): pool.submit(batches[number].record, layer, block, writer)
            for (number, layer), block in waiting.items()
        }
        waiting = {}
        for (number, layer), future in running.items():
            block = future.result()
            if layer + 1 < batches[number].num_layers:
                waiting[number, layer + 1] = block
            else:
                progress.advance(block.num_tokens)
