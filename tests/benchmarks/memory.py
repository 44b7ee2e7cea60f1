"""Peak memory of recording and response, at a million tokens and at a hundred thousand.

Each runs in a process of its own, whose largest resident size is asked of the system.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.harness import Row

TOKENS, FEWER_TOKENS = 1_000_000, 100_000
VOCABULARY, UNITS, STREAMS, SENTENCE_TOKENS = 10_000, 100, 32, 20


def _analyse(tokens: int, folder: Path) -> None:
    """Records random words with an LSTM and summarises what they did."""
    # Imported here: the parent must stay small, as a child starts with its parent's peak.
    import numpy as np

    from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
    from rnnvis_assets.configuration.model_config import ModelConfig, Training
    from rnnvis_assets.configuration.project import Project
    from rnnvis_assets.engine.stage import RunContext
    from rnnvis_assets.expected_response.expected_response_asset import STAGE
    from rnnvis_assets.network.recurrent_network import RecurrentNetwork
    from rnnvis_assets.recording.recorder import Reading, record
    from rnnvis_assets.recording.recording_plan import stream_offsets
    from warehouse.storage import Storage

    sizes = {"num_layers": 1, "hidden_size": UNITS, "embedding_size": UNITS}
    training = Training(epochs=1, batch_size=1, learning_rate=0.1)
    model = ModelConfig(dataset="d", cell="lstm", training=training, **sizes)
    project = Project(folder, {}, {"m": model}, {"default": AnalysisConfig()}, ScheduleConfig())
    context = RunContext(project, Storage(folder), report=lambda _: None)
    words = np.random.default_rng(0).integers(VOCABULARY, size=tokens).astype(np.int32)
    sequences = stream_offsets(np.arange(0, tokens + 1, SENTENCE_TOKENS), STREAMS)
    network = RecurrentNetwork(model, VOCABULARY, VOCABULARY)
    record(Reading(network, words, sequences, {}), context.storage.recording("m", "test"))
    STAGE.run(context, "m")


def _peak_mib(tokens: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", __name__, str(tokens), folder]
        finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(finished.stdout)


def measure() -> list[Row]:
    """One row: the larger peak over the smaller, both in MiB and Python with torch in them."""
    many, few = _peak_mib(TOKENS), _peak_mib(FEWER_TOKENS)
    what = f"peak memory of recording + response, {TOKENS:,} against {FEWER_TOKENS:,} tokens"
    return [Row(what, many, few, "MiB", many / few, must=1.2, aim=1.05, direction="at most")]


if __name__ == "__main__":
    import resource

    _analyse(int(sys.argv[1]), Path(sys.argv[2]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
