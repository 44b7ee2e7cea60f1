"""Recording a 2 x 600 LSTM by two workers against one, and by two tasks of Ray against two
processes.

A worker has one core, so one worker is this process with one thread. The time of two includes their
start, their own opening of the network, and the joining of their shards. A cluster of Ray is there
before it is measured, as are the workers that it keeps; a pool of processes is new every time.
"""

import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import ray

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.network.recurrent_network import limited_threads
from rnnvis_assets.recording.recorder import Reading, record
from rnnvis_assets.recording.recording_plan import stream_offsets
from tests.benchmarks.harness import Row, rate_row, time_side_by_side
from tests.benchmarks.recording import VOCABULARY, make_network

STREAMS, STEPS, BLOCKS = 64, 35, 12
TOKENS = STREAMS * STEPS * BLOCKS
REPEATS = 3


@lru_cache
def reading() -> Reading:
    """The same in every process."""
    words = np.random.default_rng(0).integers(VOCABULARY, size=TOKENS).astype(np.int32)
    return Reading(make_network(), words, stream_offsets(np.arange(TOKENS + 1), STREAMS), {})


def _recording(folder: Path, engine: EngineConfig) -> Callable[[], None]:
    def run() -> None:
        with limited_threads(engine.workers):  # the cores that these workers share
            record(reading(), folder / engine.executor, engine=engine, reopen=reading)

    return run


def measure() -> list[Row]:
    folder = Path(tempfile.mkdtemp())
    one, two = _recording(folder, EngineConfig()), _recording(folder, EngineConfig(workers=2))
    tasks = _recording(folder, EngineConfig(workers=2, executor="ray"))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        local = time_side_by_side(two, one, repeats=REPEATS)
        over_ray = time_side_by_side(tasks, two, repeats=REPEATS)
    finally:
        ray.shutdown()
        shutil.rmtree(folder)
    what = f"recording all states, deltas and gates of a 2×600 LSTM, {TOKENS:,} tokens"
    return [
        rate_row(
            f"{what}, by two workers against one", local, TOKENS, "tokens/s", must=1.5, aim=1.9
        ),
        rate_row(
            f"{what}, by two tasks of Ray against two processes",
            over_ray, TOKENS, "tokens/s", must=0.8, aim=0.95,
        ),
    ]  # fmt: skip
