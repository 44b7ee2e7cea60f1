"""The stage ``release``: what it publishes, and when it is stale."""

import json
from dataclasses import replace
from importlib.metadata import version
from types import MappingProxyType

import numpy as np
import pytest

from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    ReleaseSettings,
    ScheduleConfig,
)
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus import TAGGER_FIGURE, Corpus, Split, Vocabulary
from rnnvis_assets.corpus.corpus_files import save_corpus
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput
from rnnvis_assets.network.checkpoint_files import describe_network, save_checkpoint
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.release.release_asset import STAGE
from tests.rnnvis_assets.corpus.small_corpora import forbid_whole_splits
from tests.warehouse.synthetic import Synthetic, columns_of, write_content
from tests.warehouse.synthetic_states import write_made_up_recording
from warehouse.errors import CheckpointError, ReleaseError, StorageError
from warehouse.reader import open_release
from warehouse.release_index import release_ids
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

SPEC = Synthetic(cluster_counts=(2, 3), affinities=("positive",))
MODEL = ModelConfig.model_validate({
    "dataset": "text", "cell": "lstm", "num_layers": 2, "hidden_size": 8, "embedding_size": 5,
    "seed": 7, "training": {"epochs": 1, "batch_size": 2, "learning_rate": 0.1},
})  # fmt: skip
DATASET = DatasetConfig.model_validate(
    {"task": "language_model", "source": {"kind": "text", "path": "x.txt"}}
)


def _corpus(tagged: int) -> Corpus:
    """The corpus whose test split the synthetic tables analyse; some of its words have tags."""
    offsets = np.arange(0, SPEC.num_tokens + 1, SPEC.sentence_length)
    split = Split(
        tokens=SPEC.word_ids(),
        sentence_offsets=offsets,
        documents=np.arange(len(offsets) - 1, dtype=np.int32),
        labels=None,
        texts=tuple("x" for _ in offsets[1:]),
    )
    untagged = SPEC.num_words - tagged
    vocabulary = Vocabulary(
        words=tuple(SPEC.words()),
        train_counts=SPEC.counts() * 3,
        tags=("NOUN",) * tagged + (None,) * untagged,
        tag_shares=np.float32([0.5] * tagged + [np.nan] * untagged),
    )
    splits = dict.fromkeys(("train", "validation", "test"), split)
    return Corpus("text", "language_model", (), vocabulary, splits)


def _pretend(name: str, *files, **figures) -> Stage:
    """A stage that has written ``files`` and has ``figures`` already."""
    return Stage(name, (), lambda *_: None, lambda *_: StageOutput(files, figures=figures))


@pytest.fixture
def context(tmp_path) -> RunContext:
    """Everything before the release is done."""
    project = Project(
        folder=tmp_path,
        datasets=MappingProxyType({"text": DATASET}),
        models=MappingProxyType({"small": MODEL}),
        analyses=MappingProxyType({"default": AnalysisConfig(releases=ReleaseSettings(keep=2))}),
        schedules=ScheduleConfig(),
    )
    context = RunContext(project, Storage(tmp_path), lambda _: None)
    storage, corpus = context.storage, _corpus(tagged=3)
    save_corpus(storage.corpus("text"), corpus)
    network = RecurrentNetwork(MODEL, SPEC.num_words, SPEC.num_words)
    spec = describe_network(
        MODEL, corpus, precision="float32", device="cpu", versions={"torch": "2"}
    )
    save_checkpoint(storage.checkpoint("small"), network.state_dict(), spec)
    content = columns_of(SPEC)
    del content["vocabulary"], content["layer"]
    write_content(storage.table("small", "any").parent, SPEC, content)
    write_made_up_recording(storage, SPEC)
    run_stage(_pretend("corpus", **{TAGGER_FIGURE: "a tagger"}), context, "text")
    for name in ("checkpoint", "recording", "co_clusters", "ablation", "glyphs", "findings"):
        run_stage(_pretend(name), context, "small")
    expected_response = storage.table("small", "expected_response")
    run_stage(_pretend("expected_response", expected_response), context, "small")
    return context


def test_a_release_says_what_it_is_a_release_of(context):
    manifest = run_stage(STAGE, context, "small")
    with open_release("small", storage=context.storage) as release:
        model = release.model
    assert model["release_id"] == manifest.figures["release"]
    assert {name: model[name] for name in ("dataset", "task", "cell", "recorded_split")} == {
        "dataset": "text", "task": "language_model", "cell": "lstm", "recorded_split": "test",
    }  # fmt: skip
    assert (model["num_tokens"], model["vocabulary_size"], model["seed"]) == (300, 40, 7)
    lstm = 4 * 8 * (5 + 8 + 2) + 4 * 8 * (8 + 8 + 2)
    assert model["num_parameters"] == 40 * 5 + lstm + 40 * 8 + 40
    assert model["spec"]["model"]["training"]["learning_rate"] == 0.1
    assert model["spec"]["dataset"]["source"]["path"] == "x.txt"
    assert model["spec"]["analysis"]["releases"]["keep"] == 2
    assert model["versions"]["torch"] == version("torch")
    assert model["versions"]["tagger"] == "a tagger"
    spec = json.loads((context.storage.checkpoint("small") / "spec.json").read_text())
    assert model["weights_sha256"] == spec["weights_sha256"]


def test_the_vocabulary_counts_the_recorded_split_and_has_nulls_without_tags(context):
    run_stage(STAGE, context, "small")
    with open_release("small", storage=context.storage) as release:
        words = release.words.vocabulary()
    assert words["recorded_count"].to_pylist() == SPEC.counts().tolist()
    assert words["train_count"].to_pylist() == (SPEC.counts() * 3).tolist()
    assert words["pos"].to_pylist() == ["NOUN"] * 3 + [None] * 37
    assert words["pos_share"].to_pylist() == [0.5] * 3 + [None] * 37


def test_a_release_is_fresh_until_it_or_its_pointer_is_gone(context):
    assert freshness(STAGE, context, "small").state == "missing"
    run_stage(STAGE, context, "small")
    assert freshness(STAGE, context, "small").state == "fresh"
    pointer = context.storage.releases("small") / "CURRENT"
    content = pointer.read_text()
    pointer.unlink()
    assert "CURRENT is gone" in freshness(STAGE, context, "small").reason
    pointer.write_text(content)
    assert freshness(STAGE, context, "small").state == "fresh"


def test_any_configuration_that_the_release_repeats_makes_it_stale(context):
    run_stage(STAGE, context, "small")
    described = DATASET.model_copy(update={"description": "another text"})
    project = replace(context.project, datasets=MappingProxyType({"text": described}))
    assert freshness(STAGE, replace(context, project=project), "small").state == "stale"


def test_running_again_makes_the_same_data_version_and_keeps_no_more_than_asked(context):
    manifests = [run_stage(STAGE, context, "small") for _ in range(3)]
    assert len({manifest.data_version for manifest in manifests}) == 1
    ids = [manifest.figures["release"] for manifest in manifests]
    assert release_ids(context.storage, "small") == ids[1:]
    assert manifests[2].figures["older_releases_removed"] == 1
    assert freshness(STAGE, context, "small").state == "fresh"


def test_a_checkpoint_of_another_shape_is_refused(context):
    wider = MODEL.model_copy(update={"hidden_size": 9})
    project = replace(context.project, models=MappingProxyType({"small": wider}))
    with pytest.raises(CheckpointError, match="hidden_size"):
        run_stage(STAGE, replace(context, project=project), "small")


def test_a_table_that_was_never_made_is_named(context):
    context.storage.table("small", "glyph").unlink()
    with pytest.raises(ReleaseError, match=r"glyph is missing: no file .*glyph\.parquet"):
        run_stage(STAGE, context, "small")


def test_an_upstream_stage_that_was_never_run_is_named(context):
    context.storage.manifest("glyphs", "small").unlink()
    with pytest.raises(StorageError, match="glyphs of small, which cannot be used: never run"):
        run_stage(STAGE, context, "small")


def test_words_are_never_all_in_memory(context, monkeypatch):
    forbid_whole_splits(monkeypatch)
    run_stage(STAGE, context, "small")
