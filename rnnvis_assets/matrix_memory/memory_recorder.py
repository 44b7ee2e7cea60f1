"""Recording what a network remembers in matrices: it reads once, and everything else is replayed.

First pass: the network reads whole sequences, block by block; the factors of every piece are
stored, and their queries averaged. Second pass: from the stored factors the memory is replayed and
read by each head's readers, and the state after every word is recorded. Memory is bounded by a
block, or by one sequence. Layers that remember a vector are recorded in the first pass.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.engine.stage import Report
from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.matrix_memory.factor_files import FactorWriter, StoredFactors, open_factors
from rnnvis_assets.matrix_memory.head_figures import HeadFigures
from rnnvis_assets.matrix_memory.memory_factors import MemoryShape
from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, MemorySource, cut_into_pieces
from rnnvis_assets.matrix_memory.reader_coverage import coverage_text, who_explains
from rnnvis_assets.matrix_memory.recording_passes import FirstPass, SecondPass
from rnnvis_assets.matrix_memory.sequence_blocks import plan_sequence_blocks
from rnnvis_assets.matrix_memory.word_states import StateWriter
from rnnvis_assets.recording.recorder import RecordingReport
from rnnvis_assets.recording.recording_plan import Offsets, spread
from warehouse.arrays import Int32Array
from warehouse.errors import RecordingError
from warehouse.recording_writer import write_recording
from warehouse.recordings import open_recording

SAMPLED_SEQUENCES = 32
"""At whose ends the norm and the rank of a memory are measured, spread over the text."""


@dataclass(frozen=True)
class MemoryReport(RecordingReport):
    """A finished recording: ``heads`` of its matrix memories by number of the layer, their stored
    ``factors``, and the pieces that were read. Hidden states have no bound.
    """

    heads: Mapping[int, tuple[MemoryShape, HeadFigures]]
    factors: StoredFactors
    num_pieces: int
    readers: int

    @property
    def coverage(self) -> str:
        """How much of what all heads read out their readers explain; "" where there are none."""
        known = [figures.coverage for _, figures in self.heads.values()]
        text = coverage_text(np.concatenate(known), self.readers) if known else ""
        return text and f"{who_explains(self.readers)} {text}"


def record_memory(
    network: MemorySource,
    word_ids: Int32Array,
    sequences: Offsets,
    folder: Path,
    *,
    source: Mapping[str, Any],
    wanted: RecordingSettings,
    report: Report = lambda _: None,
) -> MemoryReport:
    """Records every token of ``word_ids`` int32[tokens], divided into ``sequences``, in ``folder``,
    atomically, with the readers and the precision that are ``wanted``.

    ``source`` is stored in the recording. Raises RecordingError where a factor or a state is not
    finite or too large for its precision, a word has no pieces, or a head has fewer key channels
    than readers; StorageError where the disk is full.
    """
    started = time.perf_counter()
    text = cut_into_pieces(network, word_ids, sequences)
    layers = [_read_by(wanted.readers, layer) for layer in network.layers]
    blocks = plan_sequence_blocks(text, layers)
    shapes = [layer.recorded for layer in layers]
    part_rows = [len(block.words) for block in blocks]
    with write_recording(
        folder, layers=shapes, part_rows=part_rows, source=source, stored=wanted.stored
    ) as writer:
        states = StateWriter(writer, text, shapes)
        files = FactorWriter(writer.folder, wanted.factors)
        first = FirstPass(network, text, states, files, wanted.readers)
        progress = TimedProgress(len(word_ids), report, done="read")
        for block in blocks:
            first.read(block)
            progress.advance(len(block.words))
        factors = first.finish()
        used = np.flatnonzero(np.diff(sequences))
        sampled = frozenset(spread(used, SAMPLED_SEQUENCES).tolist())
        second = SecondPass(text, states, sampled)
        progress = TimedProgress(len(word_ids) * len(factors.layers), report, done="replayed")
        for layer in factors.layers.values():
            for block in blocks:
                second.replay(layer, block, first.sums[layer.number])
                progress.advance(len(block.words))
    return MemoryReport(
        recording=open_recording(folder),
        largest_hidden=None,
        largest_drift=max(check.largest_drift for check in states.checks),
        seconds=time.perf_counter() - started,
        heads={n: (layer.memory, first.sums[n].figures) for n, layer in factors.layers.items()},
        factors=open_factors(folder),
        num_pieces=len(text.pieces),
        readers=wanted.readers,
    )


def _read_by(readers: int, layer: LayerOfMemory) -> LayerOfMemory:
    """A layer as it is recorded where its heads have several readers."""
    memory = layer.memory
    if memory is not None and readers > memory.key_size:
        raise RecordingError(
            f"{layer.recorded.name}: found {readers} readers, expected at most {memory.key_size}, "
            "as many as a head has key channels",
            repair=f"write recording: {{readers: {memory.key_size}}} in the model's analysis",
        )
    return replace(layer, recorded=layer.recorded.read_by(readers))
