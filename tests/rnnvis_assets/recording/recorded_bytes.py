"""A recording that is long enough for eight shards, as workers open it, and its bytes on disk."""

from pathlib import Path

import numpy as np

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.recording.recorder import Reading, record
from tests.rnnvis_assets.recording.networks import make_network, make_words

TOKENS, STREAMS = 17_000, 64


def open_reading() -> Reading:
    """The same in every process: 64 streams, one of them longer than its neighbours."""
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


def recorded_by(engine: EngineConfig, folder: Path) -> dict[str, bytes]:
    """The files of the recording that these workers make."""
    record(open_reading(), folder, engine=engine, reopen=open_reading)
    return bytes_of(folder)
