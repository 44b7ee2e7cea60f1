"""The stage on made-up networks: its two tables against a network read word by word in NumPy."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnvis_assets.ablation.ablation_asset import STAGE
from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.engine.stage import StageOutput
from rnnvis_assets.network.checkpoint_files import load_checkpoint
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.ablation.numpy_clamps import Bounds, read_clamped_by_hand
from tests.rnnvis_assets.corpus.small_corpora import forbid_whole_splits
from tests.rnnvis_assets.glyphs.made_up_model import (
    CLASSES,
    CLUSTERS,
    LABELS,
    UNITS,
    WORDS,
    MadeUp,
    make_model,
)
from warehouse.parquet_tables import read_table, write_table
from warehouse.schema import EXPECTED_RESPONSE, UNIT_CLUSTER, UNIT_SUMMARY, WORD_CLUSTER
from warehouse.storage import Storage

NUM_SETS = 3
EMPTY = 2
"""The cluster of cells without words; the cells of cluster 0 rise, but for the last unit's."""


@dataclass(frozen=True)
class Silenced:
    """A made-up model that went through the stage, and what was put into it."""

    made: MadeUp
    network: RecurrentNetwork
    means: dict[tuple[int, str], np.ndarray]
    output: StageOutput

    def rows(self, table: str) -> list[dict[str, Any]]:
        return read_table(self.made.context.storage.table("m", table)).to_pylist()


def _write(storage: Storage, table: Any, columns: dict[str, Any], units: int | None = None) -> None:
    rows = len(columns["layer"])
    zeros = {column.name: np.zeros(rows) for column in table.columns}
    nullable = {column.name: None for column in table.columns if column.nullable}
    write_table(storage.table("m", table.name), table, zeros | nullable | columns, units)


def _keys(made: MadeUp, size: int) -> dict[str, Any]:
    keys = list(made.unit_labels)
    return {
        "layer": np.repeat([layer for layer, _ in keys], size),
        "state": np.repeat([state for _, state in keys], size),
        "affinity": ["signed"] * (size * len(keys)),
        "num_clusters": np.full(size * len(keys), CLUSTERS),
    }


CELLS = [(unit, side) for unit in range(UNITS) for side in (1, -1)]
CLUSTER_OF = [0 if side == 1 and unit < UNITS - 1 else 1 + unit % 2 for unit, side in CELLS]
WORDS_OF = np.arange(WORDS) % 2
"""The cluster of every word; none has the third."""


def silence(root: Path, cell: Cell, **made_up: Any) -> Silenced:
    made = make_model(root, cell, **made_up)
    storage, states = made.context.storage, len(made.unit_labels)
    means = {
        key: np.random.default_rng(number).normal(0, 0.1, UNITS).astype(np.float32)
        for number, key in enumerate(made.unit_labels)
    }
    cells = _keys(made, len(CELLS)) | {
        "unit": [unit for unit, _ in CELLS] * states,
        "direction": [side for _, side in CELLS] * states,
        "cluster": CLUSTER_OF * states,
    }
    _write(storage, UNIT_CLUSTER, cells)
    words = {"word_id": np.tile(np.arange(WORDS), states), "cluster": np.tile(WORDS_OF, states)}
    _write(storage, WORD_CLUSTER, _keys(made, WORDS) | words)
    summary = {name: _keys(made, UNITS)[name] for name in ("layer", "state")}
    summary |= {
        "unit": np.tile(np.arange(UNITS), states),
        "mean": np.concatenate(list(means.values())),
    }
    _write(storage, UNIT_SUMMARY, summary)
    response = {name: _keys(made, WORDS)[name] for name in ("layer", "state")}
    lists = np.random.default_rng(9).normal(size=(WORDS * states, UNITS)).astype(np.float32)
    response |= {"word_id": np.tile(np.arange(WORDS), states), "mean": lists}
    response |= dict.fromkeys(("q09", "q25", "q50", "q75", "q91"), lists)
    _write(storage, EXPECTED_RESPONSE, response, UNITS)
    made = _with_settings(made)
    network = load_checkpoint(storage.checkpoint("m")).network
    return Silenced(made, network, means, STAGE.run(made.context, "m"))


def _with_settings(made: MadeUp) -> MadeUp:
    project = made.context.project
    analysis = project.analyses["mine"]
    glyphs = analysis.glyphs.model_copy(update={"affinity": "signed"})
    ablation = analysis.ablation.model_copy(update={"num_sets": NUM_SETS})
    changed = analysis.model_copy(update={"glyphs": glyphs, "ablation": ablation})
    project = replace(project, analyses={"mine": changed})
    return replace(made, context=replace(made.context, project=project))


def bounds_of(silenced: Silenced, layer: int, state: str, cells: list[tuple[int, int]]) -> Bounds:
    lower, upper = np.full(UNITS, -np.inf), np.full(UNITS, np.inf)
    for unit, side in cells:
        (upper if side == 1 else lower)[unit] = silenced.means[layer, state][unit]
    return lower, upper


def log_probabilities(silenced: Silenced, layer: int, state: str, bounds: Bounds) -> np.ndarray:
    """Of every output, after every token; a sentence is a sequence."""
    split = silenced.made.split
    hidden = np.concatenate([
        read_clamped_by_hand(silenced.network, split.word_ids[a:b], layer, state, bounds)
        for a, b in pairwise(split.sentence_offsets)
    ])  # fmt: skip
    output = silenced.network.output_layer
    logits = hidden @ output.weight.double().numpy().T + output.bias.double().numpy()
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def costs_by_hand(silenced: Silenced, layer: int, state: str, cells: list) -> dict[str, np.ndarray]:
    """What silencing cells costs in the loss after every token that a word follows, and for every
    document, of a classifier, in loss and in recall."""
    free_bounds = np.full(UNITS, -np.inf), np.full(UNITS, np.inf)
    bounds = bounds_of(silenced, layer, state, cells)
    free, clamped = (
        log_probabilities(silenced, layer, state, each) for each in (free_bounds, bounds)
    )
    split = silenced.made.split
    if split.labels is None:
        after = np.arange(split.num_tokens - 1), split.word_ids[1:]
        return {"loss": free[after] - clamped[after]}
    ends = split.sentence_offsets[1:] - 1
    labels = split.labels
    right = [(each[ends].argmax(axis=1) == labels).astype(float) for each in (free, clamped)]
    return {
        "loss": free[ends, labels] - clamped[ends, labels],
        "recall": right[0] - right[1],
    }


@pytest.fixture(scope="module", params=["gru", "lstm"])
def language_model(request: pytest.FixtureRequest, tmp_path_factory) -> Silenced:
    return silence(tmp_path_factory.mktemp(request.param), request.param, sequences=range(8))


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Silenced:
    return silence(tmp_path_factory.mktemp("c"), "rnn", sequences=range(8), labels=LABELS)


def members(cluster: int) -> list[tuple[int, int]]:
    return [cell for cell, found in zip(CELLS, CLUSTER_OF, strict=True) if found == cluster]


@pytest.mark.slow
def test_a_language_models_costs_after_its_own_and_other_words(language_model: Silenced) -> None:
    rows, split = language_model.rows("cluster_ablation"), language_model.made.split
    for row in rows:
        cells = members(row["cluster"])
        costs = costs_by_hand(language_model, row["layer"], row["state"], cells)["loss"]
        own = WORDS_OF[split.word_ids[:-1]] == row["cluster"]
        chosen = {"all": own | True, "own_words": own, "other_words": ~own}[row["scope"]]
        assert row["num_tokens"] == chosen.sum()
        assert row["cost"] == pytest.approx(costs[chosen].mean(), abs=1e-5)
        assert row["lower"] <= row["cost"] <= row["upper"]
    scopes = [(row["layer"], row["state"], row["cluster"], row["scope"]) for row in rows]
    assert scopes == [
        (layer, state, cluster, scope)
        for layer, state in language_model.made.unit_labels
        for cluster in range(CLUSTERS)
        for scope in ("all", "own_words", "other_words")
        if cluster != EMPTY or scope != "own_words"
    ]


ROUNDING = 1e-12
"""The mean of equal costs may lie a last digit beyond them."""


def test_a_cluster_is_ranked_among_its_random_sets(language_model: Silenced) -> None:
    for row in language_model.rows("cluster_ablation"):
        assert row["num_sets"] == NUM_SETS
        for kind, rank in (("random", row["rank"]), ("matched", row["matched_rank"])):
            low, mean, high = (row[f"{kind}_{name}"] for name in ("lower", "mean", "upper"))
            assert low - ROUNDING <= mean <= high + ROUNDING
            assert (rank == 1) == (row["cost"] > high)
            assert (rank == NUM_SETS + 1) == (row["cost"] <= low)


@pytest.mark.slow
def test_every_direction_is_silenced_by_itself(language_model: Silenced) -> None:
    rows = language_model.rows("unit_ablation")
    assert len(rows) == len(language_model.made.unit_labels) * len(CELLS)
    for row in rows:
        cell = (row["unit"], row["direction"])
        costs = costs_by_hand(language_model, row["layer"], row["state"], [cell])["loss"]
        assert row["num_tokens"] == len(costs)
        assert row["cost"] == pytest.approx(costs.mean(), abs=1e-5)


@pytest.mark.slow
def test_a_classifiers_costs_by_class(classifier: Silenced) -> None:
    rows, labels = classifier.rows("cluster_ablation"), np.array(LABELS)
    assert len(rows) == 2 * CLUSTERS * (1 + 2 * 3)
    for row in rows:
        costs = costs_by_hand(classifier, row["layer"], row["state"], members(row["cluster"]))
        name = row["scope"].removeprefix("class:")
        chosen = np.full(7, True) if name == "all" else labels == CLASSES.index(name)
        assert row["num_tokens"] == chosen.sum()
        if row["measure"] in costs:
            expected = costs[row["measure"]][chosen].mean()
            assert row["cost"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_equal_seeds_give_equal_files_and_other_seeds_other_sets(language_model: Silenced) -> None:
    first = language_model.rows("cluster_ablation")
    context = language_model.made.context
    STAGE.run(context, "m")
    assert language_model.rows("cluster_ablation") == first
    analysis = context.project.analyses["mine"]
    ablation = analysis.ablation.model_copy(update={"seed": 1})
    other = replace(
        context.project, analyses={"mine": analysis.model_copy(update={"ablation": ablation})}
    )
    STAGE.run(replace(context, project=other), "m")
    changed = language_model.rows("cluster_ablation")
    assert [row["cost"] for row in changed] == [row["cost"] for row in first]
    assert [row["random_mean"] for row in changed] != [row["random_mean"] for row in first]


def test_a_forecast_comes_before_the_first_set(language_model: Silenced) -> None:
    lines: list[str] = []
    STAGE.run(replace(language_model.made.context, report=lines.append), "m")
    assert lines[0].startswith("ablation: cluster_ablation, ")
    assert " sets of directions silenced over 28 tokens, about " in lines[0]
    assert lines[1].startswith("ablation: unit_ablation, ")
    assert lines[-1].startswith("silenced ")


@pytest.mark.slow
def test_words_are_never_all_in_memory(
    language_model: Silenced, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_whole_splits(monkeypatch)
    STAGE.run(language_model.made.context, "m")
