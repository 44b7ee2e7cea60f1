"""A recording that is long enough for eight shards, as workers open it, and its bytes on disk."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.recording import layer_states
from rnnvis_assets.recording.recorder import Reading, record
from tests.rnnvis_assets.recording.networks import make_network, make_words
from warehouse.recording_schema import ROWS_OF_FLOAT32, RecordingFormat

TOKENS, STREAMS = 34_000, 128


def open_reading() -> Reading:
    """The same in every process: 128 streams, one of them longer than its neighbours."""
    cuts = np.linspace(0, TOKENS, STREAMS + 1).astype(np.int64)
    cuts[1] += 100
    return Reading(make_network("lstm", 2), make_words(TOKENS), cuts, {"words": "made up"})


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a recording."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def recorded_by(
    engine: EngineConfig, folder: Path, stored: RecordingFormat = ROWS_OF_FLOAT32
) -> dict[str, bytes]:
    """The files of the recording that these workers make."""
    record(open_reading(), folder, stored=stored, engine=engine, reopen=open_reading)
    return bytes_of(folder)


def dying_once(mark: Path) -> Reading:
    """What is read by workers, the first of which to read a second layer dies there."""

    class Dying(layer_states.LayerStepper):
        blocks = 0

        def read(self, *block: torch.Tensor) -> dict[str, torch.Tensor]:
            Dying.blocks += 1
            if Dying.blocks == 2 and not mark.exists():
                left = sorted(mark.parent.glob(".shards-*/.tmp-*/layer=0/*.parquet"))
                mark.write_text(f"{len(left)} parts unfinished")
                os.kill(os.getpid(), signal.SIGKILL)
            return super().read(*block)

    layer_states.LayerStepper = Dying  # type: ignore[misc]
    return open_reading()


def other_words() -> Reading:
    """What a worker reads whose storage is not that of the others."""
    return replace(open_reading(), source={"words": "others"})
