"""From a folder of NumPy files to a release through the real Dagster graph, against NumPy."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.cli.terminal_tables import list_models
from pipelines.orchestration.build_definitions import build_defs
from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.runs import materialise_all
from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.register_recording import register_recording
from tests.pipelines.external_project import (
    LENGTHS,
    UNITS,
    WORDS,
    again,
    empty_project,
    gru_recording,
    write_external,
)
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    SyntheticRecording,
    changes,
    write_npy,
)
from warehouse.errors import ConfigurationError
from warehouse.reader import Release, open_release

NAME = "their-gru"


def analyse(run_context: RunContext, model: str) -> None:
    project = run_context.project
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(run_context.storage.dagster_home))
        with open_instance(run_context.storage) as instance:
            definitions = build_defs(project.folder, run_context.storage.root)
            (report,) = materialise_all([model], definitions, instance, run_context)
    assert report.error is None


def publish(run_context: RunContext, made: SyntheticRecording, folder: Path) -> Release:
    """The release of a recording, made without Dagster."""
    register_recording(run_context, write_npy(folder / "theirs", made), NAME)
    run_context = again(run_context)
    for asset in MODEL_STAGES[2:]:
        run_stage(asset.stage, run_context, NAME)
    return open_release(NAME, storage=run_context.storage)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """A recording, imported and analysed; its folder is deleted."""
    folder = tmp_path_factory.mktemp("external")
    run_context, theirs = empty_project(folder), write_external(folder / "theirs")
    register_recording(run_context, theirs, NAME)
    shutil.rmtree(theirs)
    run_context = again(run_context)
    analyse(run_context, NAME)
    return run_context


@pytest.fixture(scope="module")
def release(imported: RunContext) -> Iterator[Release]:
    with open_release(NAME, storage=imported.storage) as opened:
        yield opened


@pytest.mark.parametrize("layer", [0, 1])
def test_responses_are_the_mean_changes_of_their_states(release: Release, layer: int) -> None:
    made = gru_recording()
    delta = changes(made.arrays[f"hidden_{layer}"], made)
    found = release.words.response_matrix(layer=layer, state="hidden")
    assert found.word_ids.tolist() == list(range(len(WORDS)))
    for word in found.word_ids:
        mine = delta[made.arrays["word_id"] == word]
        np.testing.assert_allclose(found.mean[word], mine.mean(axis=0), atol=1e-6)
        assert found.counts[word] == len(mine)


def test_the_recording_is_theirs_to_the_bit(release: Release) -> None:
    made, recording = gru_recording(), release.recording()
    assert recording.units == UNITS
    for layer in range(2):
        columns = ("hidden", "keep_gate", "sequence", "position", "word_id", "token")
        rows = recording.rows(layer, columns, 0, recording.num_tokens)
        for name in ("hidden", "keep_gate"):
            np.testing.assert_array_equal(rows[name], made.arrays[f"{name}_{layer}"])
        np.testing.assert_array_equal(rows["sequence"], np.repeat(np.arange(len(LENGTHS)), LENGTHS))
        np.testing.assert_array_equal(rows["word_id"], made.arrays["word_id"])


def test_what_the_release_says_of_the_network(release: Release) -> None:
    model = release.model
    assert (model["task"], model["cell"], model["num_layers"]) == ("none", "gru", 2)
    assert model["num_parameters"] is None
    layers = release.sql("SELECT name, units, states, gated_state FROM layer ORDER BY layer")
    assert layers.to_pylist() == [
        {"name": name, "units": units, "states": ["hidden"], "gated_state": "hidden"}
        for name, units in zip(("lower", "upper"), UNITS, strict=True)
    ]


def test_nothing_is_silenced_without_a_network(release: Release) -> None:
    upper = {"layer": 1, "state": "hidden"}
    assert release.units.ablation(**upper).num_rows == 0
    rows = release.clusters.ablation(**upper, affinity="signed", num_clusters=2)
    assert rows.num_rows == 0
    manifest = read_manifest(release.storage, "ablation", release.name)
    assert manifest is not None
    assert manifest.figures == {"not measured": "no linear output layer of the network is known"}


def test_sentences_and_their_words(release: Release) -> None:
    made = gru_recording()
    sentence = release.sentences.get(1)
    ids = made.arrays["word_id"][LENGTHS[0] : LENGTHS[0] + LENGTHS[1]]
    assert sentence["text"] == " ".join(WORDS[word] for word in ids)
    assert release.sentences.tokens(1)["next_probability"].null_count == LENGTHS[1]
    glyphs = release.sentences.glyphs(1, layer=1, state="hidden")
    states = made.arrays["hidden_1"][LENGTHS[0] : LENGTHS[0] + LENGTHS[1]]
    # Every unit counts in both of its directions.
    size = np.abs(states).sum(axis=1)
    np.testing.assert_allclose(glyphs.positive.sum(axis=1), size, atol=1e-5)


def test_annotations_of_tokens_and_of_words(release: Release) -> None:
    made = gru_recording()
    rows = release.sql(
        "SELECT category, value FROM annotation JOIN token USING (sentence_id, position) "
        "WHERE track = $track ORDER BY token",
        {"track": "depth"},
    )
    np.testing.assert_allclose(rows["value"].to_numpy(), made.arrays["annotation_depth"])
    words = release.sql("SELECT * FROM word_annotation ORDER BY track, word_id").to_pylist()
    tags = {row["word_id"]: row["category"] for row in words if row["track"] == "tag"}
    assert tags == {
        0: "END",
        1: "DET",
        2: "DET",
        3: "NOUN",
        4: "NOUN",
        5: "VERB",
        6: "VERB",
        7: "ADJ",
    }
    for row in (row for row in words if row["track"] == "depth"):
        values = made.arrays["annotation_depth"][made.arrays["word_id"] == row["word_id"]]
        assert row["mean"] == pytest.approx(values.astype(float).mean())
        assert row["count"] == len(values)


def test_it_is_listed_like_any_other(imported: RunContext) -> None:
    assert list_models(imported).row_count == 1
    assert list(imported.project.models) == [NAME]


def test_a_classifier_s_labels_and_choices(tmp_path: Path) -> None:
    run_context, made = empty_project(tmp_path), gru_recording()
    random, sentences = np.random.default_rng(3), len(LENGTHS)
    made.arrays["label"] = random.choice(["bad", "good"], sentences)
    made.arrays["predicted"] = random.integers(0, 2, sentences)
    made.arrays["probability"] = random.uniform(0.5, 1, sentences).astype(np.float32)
    made.arrays["text"] = np.array([f"No. {number}" for number in range(sentences)])
    made.settings["classes"] = ["bad", "good"]
    with publish(run_context, made, tmp_path) as release:
        rows = release.sentences.find(limit=sentences).to_pydict()
        (figure,) = release.evaluation().to_pylist()
    names = np.array(["bad", "good"])[made.arrays["predicted"]]
    assert rows["label"] == made.arrays["label"].tolist()
    assert rows["predicted"] == names.tolist()
    assert rows["text"] == made.arrays["text"].tolist()
    np.testing.assert_allclose(rows["probability"], made.arrays["probability"])
    right = np.mean(names == made.arrays["label"])
    assert figure == {"split": "test", "metric": "accuracy", "value": pytest.approx(right)}


def test_what_a_language_model_expected(tmp_path: Path) -> None:
    run_context, made = empty_project(tmp_path), gru_recording()
    random, tokens = np.random.default_rng(3), sum(LENGTHS)
    chances = random.uniform(0.1, 0.9, tokens).astype(np.float32)
    chances[-1] = np.nan
    made.arrays["next_probability"] = chances
    made.arrays["top_words"] = random.integers(0, len(WORDS), (tokens, 3))
    made.arrays["top_probabilities"] = random.random((tokens, 3), np.float32)
    with publish(run_context, made, tmp_path) as release:
        rows = release.sql("SELECT * FROM token ORDER BY token")
        figures = {row["metric"]: row["value"] for row in release.evaluation().to_pylist()}
        assert release.model["task"] == "language_model"
    found = rows["next_probability"].fill_null(np.nan).to_numpy()
    np.testing.assert_array_equal(found, chances)
    assert rows["top_words"].to_pylist() == made.arrays["top_words"].tolist()
    loss = -np.log(chances[:-1].astype(float)).mean()
    assert figures == {"loss": pytest.approx(loss), "perplexity": pytest.approx(np.exp(loss))}


def test_a_taken_name_is_refused_and_a_free_one_offered(
    imported: RunContext, tmp_path: Path
) -> None:
    theirs = write_external(tmp_path / NAME)
    with pytest.raises(ConfigurationError, match=f"such as {NAME}-2") as caught:
        register_recording(imported, theirs)
    assert caught.value.repair == f"rnnvis import recording {theirs} --name {NAME}-2"


def test_a_name_is_made_of_that_of_the_folder(tmp_path: Path) -> None:
    run_context = empty_project(tmp_path)
    assert (
        register_recording(run_context, write_external(tmp_path / "Their GRU (2)")) == "their-gru-2"
    )


def test_a_changed_folder_is_not_taken_for_the_same(tmp_path: Path) -> None:
    run_context, theirs = empty_project(tmp_path), write_external(tmp_path / "theirs")
    register_recording(run_context, theirs, NAME)
    np.save(theirs / "hidden_0.npy", np.zeros((3, 3), np.float32))
    run_context = again(run_context)
    run_context.storage.manifest("recording", NAME).unlink()
    with pytest.raises(AssertionError, match="has changed since"):
        analyse(run_context, NAME)


def test_what_a_sequence_starts_from_is_no_change(tmp_path: Path) -> None:
    """Every sequence starts from the state that the one before it ended in."""
    run_context, made = empty_project(tmp_path), gru_recording()
    made.settings["starts_from_zero"] = False
    for layer in range(2):
        states = made.arrays[f"hidden_{layer}"]
        made.arrays[f"hidden_delta_{layer}"] = np.diff(states, axis=0, prepend=states[:1])
    with publish(run_context, made, tmp_path) as release:
        glyphs = release.sentences.glyphs(1, layer=0, state="hidden")
    states = made.arrays["hidden_0"]
    start = LENGTHS[0]
    moved = np.abs(states[start]).sum() - np.abs(states[start - 1]).sum()
    assert glyphs.positive_change[0].sum() == pytest.approx(moved, abs=1e-5)


def test_an_analysis_that_limits_tokens_or_asks_too_much_is_named_before_anything_is_made(
    tmp_path: Path,
) -> None:
    run_context, theirs = empty_project(tmp_path), write_external(tmp_path / "theirs")
    path = run_context.project.folder / "analyses" / "default.yaml"
    lines: list[str] = []
    asking = replace(again(run_context), report=lines.append)
    register_recording(asking, theirs, "fits")
    assert not any("clusters, not" in line for line in lines)
    content = yaml.safe_load(path.read_text("utf-8"))
    content["co_clusters"]["maximum_clusters"] = 20
    path.write_text(yaml.safe_dump(content), "utf-8")
    asking = replace(again(run_context), report=lines.append)
    register_recording(asking, theirs, "small")
    assert any("small: at most 5 clusters, not 20" in line for line in lines)
    result = CliRunner().invoke(
        app, ["check", "recording", str(theirs)], env={"RNNVIS_CONFIGS": str(path.parents[1])}
    )
    assert "theirs: at most 5 clusters, not 20" in result.output
    path.write_text(yaml.safe_dump(content | {"recording": {"tokens": 50}}), "utf-8")
    with pytest.raises(ConfigurationError, match=r"with recording\.tokens: 50"):
        register_recording(again(run_context), theirs, "limited")
