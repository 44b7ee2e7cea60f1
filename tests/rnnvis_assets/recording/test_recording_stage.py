"""The stage on a saved checkpoint and corpus: what it writes, says, refuses, and survives."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    RecordingSettings,
    ScheduleConfig,
)
from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import save_corpus
from rnnvis_assets.engine.manifest import data_version
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.model_kinds import RECORDING as STAGE
from rnnvis_assets.network.checkpoint_files import (
    describe_network,
    load_checkpoint,
    save_checkpoint,
)
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from rnnvis_assets.recording.recording_plan import stream_offsets
from tests.rnnvis_assets.checkpoint.small_runs import make_config, make_vocabulary
from tests.rnnvis_assets.corpus.small_corpora import forbid_whole_splits
from tests.rnnvis_assets.recording.networks import WORDS, expected_recording, make_words
from tests.rnnvis_assets.recording.recorded_bytes import bytes_of
from warehouse.errors import BusyError, CheckpointError
from warehouse.recording_schema import RecordingFormat
from warehouse.recording_shards import ShardFolder
from warehouse.recordings import open_recording
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

CLASSES = ("bad", "good")
SENTENCES, SENTENCE_TOKENS = 40, 10


def make_split(task: Task) -> Split:
    tokens = SENTENCES * SENTENCE_TOKENS
    labels = np.arange(SENTENCES, dtype=np.int32) % len(CLASSES)
    return Split(
        tokens=make_words(tokens),
        sentence_offsets=np.arange(SENTENCES + 1, dtype=np.int64) * SENTENCE_TOKENS,
        documents=np.arange(SENTENCES, dtype=np.int32),
        labels=labels if task == "classification" else None,
        texts=("a",) * SENTENCES,
        tags=None,
    )


def make_corpus(task: Task, words: int = WORDS) -> Corpus:
    split = make_split(task)
    return Corpus(
        name="d",
        task=task,
        classes=CLASSES if task == "classification" else (),
        vocabulary=make_vocabulary(words),
        splits={"train": split, "validation": split, "test": split},
    )


def make_context(root: Path, task: Task, cell: Cell, units: int = 5, **limits: Any) -> RunContext:
    """A storage that holds a corpus and an untrained checkpoint of model ``m``."""
    model = make_config(dataset="d", cell=cell, hidden_size=units, embedding_size=3)
    analysis = AnalysisConfig(recording=RecordingSettings(split="test", streams=4, **limits))
    project = Project(root, {}, {"m": model}, {"default": analysis}, ScheduleConfig())
    storage, corpus = Storage(root), make_corpus(task)
    save_corpus(storage.corpus("d"), corpus)
    network = RecurrentNetwork(model, WORDS, len(corpus.classes) or WORDS)
    initialise(network, seed=int(torch.randint(1 << 31, ())), forget_bias=1.0)
    spec = describe_network(
        model, corpus, precision="float32", device="cpu", versions={"torch": "2"}
    )
    save_checkpoint(storage.checkpoint("m"), network.state_dict(), spec)
    return RunContext(project, storage, report=lambda _: None, run="run one")


@pytest.mark.parametrize(
    ("task", "cell", "sequences"),
    [
        ("language_model", "lstm", stream_offsets(np.arange(41) * 10, 4)),
        ("classification", "gru", np.arange(41) * 10),
    ],
)
def test_the_split_is_recorded_from_the_checkpoint(
    tmp_path: Path, task: Task, cell: Cell, sequences: np.ndarray
) -> None:
    context = make_context(tmp_path, task, cell)
    STAGE.run(context, "m")
    recording = open_recording(tmp_path / "recordings" / "m" / "test")
    network = load_checkpoint(context.storage.checkpoint("m")).network
    for layer, arrays in enumerate(expected_recording(network, make_words(400), sequences)):
        found = recording.rows(layer, ["sequence", *arrays], 0, 400)
        assert_array_equal(found["sequence"], np.searchsorted(sequences, range(400), "right") - 1)
        for name, values in arrays.items():
            assert_allclose(found[name], values, atol=1e-6)


@pytest.mark.parametrize(
    ("task", "sequences"),
    [
        ("language_model", stream_offsets(np.arange(10) * 10, 4)),
        ("classification", np.arange(10) * 10),
    ],
)
def test_a_limited_recording_is_that_of_the_first_whole_sentences_in_float16(
    tmp_path: Path, task: Task, sequences: np.ndarray
) -> None:
    context = make_context(tmp_path, task, "gru", tokens=99, precision="float16")
    figures = STAGE.run(context, "m").figures
    recording = open_recording(tmp_path / "recordings" / "m" / "test")
    assert (recording.num_tokens, recording.precision) == (90, "float16")
    network = load_checkpoint(context.storage.checkpoint("m")).network
    errors = []
    for layer, arrays in enumerate(expected_recording(network, make_words(90), sequences)):
        found = recording.rows(layer, list(arrays), 0, 90)
        errors += [np.abs(found[name] - values).max() for name, values in arrays.items()]
    assert 0 < max(errors) <= 2.0**-12 + 1e-6  # of numbers below 1
    assert figures["largest rounding"] == pytest.approx(max(errors), abs=1e-6)
    assert (figures["tokens"], figures["tokens of the split"]) == (90, 400)
    assert figures["raw bytes"] == 90 * 2 * 5 * 3 * 2


def test_the_layout_of_the_analysis_is_that_of_the_files(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "lstm", layout="unit_blocks")
    assert STAGE.settings(context.project, "m")["layout"] == "unit_blocks"
    output = STAGE.run(context, "m")
    recording = open_recording(tmp_path / "recordings" / "m" / "test")
    assert recording.stored == RecordingFormat("float32", "unit_blocks")
    assert output.files == recording.files
    network = load_checkpoint(context.storage.checkpoint("m")).network
    sequences = stream_offsets(np.arange(41) * 10, 4)
    for layer, arrays in enumerate(expected_recording(network, make_words(400), sequences)):
        found = recording.rows(layer, [*arrays], 0, 400)
        for name, values in arrays.items():
            assert_allclose(found[name], values, atol=1e-6)


def test_limit_and_precision_count_only_where_they_are_stated(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "rnn", tokens=50, precision="float16")
    stated = {"split": "test", "streams": 4, "tokens": 50, "precision": "float16"}
    assert STAGE.settings(context.project, "m") == stated


def test_it_depends_on_the_split_and_its_streams_alone(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "rnn")
    assert STAGE.settings(context.project, "m") == {"split": "test", "streams": 4}


def test_the_outcome_names_every_file_and_its_figures(tmp_path: Path) -> None:
    outcome = STAGE.run(make_context(tmp_path, "language_model", "gru"), "m")
    folder = tmp_path / "recordings" / "m" / "test"
    assert set(outcome.files) == {path for path in folder.rglob("*") if path.is_file()}
    assert outcome.identity is None
    assert outcome.row_counts == {"layer=0": 400, "layer=1": 400}
    figures = dict(outcome.figures)
    assert figures["tokens"] == 400
    assert figures["raw bytes"] == 400 * 2 * 5 * 3 * 4
    assert figures["bytes on disk"] == sum(path.stat().st_size for path in outcome.files)
    assert figures["compression ratio"] == pytest.approx(
        figures["bytes on disk"] / figures["raw bytes"], abs=1e-4
    )
    assert 0 < figures["largest hidden"] <= 1
    assert 0 <= figures["largest drift"] < 1e-5


def test_the_same_checkpoint_gives_the_same_data_version_another_does_not(tmp_path: Path) -> None:
    versions = []
    for run in ("first", "first", "second"):
        if not (tmp_path / run).exists():
            context = make_context(tmp_path / run, "language_model", "rnn")
        versions.append(data_version(STAGE.run(context, "m").files))
    assert versions[0] == versions[1] != versions[2]


def test_every_recorded_state_counts_in_the_data_version(tmp_path: Path) -> None:
    files = STAGE.run(make_context(tmp_path, "language_model", "rnn"), "m").files
    before = data_version(files)
    with files[-1].open("r+b") as part:
        part.seek(part.seek(0, os.SEEK_END) // 2)
        (byte,) = part.read(1)
        part.seek(-1, os.SEEK_CUR)
        part.write(bytes([byte ^ 1]))
    assert data_version(files) != before


def test_a_checkpoint_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "rnn")
    save_corpus(context.storage.corpus("d"), make_corpus("language_model", words=WORDS + 1))
    with pytest.raises(CheckpointError, match="vocabulary_size: the checkpoint has 20"):
        STAGE.run(context, "m")


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    """The child kills itself with SIGKILL in the middle of its second block."""
    context = make_context(tmp_path, "language_model", "lstm")
    folder = context.storage.recording("m", "test")
    STAGE.run(context, "m")
    before = open_recording(folder)
    child = """
import os, signal, sys
from pathlib import Path
from rnnvis_assets.recording import recording_plan
from rnnvis_assets.recording import layer_states
from rnnvis_assets.model_kinds.model_kinds import RECORDING as STAGE
from tests.rnnvis_assets.recording.test_recording_stage import make_context
recording_plan.BLOCK_BYTES = 1
blocks = []
class Dying(layer_states.LayerStepper):
    def read(self, *block):
        blocks.append(block)
        if len(blocks) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(*block)
layer_states.LayerStepper = Dying
STAGE.run(make_context(Path(sys.argv[1]), "language_model", "lstm"), "m")
"""
    command = [sys.executable, "-c", child, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    finished = subprocess.run(command, env=environment, cwd=Path.cwd(), check=False)
    assert finished.returncode == -signal.SIGKILL
    assert open_recording(folder) == before
    assert len(list(folder.parent.iterdir())) == 2
    STAGE.run(context, "m")
    assert list(folder.parent.iterdir()) == [folder]


def test_workers_of_the_engine_make_the_same_files_from_the_storage(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "lstm")
    folder = context.storage.recording("m", "test")
    STAGE.run(context, "m")
    here = bytes_of(folder)
    (tmp_path / "engine.yaml").write_text("workers: 2")
    outcome = STAGE.run(context, "m")
    assert bytes_of(folder) == here
    parts = [path for path in outcome.files if path.suffix == ".parquet"]
    assert outcome.sha256 == {path: sha256(path.read_bytes()).hexdigest() for path in parts}


def test_a_second_driver_leaves_the_shards_of_the_first_as_they_are(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "rnn")
    shards = ShardFolder(context.storage.recording("m", "test"))
    with hold_stage(context, "m", "recording"):
        shards.begin({"made": "by the first"})
        with pytest.raises(BusyError, match="m is being worked on by run one"):
            run_stage(STAGE, replace(context, run="run two"), "m")
        assert bytes_of(shards.path).keys() == {"_job.json"}


@pytest.mark.parametrize("task", ["language_model", "classification"])
def test_words_are_never_all_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: Task
) -> None:
    context = make_context(tmp_path, task, "gru")
    forbid_whole_splits(monkeypatch)
    STAGE.run(context, "m")
