"""What is read of a model, and what its steps did, against plain NumPy."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.findings import untrained_network
from rnnvis_assets.findings.cell_contrast import update_sparsity
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.layer_contrast import hoyer_sparsity
from rnnvis_assets.findings.untrained_network import untrained_responses
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.numpy_cells import read_words
from tests.rnnvis_assets.glyphs.made_up_model import (
    LABELS,
    LAYERS,
    LENGTHS,
    WORDS,
    make_model,
)
from warehouse.parquet_tables import write_table
from warehouse.schema import SENTENCE


@pytest.mark.parametrize(("cell", "state"), [("rnn", "hidden"), ("lstm", "cell")])
def test_the_sparsity_of_updates_by_sentence(tmp_path, cell, state):
    """Sequences of several sentences: the state runs on within them, and starts from zero."""
    made = make_model(tmp_path, cell, sequences=(0, 3, 5, len(LENGTHS)))
    spread = np.array([1.0, 2, 0.5, 1, 0, 3])
    found = update_sparsity(FindingInputs(made.context, "m"), state, spread)
    scaled = made.steps[-1][f"{state}_delta"] * [1, 0.5, 2, 1, 0, 1 / 3]
    pieces = np.split(hoyer_sparsity(scaled), made.split.sentence_offsets[1:-1])
    np.testing.assert_allclose(found, [piece.mean() for piece in pieces], atol=1e-5)


def test_a_document_without_tokens_has_no_sparsity(tmp_path):
    lengths = (4, 0, 20)
    made = make_model(tmp_path, "gru", sequences=(0, 1, 2, 3), lengths=lengths, labels=(0, 1, 0))
    found = update_sparsity(FindingInputs(made.context, "m"), "hidden", np.ones(6))
    assert np.isnan(found).tolist() == [False, True, False]


def test_documents_are_ranked_by_the_probability_of_the_negative_class(tmp_path):
    made = make_model(tmp_path, "gru", sequences=(0, len(LENGTHS)))
    columns = {
        "sentence_id": [2, 0, 1, 3, 4], "num_tokens": [1, 1, 1, 0, 1], "text": ["w"] * 5,
        "label": ["positive", "negative", "negative", "negative", None],
        "predicted": ["positive", "negative", "positive", None, "negative"],
        "probability": [0.9, 0.75, 0.625, None, 0.5],
    }  # fmt: skip
    write_table(made.context.storage.table("m", "sentence"), SENTENCE, columns)
    found = FindingInputs(made.context, "m").labelled()
    assert found.negative.tolist() == [True, True, False, True]
    assert found.recognised.tolist() == [True, False, False]
    np.testing.assert_allclose(found.probability, [0.75, 0.375, 0.1, 0.5], atol=1e-7)


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


@pytest.mark.parametrize(("of_hidden", "state"), [(0.4, "hidden"), (0.6, "cell")])
def test_the_state_is_one_that_the_network_reads(tmp_path, of_hidden, state):
    """Saturated in more than half of the steps: little but signs of it is read."""
    made = make_model(tmp_path, "lstm", sequences=(0, len(LENGTHS)))
    rows = {"layer": [0, 1, 1, 1, 1], "state": ["cell", "hidden", "hidden", "cell", "cell"],
            "saturated": [0.0, of_hidden - 0.1, of_hidden + 0.1, 0.2, 0.2]}  # fmt: skip
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
    means, counts = untrained_responses(config, made.corpus, made.split, np.arange(WORDS), state)
    some = untrained_responses(config, made.corpus, made.split, np.array([1, 3]), state)
    for found, whole in zip(some, (means, counts), strict=True):
        np.testing.assert_array_equal(found, whole[[1, 3]])
    network = RecurrentNetwork(config, WORDS, WORDS)
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
