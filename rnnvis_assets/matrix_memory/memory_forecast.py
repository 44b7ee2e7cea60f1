"""How long recording a network's memory will take and how much room, tried on a little text."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from rnnvis_assets.matrix_memory.memory_source import MemorySource
from rnnvis_assets.recording.recording_plan import Offsets
from warehouse.arrays import Int32Array
from warehouse.disk_use import megabytes

_SEQUENCES, _WORDS = 8, 32


@dataclass(frozen=True)
class MemoryForecast:
    """About what recording ``tokens`` takes: ``pieces`` read, ``seconds``, and ``size`` in
    bytes."""

    tokens: int
    pieces: int
    seconds: float
    size: int

    def __str__(self) -> str:
        minutes = self.seconds / 60
        time = f"{minutes / 60:.1f} hours" if minutes > 99 else f"{minutes:.0f} minutes"
        return (
            f"recording {self.tokens:,} tokens (about {self.pieces:,} pieces) takes about "
            f"{time if minutes >= 2 else 'a minute'}, and {megabytes(self.size)} with its factors"
        )


def forecast_memory(
    network: MemorySource,
    word_ids: Int32Array,
    sequences: Offsets,
    wanted: RecordingSettings,
) -> MemoryForecast:
    """The forecast for a text int32[tokens], from recording the first words of some sequences.

    Raises what ``record_memory`` does.
    """
    lengths = np.minimum(np.diff(sequences), _WORDS)
    chosen = np.flatnonzero(lengths)[:_SEQUENCES]
    sample = [word_ids[sequences[n] : sequences[n] + lengths[n]] for n in chosen]
    offsets = np.concatenate([[0], np.cumsum(lengths[chosen])])
    with tempfile.TemporaryDirectory() as folder:
        network.read(torch.tensor([network.pieces(sample[0])[0]]))  # what happens only once
        target, words = Path(folder) / "sample" / "recording", np.concatenate(sample)
        report = record_memory(network, words, offsets, target, source={}, wanted=wanted)
        files = (*report.recording.files, *report.factors.files)
        size = sum(file.stat().st_size for file in files)
    share = len(word_ids) / report.recording.num_tokens
    return MemoryForecast(
        tokens=len(word_ids),
        pieces=round(report.num_pieces * share),
        seconds=report.seconds * share,
        size=round(size * share),
    )
