"""An imported model whose words are not those of its dataset, through every stage."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.model_kinds.register_model import add_model
from tests.examples.importing import content_of, corpus_of, example_module, open_context
from tests.rnnvis_assets.model_import.numpy_layers import read_module
from viewer.data.tokenized_sentence import text_of
from warehouse.reader import open_release

pytestmark = pytest.mark.end_to_end

CLOSE = {"rtol": 0, "atol": 5e-6}


def test_its_own_words_are_recorded_published_and_typed(tmp_path: Path) -> None:
    context = open_context(tmp_path)
    known = corpus_of(context, "tiny_text").vocabulary.words
    own = ["OOV", "END", *sorted(set(known) - {"<unk>", "<eos>", "bird"})]  # "bird" is unknown
    (tmp_path / "words.txt").write_text("\n".join(own) + "\n")
    module = example_module("word-lm", len(own), tmp_path / "w.safetensors")
    vocabulary = {"file": "words.txt", "unknown": "OOV", "end_of_sentence": "END"}
    content = content_of("word-lm", len(own), tmp_path / "w.safetensors")
    add_model(context, "own", content | {"vocabulary": vocabulary}, tmp_path)

    context = RunContext(load_project(context.project.folder), context.storage, lambda _: None)
    for asset in MODEL_STAGES:
        run_stage(asset.stage, context, "own")
    words = corpus_of(context, "own").vocabulary.words
    assert words == ("<unk>", "<eos>", *own[2:])
    split = corpus_of(context, "own").splits["test"]
    texts = [token for text in split.texts for token in text.split()]
    expected = ["<unk>" if token == "bird" else token for token in texts]
    assert [words[word_id] for word_id in split.word_ids] == expected

    recording = open_recorded(context, "own")
    sequence = recording.rows(0, ["sequence"], 0, split.num_tokens)["sequence"]
    stop = int(np.count_nonzero(sequence == 0))
    inputs = module.encoder(torch.from_numpy(split.word_ids[:stop].astype(np.int64))).detach()
    for layer, expected in enumerate(read_module(module.rnn, inputs)):
        found = recording.rows(layer, ["hidden", "cell"], 0, stop)
        np.testing.assert_allclose(found["hidden"], expected["hidden"], **CLOSE)
        np.testing.assert_allclose(found["cell"], expected["cell"], **CLOSE)

    with open_release("own", storage=context.storage) as release:
        assert release.words.vocabulary()["word"].to_pylist() == list(words)
        assert release.model["dataset"] == "tiny_text"
        typed = text_of(release, "the bird sees")
        assert [words[word_id] for word_id in typed.word_ids] == ["the", "<unk>", "sees", "<eos>"]
    (tmp_path / "words.txt").write_text("changed\n")
    assert freshness(MODEL_STAGES[0].stage, context, "own").state == "stale"
