"""What is read of a model, and what its steps did, against plain NumPy."""

import numpy as np
import pytest

from rnnvis_assets.findings.cell_contrast import sentence_steps
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.layer_contrast import hoyer_sparsity
from tests.rnnvis_assets.glyphs.made_up_model import LABELS, LENGTHS, MadeUp, make_model


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
