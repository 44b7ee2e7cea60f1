"""Recording a whole split: read in blocks, checked, and streamed to Parquet.

A split is recorded in shards of a few streams each (``RecordingPlan.shards``), in this process or
by workers (``map_shards``). The bytes of a shard depend on the weights and the plan only: whoever
makes it, its products have the same shapes, and each is computed by one thread.

All layers run at the same time, each on a block of its own, and so do several shards where there
are more cores than layers. On two cores that is faster than two threads in every matrix product,
which wait for each other at every step.

Memory does not depend on the number of tokens: the arrays of one block
(``recording_plan.BLOCK_BYTES``), their encoding and the metadata of the open parts, together under
400 MB for a 2 x 600 LSTM.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.corpus.stored_split import TokenColumn, token_blocks
from rnnvis_assets.engine.map_shards import map_shards, worker_versions
from rnnvis_assets.engine.stage import Report
from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.network.cells import layer_shapes, make_layers
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, limited_threads
from rnnvis_assets.recording.layer_states import StreamBatch, StreamBlock
from rnnvis_assets.recording.recording_plan import Offsets, RecordingPlan, plan_shards
from rnnvis_assets.recording.row_checks import RowChecks
from warehouse.atomic_files import remove_leftovers
from warehouse.errors import RecordingError
from warehouse.recording_schema import ROWS_OF_FLOAT32, RecordingFormat
from warehouse.recording_shards import ShardFolder, ShardManifest
from warehouse.recording_writer import RecordingWriter
from warehouse.recordings import Recording, open_recording

_ONE_PROCESS = EngineConfig()


@dataclass(frozen=True)
class Reading:
    """A network, and what it reads: ``tokens`` of a split, divided into ``sequences``.

    ``source``, which is stored in the recording, says which weights and words these are.
    """

    network: RecurrentNetwork
    tokens: TokenColumn
    sequences: Offsets
    source: Mapping[str, Any]

    @property
    def device(self) -> str:
        """The kind of device that the network is on."""
        return self.network.embedding.weight.device.type

    @cached_property
    def plan(self) -> RecordingPlan:
        """How it is cut, whoever reads it."""
        shapes = layer_shapes(self.network)
        return plan_shards(self.sequences, shapes[0].units, len(shapes[0].arrays) * len(shapes))


@dataclass(frozen=True)
class ShardTask:
    """Shards of a recording, by number, that one worker makes side by side in ``threads`` threads.

    ``open_reading`` gives what is read, which has to be of this ``source`` and ``device``.
    """

    numbers: Sequence[int]
    folder: ShardFolder
    open_reading: Callable[[], Reading]
    source: Mapping[str, Any]
    device: str
    stored: RecordingFormat
    threads: int


@dataclass(frozen=True)
class RecordingReport:
    """A finished recording, the figures of ``RowChecks`` over all its rows, and its duration.

    ``largest_hidden`` is of the layers whose h is bounded, None where that of none is. ``sha256``
    gives the hashes of those files that are known already.
    """

    recording: Recording
    largest_hidden: float | None
    largest_drift: float
    seconds: float
    sha256: Mapping[Path, str] = field(default_factory=dict, kw_only=True)


def record(
    reading: Reading,
    folder: Path,
    *,
    stored: RecordingFormat = ROWS_OF_FLOAT32,
    engine: EngineConfig = _ONE_PROCESS,
    reopen: Callable[[], Reading] | None = None,
    shards_of: Callable[[Path], ShardFolder] = ShardFolder,
    report: Report = lambda _: None,
) -> RecordingReport:
    """Records every token of ``reading`` in ``folder``; goes on where an earlier run was ended.

    Workers other than this process call ``reopen``, made of a module's own function, which has to
    give the same reading. ``shards_of`` a folder says where shards wait until all are there. Raises
    RecordingError where a word is not in the network's vocabulary, a state is not finite or too
    large for the precision, StorageError where the disk is full, and
    what ``map_shards`` raises.
    """
    _check_words(reading)
    started = time.perf_counter()
    shards = shards_of(folder).begin(_job(reading, stored))
    task = ShardTask(
        numbers=range(len(reading.plan.shards)),
        folder=shards,
        open_reading=reopen or (lambda: reading),
        source=reading.source,
        device=reading.device,
        stored=stored,
        threads=engine.share_of(torch.get_num_threads()),
    )
    layers, progress = layer_shapes(reading.network), TimedProgress(len(reading.tokens), report)
    try:
        with limited_threads(1):
            manifests = list(_make_shards(task, len(layers), engine, progress))
        sha256 = shards.join(manifests, layers, reading.source, stored)
    except RecordingError:  # another run would find the same
        shards.remove()
        raise
    finally:
        remove_leftovers(shards.path)
    figures = [manifest.figures for manifest in manifests]
    bounded = CELLS[reading.network.cell].bounded
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=max(each["largest_hidden"] for each in figures) if bounded else None,
        largest_drift=max(each["largest_drift"] for each in figures),
        seconds=time.perf_counter() - started,
        sha256=sha256,
    )


def largest_bounded(checks: Iterable[tuple[str | None, RowChecks]]) -> float | None:
    """The largest |h| of the checked layers, given with their cells, whose h is bounded."""
    bounded = (
        check.largest_hidden
        for cell, check in checks
        if (kind := CELLS.get(cell or "")) and kind.bounded
    )
    return max(bounded, default=None)


def _check_words(reading: Reading) -> None:
    if not len(reading.tokens):
        raise RecordingError("the split has no tokens", repair="record another split")
    known = reading.network.embedding.num_embeddings
    ends = [(block.min(), block.max()) for block in token_blocks(reading.tokens)]
    least, most = min(low for low, _ in ends), max(high for _, high in ends)
    if least < 0 or most >= known:
        raise RecordingError(
            f"word ids run from {least} to {most}, but the network knows {known} words",
            repair="record it with a network that was trained on this corpus",
        )


def _job(reading: Reading, stored: RecordingFormat) -> dict[str, Any]:
    """All that decides the bytes of the shards."""
    return {
        "source": dict(reading.source),
        "parts": list(reading.plan.part_rows),
        "stored": asdict(stored),
        "device": reading.device,
        "versions": worker_versions(record_shards),
    }


def _make_shards(
    task: ShardTask, layers: int, engine: EngineConfig, progress: TimedProgress
) -> Iterator[ShardManifest]:
    """Makes the shards of a task, as many side by side as the threads of a worker can run."""
    shards = len(task.numbers)
    at_once = max(1, min(task.threads // layers, shards // engine.workers))
    tasks = [
        replace(task, numbers=task.numbers[first : first + at_once])
        for first in range(0, shards, at_once)
    ]
    here = partial(record_shards, advance=progress.advance)
    for manifests in map_shards(here if engine.in_process else record_shards, tasks, engine):
        if not engine.in_process:
            progress.advance(sum(manifest.num_rows for manifest in manifests))
        yield from manifests


def record_shards(
    task: ShardTask, advance: Callable[[int], object] = lambda _: None
) -> list[ShardManifest]:
    """Makes those shards of a task that are not there yet; ``advance`` is called with tokens done.

    Raises RecordingError where this process reads something else than it should, and as ``record``.
    """
    torch.set_num_threads(1)
    reading = task.open_reading()
    if (found := (reading.source, reading.device)) != (task.source, task.device):
        raise RecordingError(
            f"a worker reads {found}, expected {(task.source, task.device)}",
            repair="let no other program change the storage; set gpus: 1 in configs/engine.yaml "
            "where workers are to use GPUs",
        )
    there = {number: task.folder.finished(number) for number in task.numbers}
    finished = [manifest for manifest in there.values() if manifest]
    advance(sum(manifest.num_rows for manifest in finished))
    _record_streams(reading, task, [n for n, manifest in there.items() if not manifest], advance)
    return [task.folder.manifest(number) for number in task.numbers]


def _record_streams(
    reading: Reading, task: ShardTask, numbers: Sequence[int], advance: Callable[[int], object]
) -> None:
    """Makes the shards of those numbers."""
    plan, layers = reading.plan, make_layers(reading.network)
    embedding = reading.network.embedding.weight.detach()
    shapes = layer_shapes(reading.network)
    with ExitStack() as written, ThreadPoolExecutor(task.threads) as pool:
        batches = []
        for number in numbers:
            streams = plan.shards[number]
            batch = StreamBatch(embedding, layers, reading.tokens, plan, streams)
            writer = task.folder.write(
                number, shapes, plan.rows_of(streams), task.stored, batch.figures
            )
            batches.append((batch, written.enter_context(writer)))
        _run_all(pool, batches, advance)


def _run_all(
    pool: Executor,
    batches: Sequence[tuple[StreamBatch, RecordingWriter]],
    advance: Callable[[int], object],
) -> None:
    """Passes all blocks of all batches through the layers, one layer a round."""
    sources = [batch.blocks() for batch, _ in batches]
    waiting: dict[tuple[int, int], StreamBlock] = {}
    while True:
        first = ((number, next(source, None)) for number, source in enumerate(sources))
        waiting |= {(number, 0): block for number, block in first if block is not None}
        if not waiting:
            return
        running = {}
        for (number, layer), block in waiting.items():
            batch, writer = batches[number]
            running[number, layer] = pool.submit(batch.record, layer, block, writer)
        waiting = {}
        for (number, layer), future in running.items():
            block = future.result()
            if layer + 1 < batches[number][0].num_layers:
                waiting[number, layer + 1] = block
            else:
                advance(block.num_tokens)
