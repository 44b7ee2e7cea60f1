"""The page on own recordings: a Keras LSTM writes one, which holds what NumPy computes."""

import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from rnnvis_assets.model_kinds.register_recording import register_recording
from rnnvis_assets.recording_import.check_recording import check_recording
from tests.pipelines.external_project import again, empty_project
from tests.pipelines.tiny_project import WORDS
from warehouse.recordings import open_recording
from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.end_to_end

KEEP_WEIGHTS = "\nnp.savez('weights.npz', *network.get_weights())\n"


def page() -> str:
    """The page's Python."""
    text = (CHECKOUT / "docs" / "own_recording.md").read_text("utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def keras_lstm(weights: list[np.ndarray], ids: np.ndarray) -> np.ndarray:
    """h of Keras's LSTM, float64[sequences, steps, units]; its gates stand in the order i, f, c, o
    (keras.layers.LSTMCell)."""
    embedding, kernel, recurrent, bias = (weight.astype(np.float64) for weight in weights[:4])
    hidden = cell = np.zeros((len(ids), recurrent.shape[0]))
    states = []
    for words in ids.T:
        gates = embedding[words] @ kernel + hidden @ recurrent + bias
        i, f, candidate, o = np.split(gates, 4, axis=1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(candidate)
        hidden = sigmoid(o) * np.tanh(cell)
        states.append(hidden)
    return np.stack(states, axis=1)


def test_the_page_is_short() -> None:
    assert len(page().splitlines()) < 30


def test_what_keras_writes_is_imported_unchanged(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(" ".join(Random(0).choices(WORDS, k=1000)))
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    subprocess.run(
        [sys.executable, "-c", page() + KEEP_WEIGHTS], cwd=tmp_path, env=environment, check=True
    )
    report = check_recording(tmp_path / "recording")
    assert report.faults == ()
    context = empty_project(tmp_path)
    name = register_recording(context, tmp_path / "recording", "keras")
    assert list(again(context).project.models) == [name]
    recording = open_recording(context.storage.recording(name, "test"))
    found = recording.rows(0, ("hidden", "word_id"), 0, recording.num_tokens)
    weights = np.load(tmp_path / "weights.npz")
    expected = keras_lstm(list(weights.values()), found["word_id"].reshape(-1, 20))
    np.testing.assert_allclose(found["hidden"], expected.reshape(1000, -1), atol=1e-5)
