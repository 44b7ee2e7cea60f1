"""A recording that NumPy makes, and a tiny project to take it into."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.stage import RunContext
from tests.pipelines.tiny_project import ANALYSIS, write_yaml
from tests.rnnvis_assets.recording_import.synthetic_recording import SyntheticRecording, write_npy
from warehouse.storage import Storage

WORDS = ("<eos>", "the", "a", "cat", "dog", "sees", "hears", "old", "new")
LENGTHS = (6, 4, 9, 5, 7, 8, 3, 6) * 12
UNITS = (6, 5)
Floats = npt.NDArray[np.float32]


def _sigmoid(x: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return 1 / (1 + np.exp(-x))


def read_with_gru(
    inputs: Floats, lengths: tuple[int, ...], units: int, seed: int
) -> SyntheticRecording:
    """h and z of a GRU layer, its state zero before every sequence (Cho et al. 2014, in the
    convention of PyTorch and Keras: h = (1 - z) n + z h')."""
    random = np.random.default_rng(seed)
    read, carry = (random.normal(0, 0.7, (3, size, units)) for size in (inputs.shape[1], units))
    hidden, gates = [], []
    ends = set(np.cumsum(lengths).tolist())
    state = np.zeros(units)
    for step, x in enumerate(inputs):
        if step in ends:
            state = np.zeros(units)
        r, z = (_sigmoid(x @ read[i] + state @ carry[i]) for i in (0, 1))
        new = np.tanh(x @ read[2] + r * (state @ carry[2]))
        state = (1 - z) * new + z * state
        hidden.append(state)
        gates.append(z)
    return SyntheticRecording({"h": np.array(hidden, np.float32), "z": np.array(gates, np.float32)})


def gru_recording() -> SyntheticRecording:
    """Two GRU layers over sentences of their own, annotated with a tag and a depth."""
    random = np.random.default_rng(7)
    word_ids = random.integers(1, len(WORDS), sum(LENGTHS))
    word_ids[np.cumsum(LENGTHS) - 1] = 0
    embedding = random.normal(size=(len(WORDS), 4)).astype(np.float32)
    first = read_with_gru(embedding[word_ids], LENGTHS, UNITS[0], 1).arrays
    second = read_with_gru(first["h"], LENGTHS, UNITS[1], 2).arrays
    tags = np.array(["END", "DET", "DET", "NOUN", "NOUN", "VERB", "VERB", "ADJ", ""])
    return SyntheticRecording(
        arrays={
            "word_id": word_ids,
            "sequence_lengths": np.array(LENGTHS),
            "sentence_lengths": np.array(LENGTHS),
            "hidden_0": first["h"], "keep_gate_0": first["z"],
            "hidden_1": second["h"], "keep_gate_1": second["z"],
            "annotation_tag": tags[word_ids],
            "annotation_depth": random.normal(word_ids, 0.1).astype(np.float32),
        },
        words=WORDS,
        settings={"description": "two GRU layers", "layers": ["lower", "upper"]},
    )  # fmt: skip


def write_external(folder: Path) -> Path:
    return write_npy(folder, gru_recording())


def empty_project(folder: Path) -> RunContext:
    """No model and no dataset; the analysis ``default`` is a tiny one."""
    for kind in ("datasets", "models", "analyses"):
        (folder / "configs" / kind).mkdir(parents=True)
    write_yaml(folder / "configs" / "analyses" / "default.yaml", ANALYSIS)
    write_yaml(folder / "configs" / "schedules.yaml", {})
    project = load_project(folder / "configs")
    return RunContext(project, Storage(folder / "storage"), lambda _: None)


def again(context: RunContext) -> RunContext:
    """The same place, its configurations read again."""
    return RunContext(load_project(context.project.folder), context.storage, lambda _: None)
