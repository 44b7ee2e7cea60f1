"""Time and peak memory of every stage after the recording, at two lengths of text, and of
co-clustering as many words and units as one machine can.

An RNN with 600 units classifies documents of twenty tokens and is recorded in blocks of units; all
its 50,000 words occur in either length, equally often. Each stage, with its checks and its picture,
runs in a process of its own, whose largest resident size is asked of the system. Its time for ten
times the tokens is compared with ten times its time.

    python -m tests.benchmarks.scale_stages lengths 60 1000000 10000000

prints seconds and MiB of every stage for so many units and other lengths. Ten million tokens take
30 GB of disk with 600 units, and 4 GB with 60.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.harness import Row, absolute_row

if TYPE_CHECKING:  # the parent must stay small: a child starts with its parent's peak
    from rnnvis_assets.corpus.corpus import Corpus
    from rnnvis_assets.engine.stage import RunContext

FEWER, MORE = 100_000, 1_000_000
VOCABULARY, UNITS, DOCUMENT = 50_000, 600, 20
STAGES = (
    "recording",
    "expected_response",
    "co_clusters",
    "ablation",
    "glyphs",
    "findings",
    "release",
)
MEASURED = tuple(name for name in STAGES if name not in ("recording", "ablation"))
"""What is recorded is the subject of ``recording``; how much is read with silenced clusters depends
on a limit of time."""
_MODULE = "tests.benchmarks.scale_stages"
CLUSTERED_WORDS, CLUSTERED_UNITS, RANK = 10_000, 4_000, 12


@dataclass(frozen=True)
class Run:
    """What a stage took."""

    seconds: float
    peak_mib: float


def _context(folder: Path, units: int) -> "RunContext":
    from rnnvis_assets.configuration.analysis_config import (
        AblationSettings,
        AnalysisConfig,
        CoClusterSettings,
        RecordingSettings,
        ScheduleConfig,
    )
    from rnnvis_assets.configuration.dataset_config import DatasetConfig
    from rnnvis_assets.configuration.model_config import ModelConfig, Training
    from rnnvis_assets.configuration.project import Project
    from rnnvis_assets.engine.stage import RunContext
    from warehouse.storage import Storage

    sizes = {"num_layers": 1, "hidden_size": units, "embedding_size": 64}
    training = Training(epochs=1, batch_size=1, learning_rate=0.1)
    model = ModelConfig(dataset="d", cell="rnn", training=training, **sizes)
    source = {"kind": "table", "path": "x.csv"}
    dataset = DatasetConfig.model_validate({"task": "classification", "source": source})
    analysis = AnalysisConfig(
        recording=RecordingSettings(layout="unit_blocks"),
        co_clusters=CoClusterSettings(minimum_count=1),
        ablation=AblationSettings(minutes=0.01, num_sets=2),
    )
    project = Project(folder, {"d": dataset}, {"m": model}, {"default": analysis}, ScheduleConfig())
    return RunContext(project, Storage(folder), report=lambda _: None)


def _corpus(tokens: int) -> "Corpus":
    import numpy as np

    from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary

    ids = np.random.default_rng(0).permutation(tokens).astype(np.int32) % VOCABULARY
    offsets = np.arange(0, tokens + 1, DOCUMENT)
    documents = np.arange(len(offsets) - 1, dtype=np.int32)
    texts = tuple(" ".join(f"w{word}" for word in row) for row in ids.reshape(-1, DOCUMENT))
    split = Split(ids, offsets, documents, documents % 2, texts)
    words = tuple(f"w{word}" for word in range(VOCABULARY))
    shares = np.full(VOCABULARY, np.nan, np.float32)
    vocabulary = Vocabulary(words, np.bincount(ids), (None,) * VOCABULARY, shares)
    some = split.limited_to(DOCUMENT)
    splits = {"train": some, "validation": some, "test": split}
    return Corpus("d", "classification", ("bad", "good"), vocabulary, splits)


def _prepare(folder: Path, units: int, tokens: int) -> None:
    """Writes what comes before the recording, of a network that was never trained."""
    from rnnvis_assets.corpus.corpus_files import save_corpus
    from rnnvis_assets.engine.run_stage import run_stage
    from rnnvis_assets.engine.stage import Stage, StageOutput
    from rnnvis_assets.network.checkpoint_files import describe_network, save_checkpoint
    from rnnvis_assets.network.recurrent_network import RecurrentNetwork
    from warehouse.parquet_tables import write_table
    from warehouse.schema import EVALUATION, TRAINING_LOG

    context, corpus = _context(folder, units), _corpus(tokens)
    save_corpus(context.storage.corpus("d"), corpus)
    config = context.project.models["m"]
    spec = describe_network(config, corpus, precision="float32", device="cpu", versions={})
    network = RecurrentNetwork(config, VOCABULARY, len(corpus.classes))
    save_checkpoint(context.storage.checkpoint("m"), network.state_dict(), spec)
    for table in (EVALUATION, TRAINING_LOG):
        nothing = {column.name: [] for column in table.columns}
        write_table(context.storage.table("m", table.name), table, nothing)
    for name, partition in (("corpus", "d"), ("checkpoint", "m")):
        done = Stage(name, (), lambda *_: None, lambda *_: StageOutput(()))
        run_stage(done, context, partition)


def _run_stage(folder: Path, units: int, name: str) -> float:
    """Seconds of a stage, its checks and its picture."""
    import time

    from pipelines.orchestration.stage_registry import MODEL_STAGES
    from rnnvis_assets.engine.run_stage import run_stage

    (asset,) = (each for each in MODEL_STAGES if each.stage.name == name)
    context, started = _context(folder, units), time.perf_counter()
    manifest = run_stage(asset.stage, context, "m")
    for check in asset.checks:
        check.evaluate(context, manifest)
    if asset.picture:
        asset.picture(context, "m")
    return time.perf_counter() - started


def _co_cluster() -> float:
    """Seconds of the co-clusterings of one affinity into 2 to 20, five seeds each."""
    import time

    import numpy as np

    from rnnvis_assets.co_clusters.co_clustering import co_cluster

    random = np.random.default_rng(0)
    left = random.standard_normal((CLUSTERED_WORDS, RANK), np.float32)
    left *= random.exponential(1, RANK).astype(np.float32)
    responses = left @ random.standard_normal((RANK, CLUSTERED_UNITS), np.float32) / np.sqrt(RANK)
    responses += 0.5 * random.standard_normal(responses.shape, np.float32)
    started = time.perf_counter()
    co_cluster(responses.astype(np.float32), "signed", clusters=range(2, 21), seeds=5)
    return time.perf_counter() - started


def _child(*arguments: object) -> Run:
    command = [sys.executable, "-m", _MODULE, *map(str, arguments)]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Run(*json.loads(finished.stdout.splitlines()[-1]))


def _run_all(units: int, tokens: int) -> dict[str, Run]:
    with tempfile.TemporaryDirectory() as folder:
        _child("prepare", folder, units, tokens)
        return {name: _child(name, folder, units) for name in STAGES}


def measure() -> list[Row]:
    clustered = _child("co_cluster")
    fewer, more = _run_all(UNITS, FEWER), _run_all(UNITS, MORE)
    size = f"{CLUSTERED_WORDS:,} words × {CLUSTERED_UNITS:,} units, k = 2..20"
    peak = max(more[name].peak_mib for name in MEASURED)
    what, times = f"{MORE:,} against {FEWER:,} tokens × {UNITS} units", MORE // FEWER
    return [
        absolute_row(f"co-clusterings of {size}, s", clustered.seconds, "s", must=300, aim=120),
        absolute_row("peak memory of these, MiB", clustered.peak_mib, "MiB", must=4096, aim=3072),
        *(
            Row(f"{name}, {what}: time a token", 1e6 * more[name].seconds / MORE,
                1e6 * fewer[name].seconds / FEWER, "µs",
                more[name].seconds / fewer[name].seconds / times, 1.2, 1, "at most")
            for name in MEASURED
        ),
        *(
            Row(f"{name}, {what}: peak memory", more[name].peak_mib, fewer[name].peak_mib, "MiB",
                more[name].peak_mib / fewer[name].peak_mib, 1.1, 1.05, "at most")
            for name in MEASURED
        ),
        absolute_row(f"largest peak of these stages, {VOCABULARY:,} words, MiB", peak, "MiB",
                     must=2048, aim=1024),
    ]  # fmt: skip


def _print_lengths(units: int, *lengths: int) -> None:
    for tokens in lengths:
        for name, run in _run_all(units, tokens).items():
            print(f"{tokens:,}\t{name}\t{run.seconds:.1f} s\t{run.peak_mib:,.0f} MiB", flush=True)


def _measured(name: str, *arguments: str) -> float:
    """The seconds of one of the children's tasks."""
    if name == "prepare":
        folder, units, tokens = arguments
        _prepare(Path(folder), int(units), int(tokens))
        return 0.0
    if name == "co_cluster":
        return _co_cluster()
    folder, units = arguments
    return _run_stage(Path(folder), int(units), name)


def _main(name: str, *arguments: str) -> None:
    import resource

    if name == "lengths":
        _print_lengths(*map(int, arguments))
    else:
        seconds = _measured(name, *arguments)
        print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    _main(*sys.argv[1:])
