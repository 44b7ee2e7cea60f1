"""The minGRU that comes with the project: a network that provides its states itself."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.model_import.examples.min_gru import build
from rnnvis_assets.model_import.loading.user_code import UserNetwork
from rnnvis_assets.model_import.reading.imported_network import check_reading, make_reader
from rnnvis_assets.model_import.state_reader import StateReader
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT, RECORDING, open_network
from rnnvis_assets.network.model_metadata import load_metadata
from warehouse.errors import ImportedModelError
from warehouse.storage import Storage

NAME = "toy-reviews-min-gru"
CLOSE = {"rtol": 0, "atol": 5e-6}


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> RunContext:
    """The shipped model, recorded from its shipped weights."""
    made = RunContext(load_project(), Storage(tmp_path_factory.mktemp("min-gru")), lambda _: None)
    run_stage(CORPUS, made, "toy_reviews")
    for stage in (CHECKPOINT, RECORDING):
        run_stage(stage, made, NAME)
    return made


def by_hand(network, words) -> list[dict]:
    """Every layer's states in float64, step by step, as the paper writes them."""
    weights = {n: p.detach().double().numpy() for n, p in network.named_parameters()}
    inputs, layers = weights["embedding.weight"][words], []
    for number in range(2):
        w = {k.split(".", 2)[2]: v for k, v in weights.items() if k.startswith(f"layers.{number}.")}
        update = 1 / (1 + np.exp(-(inputs @ w["gate.weight"].T + w["gate.bias"])))
        new = inputs @ w["candidate.weight"].T + w["candidate.bias"]
        h, states = np.zeros(new.shape[1]), []
        for z, candidate in zip(update, new, strict=True):
            h = (1 - z) * h + z * candidate
            states.append(h)
        inputs = np.array(states)
        delta = np.diff(inputs, axis=0, prepend=np.zeros((1, inputs.shape[1])))
        layers.append({"hidden": inputs, "hidden_delta": delta, "keep_gate": 1 - update})
    return layers


@pytest.mark.slow
def test_its_states_are_those_of_the_paper(context):
    corpus = load_corpus(context.storage.corpus("toy_reviews"))
    split, recording = corpus.splits["test"], open_recorded(context, NAME)
    network = build(len(corpus.vocabulary))
    folder = context.storage.checkpoint(NAME)
    kept = open_network(folder)
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    assert [(layer.name, layer.units, layer.cell) for layer in recording.layers] == [
        ("layer 0", 24, "min_gru"), ("layer 1", 24, "min_gru"),
    ]  # fmt: skip
    for start, stop in list(pairwise(split.sentence_offsets.tolist()))[:20]:
        expected = by_hand(network, split.word_ids[start:stop])
        typed = kept.read(split.word_ids[start:stop].tolist())
        for layer, wanted in enumerate(expected):
            found = recording.rows(layer, list(wanted), start, stop)
            for name, values in wanted.items():
                np.testing.assert_allclose(found[name], values, **CLOSE, err_msg=name)
                np.testing.assert_allclose(getattr(typed[layer], name), values, **CLOSE)


@pytest.mark.slow
def test_it_was_trained_and_its_output_layer_is_known(context):
    facts = load_metadata(context.storage.checkpoint(NAME))
    assert (facts.task, facts.classes) == ("classification", ("negative", "positive"))
    split = load_corpus(context.storage.corpus("toy_reviews")).splits["test"]
    recording = open_recorded(context, NAME)
    hidden = np.concatenate([b["hidden"] for b in recording.batches(1, ["hidden"])])
    ends = torch.from_numpy(hidden[split.sentence_offsets[1:] - 1])
    chosen = facts.output.decode(ends).argmax(1).numpy()
    assert np.mean(chosen == split.labels) > 0.95


class Given(StateReader):
    """Provides the states that it was made with."""

    def __init__(self, states):
        self.states = states

    def read_states(self, tokens, before):
        return self.states(tokens)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (lambda t: [{"h": torch.zeros(*t.shape, 2)}], "read_states yields h, expected hidden"),
        (lambda t: 1 / 0, "Given.read_states raised ZeroDivisionError"),
        (lambda t: [{"hidden": torch.zeros(t.shape[1], t.shape[0], 2)}], "has the shape"),
        (
            lambda t: [{"hidden": torch.zeros(*t.shape, 2) * 1j}],
            "yields a complex hidden",
        ),
    ],
)
def test_wrong_states_are_refused(states, message):
    config = PytorchModel.model_validate({"source": "pytorch", "dataset": "d", "factory": "f:f"})

    def read():
        words = torch.zeros(2, 4, dtype=torch.int64)
        check_reading(make_reader(UserNetwork(Given(states)), config, 9, words), words)

    with pytest.raises(ImportedModelError, match=message):
        read()
