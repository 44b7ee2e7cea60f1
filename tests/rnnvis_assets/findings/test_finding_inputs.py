"""What is read of a model, and what its steps did, against plain NumPy."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.findings import untrained_network
from rnnvis_assets.findings.cell_contrast import sentence_steps
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.layer_contrast import hoyer_sparsity
from rnnvis_assets.findings.untrained_network import untrained_responses
from rnnvis_assets.network.recurrent_network import build_network, initialise
from tests.rnnvis_assets.glyphs.made_up_model import (
    LABELS,
    LAYERS,
    LENGTHS,
    WORDS,
    MadeUp,
    make_model,
)
from tests.rnnvis_assets.glyphs.numpy_cells import read_words


def _means_by_sentence(made: MadeUp, values: np.ndarray) -> np.ndarray:
    pieces = np.split(values, made.split.sentence_offsets[1:-1])
    return np.array([piece.mean() for piece in pieces])


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_steps_of_a_language_model(tmp_path, cell):
    """Sequences of several sentences: the state runs on within them, and starts from zero."""
    made = make_model(tmp_path, cell, sequences=(0, 3, 5, len(LENGTHS)))
    found = sentence_steps(FindingInputs(made.context, "m"))
    top, starts = made.steps[-1], made.starts
    hidden = top["hidden"]
    before = np.vstack((np.zeros(hidden.shape[1]), hidden[:-1])) * ~starts[:, None]
    whole = np.abs(hidden).sum(1) + np.abs(before).sum(1)
    updated = np.abs(hidden - before).sum(1) / whole
    np.testing.assert_allclose(found.updated, _means_by_sentence(made, updated), atol=1e-5)
    sparsity = hoyer_sparsity(hidden - before)
    np.testing.assert_allclose(found.sparsity, _means_by_sentence(made, sparsity), atol=1e-5)
    state = top.get("cell", hidden)
    before = np.vstack((np.zeros(state.shape[1]), state[:-1])) * ~starts[:, None]
    ratio = np.divide(state, before, out=np.zeros_like(state), where=before != 0)
    kept = (np.abs(before) * np.clip(ratio, 0, 1)).sum(1) / np.abs(state).sum(1)
    np.testing.assert_allclose(found.preserved, _means_by_sentence(made, kept), atol=1e-5)


def test_a_document_without_tokens_has_no_steps(tmp_path):
    lengths = (4, 0, 20)
    made = make_model(tmp_path, "gru", sequences=(0, 1, 2, 3), lengths=lengths, labels=(0, 1, 0))
    assert np.isnan(sentence_steps(FindingInputs(made.context, "m")).updated).tolist() == [
        False, True, False,
    ]  # fmt: skip


def test_polarity_needs_classes_of_these_names(tmp_path):
    made = make_model(tmp_path, "gru", sequences=range(len(LENGTHS) + 1), labels=LABELS)
    assert FindingInputs(made.context, "m").polarity() is None


def test_groups_of_words_are_found_whole_or_not_at_all(tmp_path):
    made = make_model(tmp_path, "gru", sequences=(0, len(LENGTHS)))
    inputs = FindingInputs(made.context, "m")
    word_ids = np.array([2, 5, 7])
    groups = [("w5", "w2"), ("w5", "w3"), ("w7", "never heard")]
    found = inputs.groups_of(groups, word_ids)
    assert (found.words, found.rows.tolist()) == ((("w5", "w2"),), [[1, 0]])
    assert inputs.groups_of(groups[1:], word_ids).rows.shape == (0, 2)


@pytest.mark.parametrize(("of_cell", "state"), [(0.4, "cell"), (0.6, "hidden")])
def test_the_state_is_one_that_the_network_reads(tmp_path, of_cell, state):
    """Saturated in more than half of the steps: little but signs of it is read."""
    made = make_model(tmp_path, "lstm", sequences=(0, len(LENGTHS)))
    rows = {"layer": [0, 1, 1, 1, 1], "state": ["cell", "cell", "cell", "hidden", "hidden"],
            "saturated": [0.0, of_cell - 0.1, of_cell + 0.1, 0.9, 0.0]}  # fmt: skip
    path = made.context.storage.table("m", "unit_summary")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(rows), path)
    assert FindingInputs(made.context, "m").state == state


@pytest.mark.parametrize(
    ("cell", "state"),
    [("rnn", "hidden"), ("gru", "hidden"), ("lstm", "cell"), ("lstm", "cell_output")],
)
def test_an_untrained_network_is_read_as_numpy_reads_it(tmp_path, monkeypatch, cell, state):
    """In two streams; the network's starting weights, taken from PyTorch."""
    monkeypatch.setattr(untrained_network, "STREAMS", 2)
    made = make_model(tmp_path, cell, sequences=(0, len(LENGTHS)))
    config = made.context.project.models["m"]
    means, counts = untrained_responses(config, made.corpus, made.split, state)
    network = build_network(config, WORDS, WORDS)
    initialise(network, seed=config.seed, forget_bias=config.training.forget_bias)
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    streams = np.split(made.split.word_ids[:28], 2)
    changes = []
    for words in streams:
        steps = read_words(weights, cell, LAYERS, words)[-1]
        values = np.tanh(steps["cell"]) if state == "cell_output" else steps[state]
        changes.append(np.diff(values, axis=0, prepend=0))
    read = np.concatenate(streams)
    assert counts.tolist() == np.bincount(read, minlength=WORDS).tolist()
    for word in np.unique(read):
        expected = np.concatenate(changes)[read == word].mean(axis=0)
        np.testing.assert_allclose(means[word], expected, atol=1e-6)
