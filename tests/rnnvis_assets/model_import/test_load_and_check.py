"""Whatever would go wrong while a model is recorded goes wrong when it is imported."""

from dataclasses import replace

import numpy as np
import pytest
import yaml

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.model_import.recording.reading_plan import (
    longest_batch,
    plan_blocks,
    plan_sequences,
)
from rnnvis_assets.model_kinds.register_model import add_model
from tests.examples.importing import corpus_of, open_context
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import stacked_layers

SHORT = """
from torch import nn

class Short(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(words, 4), nn.GRU(4, 6, batch_first=True)

    def forward(self, tokens):
        if tokens.shape[1] > 30:
            raise ValueError("too long")
        return self.rnn(self.embedding(tokens))[0]
"""


@pytest.mark.parametrize(("plan", "steps"), [(plan_blocks, 9), (plan_sequences, 9)])
def test_the_longest_pieces_of_the_first_block_are_read_together(plan, steps):
    cuts = np.array([0, 3, 12, 15, 24])
    made = plan(cuts, stacked_layers([6], ("hidden", "hidden_delta")))
    words = np.arange(24, dtype=np.int32)
    batch = longest_batch(made, cuts, words, 64)
    assert batch.tolist() == [list(range(3, 3 + steps)), list(range(15, 15 + steps))]
    assert longest_batch(made, cuts, words, 1).tolist() == [list(range(3, 3 + steps))]


@pytest.mark.slow
def test_a_network_that_cannot_read_a_whole_block_is_never_listed(tmp_path):
    context = open_context(tmp_path)
    (tmp_path / "short.py").write_text(SHORT)
    words = len(corpus_of(context, "tiny_text").vocabulary)
    content = {
        "source": "pytorch", "dataset": "tiny_text", "analysis": "tiny",
        "factory": "short.py:Short", "arguments": {"words": words},
    }  # fmt: skip
    with pytest.raises(ImportedModelError, match="raised ValueError: too long"):
        add_model(context, "short", content, tmp_path)
    assert "short" not in load_project(context.project.folder).models


def test_fewer_units_than_clusters_are_noted_before_anything_is_recorded(tmp_path):
    context = open_context(tmp_path)
    (tmp_path / "short.py").write_text(SHORT.replace("> 30", "> 10**6"))
    words = len(corpus_of(context, "tiny_text").vocabulary)
    analysis = context.project.folder / "analyses" / "tiny.yaml"
    settings = yaml.safe_load(analysis.read_text())
    settings["co_clusters"]["maximum_clusters"] = 7
    analysis.write_text(yaml.safe_dump(settings))
    context = replace(context, project=load_project(context.project.folder))
    content = {
        "source": "pytorch", "dataset": "tiny_text", "analysis": "tiny",
        "factory": "short.py:Short", "arguments": {"words": words},
    }  # fmt: skip
    reported: list[str] = []
    add_model(replace(context, report=reported.append), "short", content, tmp_path)
    assert any("short: at most 6 clusters, not 7" in line for line in reported)
    assert any("short: the recording takes about" in line for line in reported)


@pytest.mark.slow
def test_a_text_without_words_to_cluster_is_refused_before_the_model_is_listed(tmp_path):
    context = open_context(tmp_path)
    (tmp_path / "short.py").write_text(SHORT.replace("> 30", "> 10**6"))
    rare = context.project.analyses["tiny"].co_clusters.model_copy(update={"minimum_count": 10**6})
    analysis = context.project.analyses["tiny"].model_copy(update={"co_clusters": rare})
    context = replace(context, project=replace(context.project, analyses={"tiny": analysis}))
    content = {
        "source": "pytorch", "dataset": "tiny_text", "analysis": "tiny",
        "factory": "short.py:Short",
        "arguments": {"words": len(corpus_of(context, "tiny_text").vocabulary)},
    }  # fmt: skip
    with pytest.raises(ImportedModelError, match=r"(?s)0 occur at least 1000000.*--analysis"):
        add_model(context, "short", content, tmp_path)
    assert "short" not in load_project(context.project.folder).models
