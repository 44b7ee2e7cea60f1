"""The stage on made-up networks of every kind: its four tables against plain NumPy."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.engine.stage import StageOutput
from rnnvis_assets.glyphs import glyphs_asset
from rnnvis_assets.glyphs.glyphs_asset import ASSET, STAGE
from rnnvis_assets.network.checkpoint_files import load_checkpoint
from rnnvis_assets.network.integrated_gradients import integrated_gradients
from tests.examples.whole_units import whole_units
from tests.rnnvis_assets.corpus.small_corpora import forbid_whole_splits
from tests.rnnvis_assets.glyphs.glyph_oracle import LISTS, SPLIT_LISTS, expect_glyphs
from tests.rnnvis_assets.glyphs.made_up_model import (
    CLASSES,
    CLUSTERS,
    LABELS,
    LAYERS,
    LENGTHS,
    MadeUp,
    make_model,
    split_changes,
)
from warehouse.errors import AnalysisError, CheckpointError, RecordingError
from warehouse.parquet_tables import read_table, where, write_table
from warehouse.schema import TABLES

STREAMS = (0, 2, 3, 7)  # three streams of 2, 1 and 4 sentences
DOCUMENTS = tuple(range(8))
CELLS: tuple[Cell, ...] = ("rnn", "lstm", "gru")
KINDS = ("language_models", "classifiers")
PLACES = [(sentence, step) for sentence, size in enumerate(LENGTHS) for step in range(size)]

Made = tuple[MadeUp, StageOutput]


def run(made: MadeUp) -> Made:
    return made, STAGE.run(made.context, "m")


@pytest.fixture(scope="module")
def language_models(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Made]:
    root = tmp_path_factory.mktemp("language_models")
    return {cell: run(make_model(root / cell, cell, sequences=STREAMS)) for cell in CELLS}


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Made]:
    root = tmp_path_factory.mktemp("classifiers")
    return {
        cell: run(make_model(root / cell, cell, sequences=DOCUMENTS, labels=LABELS))
        for cell in CELLS
    }


@pytest.fixture(params=CELLS)
def language_model(language_models: dict[Cell, Made], request: pytest.FixtureRequest) -> Made:
    return language_models[request.param]


@pytest.fixture(params=CELLS)
def classifier(classifiers: dict[Cell, Made], request: pytest.FixtureRequest) -> Made:
    return classifiers[request.param]


@pytest.fixture(params=[(kind, cell) for kind in KINDS for cell in CELLS], ids="-".join)
def made(request: pytest.FixtureRequest) -> Made:
    kind, cell = request.param
    return request.getfixturevalue(kind)[cell]  # type: ignore[no-any-return]


def rows_of(made: Made, name: str) -> list[dict[str, Any]]:
    return read_table(made[0].context.storage.table("m", name)).to_pylist()


def softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def expect_probabilities(made: MadeUp, hidden: np.ndarray) -> np.ndarray:
    return softmax(hidden @ made.weights["decoder.weight"].T + made.weights["decoder.bias"])


def keep_gate_of(made: MadeUp, layer: int, state: str) -> np.ndarray | None:
    steps = made.steps[layer]
    return None if "cell" in steps and state == "hidden" else steps.get("keep_gate")


def test_glyphs_are_those_of_plain_loops(made: Made) -> None:
    table = read_table(made[0].context.storage.table("m", "glyph"))
    assert table.num_rows == len(made[0].unit_labels) * sum(LENGTHS)
    for (layer, state), labels in made[0].unit_labels.items():
        found = table.filter(where(layer=layer, state=state))
        keep_gate = keep_gate_of(made[0], layer, state)
        states = made[0].steps[layer][state]
        expected = expect_glyphs(states, made[0].starts, keep_gate, whole_units(labels, CLUSTERS))
        for name in LISTS:
            if expected[name] is None:
                assert found[name].null_count == found.num_rows
            else:
                np.testing.assert_allclose(
                    np.array(found[name].to_pylist()), expected[name], rtol=1e-4, atol=1e-5
                )


def test_glyphs_of_a_matrix_memory_have_both_parts_of_its_changes(tmp_path: Path) -> None:
    made = run(make_model(tmp_path, "lstm", sequences=STREAMS, is_matrix=True))[0]
    table = read_table(made.context.storage.table("m", "glyph"))
    assert set(table.filter(where(state="hidden"))["written"].to_pylist()) == {None}
    for layer, steps in enumerate(made.steps):
        expected = expect_glyphs(
            steps["cell"],
            made.starts,
            steps["keep_gate"],
            whole_units(made.unit_labels[layer, "cell"], CLUSTERS),
            split_changes(steps["cell_delta"]),
        )
        found = table.filter(where(layer=layer, state="cell"))
        for name in SPLIT_LISTS:
            np.testing.assert_allclose(
                np.array(found[name].to_pylist()), expected[name], rtol=1e-4, atol=1e-5
            )


def test_every_glyph_names_its_word_and_its_co_clustering(made: Made) -> None:
    table = read_table(made[0].context.storage.table("m", "glyph"))
    sentences, positions = (table[name].to_pylist() for name in ("sentence_id", "position"))
    assert list(zip(sentences, positions, strict=True)) == PLACES * len(made[0].unit_labels)
    assert set(table["affinity"].to_pylist()) == {"absolute"}
    assert set(table["num_clusters"].to_pylist()) == {CLUSTERS}


def test_tokens_are_those_of_the_split_in_order(made: Made) -> None:
    rows, split = rows_of(made, "token"), made[0].split
    assert [row["token"] for row in rows] == list(range(split.num_tokens))
    assert [row["word_id"] for row in rows] == split.word_ids.tolist()
    assert [(row["sentence_id"], row["position"]) for row in rows] == PLACES


def test_next_words_are_predicted_across_sentences_and_streams(language_model: Made) -> None:
    made, rows = language_model[0], rows_of(language_model, "token")
    expected = expect_probabilities(made, made.steps[LAYERS - 1]["hidden"])
    for token, row in enumerate(rows[:-1]):
        following = made.split.word_ids[token + 1]
        assert row["next_probability"] == pytest.approx(expected[token, following], rel=1e-4)
    assert rows[-1]["next_probability"] is None
    for token, row in enumerate(rows):
        likeliest = np.argsort(-expected[token])[:5]
        assert row["top_words"] == likeliest.tolist()
        np.testing.assert_allclose(row["top_probabilities"], expected[token, likeliest], rtol=1e-4)


def test_perplexity_is_that_of_the_predictions(language_model: Made) -> None:
    figures = language_model[1].figures
    found = [row["next_probability"] for row in rows_of(language_model, "token")][:-1]
    assert figures["perplexity_of_the_recording"] == pytest.approx(
        np.exp(-np.log(found).mean()), rel=1e-4
    )
    assert figures["perplexity_of_the_evaluation"] == 7


def test_a_language_model_contributes_to_no_class(language_model: Made) -> None:
    assert rows_of(language_model, "contribution") == []
    for row in rows_of(language_model, "sentence"):
        assert row["label"] is row["predicted"] is row["probability"] is None


def test_contributions_are_the_changes_of_h_seen_by_each_class(classifier: Made) -> None:
    made, found = classifier[0], rows_of(classifier, "contribution")
    hidden, weight = made.steps[LAYERS - 1]["hidden"], made.weights["decoder.weight"]
    assert len(found) == made.split.num_tokens * len(CLASSES)
    for row in found:
        token = made.split.sentence_offsets[row["sentence_id"]] + row["position"]
        before = 0 if row["position"] == 0 else hidden[token - 1]
        expected = weight[CLASSES.index(row["class"])] @ (hidden[token] - before)
        assert row["value"] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_integrated_gradients_are_those_of_each_document(classifier: Made) -> None:
    made, found = classifier[0], rows_of(classifier, "contribution")
    network = load_checkpoint(made.context.storage.checkpoint("m")).network
    for sentence, (start, stop) in enumerate(pairwise(made.split.sentence_offsets)):
        words = torch.tensor(made.split.word_ids[start:stop].astype(np.int64))[None]
        expected = integrated_gradients(network, words)[0]
        for row in (row for row in found if row["sentence_id"] == sentence):
            value = expected[row["position"], CLASSES.index(row["class"])]
            assert row["integrated_gradients"] == pytest.approx(value, abs=1e-5)


def test_documents_are_classified_by_their_last_step(classifier: Made) -> None:
    made, rows = classifier[0], rows_of(classifier, "sentence")
    hidden = made.steps[LAYERS - 1]["hidden"][made.split.sentence_offsets[1:] - 1]
    expected = expect_probabilities(made, hidden)
    for row, probabilities, label in zip(rows, expected, LABELS, strict=True):
        assert row["label"] == CLASSES[label]
        assert row["predicted"] == CLASSES[probabilities.argmax()]
        assert row["probability"] == pytest.approx(probabilities.max(), rel=1e-4)
    accuracy = np.mean(expected.argmax(axis=1) == np.array(LABELS))
    assert classifier[1].figures["accuracy_of_the_recording"] == pytest.approx(accuracy)
    assert classifier[1].figures["accuracy_of_the_evaluation"] == 0.5


def test_a_classifier_predicts_no_words(classifier: Made) -> None:
    for row in rows_of(classifier, "token"):
        assert row["next_probability"] is row["top_words"] is row["top_probabilities"] is None


def test_sentences_carry_their_text(made: Made) -> None:
    rows = rows_of(made, "sentence")
    assert [row["sentence_id"] for row in rows] == list(range(len(LENGTHS)))
    assert [row["num_tokens"] for row in rows] == list(LENGTHS)
    assert [row["text"] for row in rows] == list(made[0].split.texts)


def test_the_outcome_counts_what_was_written(made: Made) -> None:
    outcome = made[1]
    assert {path.stem for path in outcome.files} == set(outcome.row_counts)
    for name, count in outcome.row_counts.items():
        rows = rows_of(made, name)
        assert len(rows) == count
        assert len({tuple(row[key] for key in TABLES[name].key) for row in rows}) == count
    assert outcome.figures["tokens"] == sum(LENGTHS)
    assert outcome.figures["sentences"] == len(LENGTHS)


def test_a_document_without_tokens_has_no_class(tmp_path: Path) -> None:
    lengths = (4, 0, 7, 3, 5, 0, 6)
    model = make_model(tmp_path, "gru", sequences=DOCUMENTS, lengths=lengths, labels=LABELS)
    made = run(model)
    for row in rows_of(made, "sentence"):
        assert (row["predicted"] is None) == (row["num_tokens"] == 0)
        assert (row["probability"] is None) == (row["num_tokens"] == 0)
    assert 0 <= made[1].figures["accuracy_of_the_recording"] <= 1


def test_settings_are_the_glyphs_and_the_split(language_model: Made) -> None:
    settings = STAGE.settings(language_model[0].context.project, "m")
    assert settings == {
        "split": "validation",
        "states": ["hidden", "cell"],
        "glyphs": {"affinity": "absolute", "num_clusters": CLUSTERS},
    }


def test_a_recording_by_other_weights_is_refused(tmp_path: Path) -> None:
    made = make_model(tmp_path, "rnn", sequences=STREAMS)
    recording = made.context.storage.recording("m", "validation") / "_recording.json"
    weights = recording.read_text("utf-8").split('"weights_sha256": "')[1][:64]
    recording.write_text(recording.read_text("utf-8").replace(weights, "0" * 64), "utf-8")
    with pytest.raises(RecordingError, match="rnnvis materialize m"):
        STAGE.run(made.context, "m")


def test_a_co_clustering_that_was_not_made_is_named(tmp_path: Path) -> None:
    made = make_model(tmp_path, "rnn", sequences=STREAMS)
    path = made.context.storage.table("m", "unit_cluster")
    unit_cluster = TABLES["unit_cluster"]
    write_table(path, unit_cluster, unit_cluster.columns_of(()))
    with pytest.raises(AnalysisError, match="'absolute' co-clustering into 3"):
        STAGE.run(made.context, "m")


def test_nothing_is_written_where_the_checkpoint_is_missing(tmp_path: Path) -> None:
    made = make_model(tmp_path, "rnn", sequences=STREAMS)
    (made.context.storage.checkpoint("m") / "weights.safetensors").unlink()
    with pytest.raises(CheckpointError):
        STAGE.run(made.context, "m")
    assert not made.context.storage.table("m", "sentence").exists()


@pytest.mark.slow
def test_the_picture_reads_no_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = run(make_model(tmp_path, "gru", sequences=DOCUMENTS, labels=LABELS))
    read = []

    def noting(*arguments: Any, **options: Any) -> pa.Table:
        read.append(read_table(*arguments, **options))
        return read[-1]

    monkeypatch.setattr(glyphs_asset, "read_table", noting)
    assert ASSET.picture is not None
    assert ASSET.picture(made.context, "m").startswith(b"\x89PNG")
    assert read
    assert not any("text" in table.column_names for table in read)


@pytest.mark.parametrize("labels", [None, LABELS])
def test_words_are_never_all_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: Any
) -> None:
    made = make_model(tmp_path, "gru", sequences=DOCUMENTS, labels=labels)
    forbid_whole_splits(monkeypatch)
    run(made)
