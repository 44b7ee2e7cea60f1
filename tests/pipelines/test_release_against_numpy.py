"""Whole releases against plain NumPy: from weights.safetensors and the tokens to every table."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from tests.numpy_cells import read_sequences
from tests.pipelines.tiny_project import MODELS
from warehouse.reader import open_release

LEVELS = {"q09": 0.09, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q91": 0.91}
STATES = {"lstm": ("hidden", "cell"), "gru": ("hidden",)}
NEAR = {"rtol": 0, "atol": 2e-6}


class Truth:
    """One model's recording and release beside the oracle's states."""

    def __init__(self, analysed, model):
        self.config = MODELS[model]
        self.layers = self.config["num_layers"]
        self.folder = analysed.storage.recording(model, "test")
        first = self.read_recording(0)
        self.word_ids, self.sequences = first["word_id"], first["sequence"]
        self.positions, self.tokens = first["position"], first["token"]
        weights = load_file(analysed.storage.checkpoint(model) / "weights.safetensors")
        self.weights = {name: tensor.astype(np.float64) for name, tensor in weights.items()}
        starts = np.flatnonzero(np.diff(self.sequences, prepend=-1, append=-1))
        self.states = read_sequences(
            self.weights, self.config["cell"], self.layers, self.word_ids, starts
        )
        self.release = open_release(model, storage=analysed.storage)

    def read_recording(self, layer):
        parts = sorted((self.folder / f"layer={layer}").glob("part-*.parquet"))
        tables = [pq.ParquetFile(part).read() for part in parts]
        return {
            name: np.concatenate([np.array(table[name].to_pylist()) for table in tables])
            for name in tables[0].column_names
        }

    def rows(self, query, **parameters):
        return self.release.sql(query, parameters).to_pylist()

    def states_before(self, layer, state):
        return self.states[layer][state] - self.states[layer][f"{state}_delta"]

    @property
    def analysed_states(self):
        names = STATES[self.config["cell"]]
        return [(layer, state) for layer in range(self.layers) for state in names]


@pytest.fixture(scope="module", params=list(MODELS))
def truth(analysed, request):
    truth = Truth(analysed, request.param)
    with truth.release:
        yield truth


def test_the_recording_holds_every_token_once_in_order(truth):
    assert truth.tokens.tolist() == list(range(len(truth.tokens)))
    starts = np.flatnonzero(truth.positions == 0)
    assert starts.tolist() == np.flatnonzero(np.diff(truth.sequences, prepend=-1)).tolist()


def test_every_recorded_array_is_the_networks(truth):
    for layer in range(truth.layers):
        recorded = truth.read_recording(layer)
        for name, expected in truth.states[layer].items():
            np.testing.assert_allclose(recorded[name], expected, **NEAR)


def test_expected_responses_and_quantiles(truth):
    for layer, state in truth.analysed_states:
        rows = truth.rows(
            "SELECT * FROM expected_response WHERE layer = $layer AND state = $state",
            layer=layer,
            state=state,
        )
        assert {row["word_id"] for row in rows} == set(truth.word_ids.tolist())
        for row in rows:
            changes = truth.states[layer][f"{state}_delta"][truth.word_ids == row["word_id"]]
            assert row["count"] == len(changes)
            np.testing.assert_allclose(row["mean"], changes.mean(0), **NEAR)
            for name, level in LEVELS.items():
                np.testing.assert_allclose(row[name], np.quantile(changes, level, axis=0), **NEAR)


def test_unit_summaries(truth):
    for layer, state in truth.analysed_states:
        arrays = truth.states[layer]
        for row in truth.rows(
            "SELECT * FROM unit_summary WHERE layer = $layer AND state = $state",
            layer=layer,
            state=state,
        ):
            unit = row["unit"]
            for prefix, name in (("", state), ("delta_", f"{state}_delta"), ("keep_", "keep_gate")):
                values = arrays[name][:, unit]
                expected = {
                    "mean": values.mean(),
                    "std": values.std(),
                    "minimum": values.min(),
                    "maximum": values.max(),
                } | {quantile: np.quantile(values, level) for quantile, level in LEVELS.items()}
                for statistic, value in expected.items():
                    assert row[f"{prefix}{statistic}"] == pytest.approx(value, abs=2e-6)
            gate = arrays["keep_gate"][:, unit]
            assert row["keep_below_0_1"] == pytest.approx((gate < 0.1).mean(), abs=1e-6)
            assert row["keep_above_0_9"] == pytest.approx((gate > 0.9).mean(), abs=1e-6)


@pytest.mark.parametrize("affinity", ["signed", "absolute"])
def test_links_are_means_over_word_and_unit_clusters(truth, affinity):
    layer, state = truth.analysed_states[-1]
    where = "layer = $layer AND state = $state AND affinity = $affinity AND num_clusters = 3"
    asked = {"layer": layer, "state": state, "affinity": affinity}
    words = truth.rows(f"SELECT word_id, cluster FROM word_cluster WHERE {where}", **asked)
    cells = truth.rows(f"SELECT unit, direction, cluster FROM unit_cluster WHERE {where}", **asked)
    changes = truth.states[layer][f"{state}_delta"]
    for row in truth.rows(f"SELECT * FROM cluster_link WHERE {where}", **asked):
        ids = [w["word_id"] for w in words if w["cluster"] == row["word_cluster"]]
        means = [changes[truth.word_ids == word_id].mean(0) for word_id in ids]
        block = np.array(
            [
                (-1 if cell["direction"] == -1 else 1) * mean[cell["unit"]]
                for mean in means
                for cell in cells
                if cell["cluster"] == row["unit_cluster"]
            ]
        )
        expected = block if block.size else np.zeros(1)
        assert row["weight"] == pytest.approx(expected.mean(), abs=2e-6)
        assert row["positive"] == pytest.approx(np.maximum(expected, 0).mean(), abs=2e-6)
        assert row["negative"] == pytest.approx(np.minimum(expected, 0).mean(), abs=2e-6)


def test_clusters_ascend_in_units_and_cover_everything(truth):
    for row in truth.rows("SELECT DISTINCT layer, state, affinity, num_clusters FROM clustering"):
        where = " AND ".join(f"{name} = ${name}" for name in row)
        labels = [
            r["cluster"]
            for r in truth.rows(f"SELECT cluster FROM unit_cluster WHERE {where}", **row)
        ]
        directions = 2 if row["affinity"] == "signed" else 1
        assert len(labels) == directions * truth.config["hidden_size"]
        sizes = np.bincount(labels, minlength=row["num_clusters"])
        assert (np.diff(sizes) >= 0).all()


def test_glyphs_step_by_step(truth):
    query = """SELECT glyph.*, token.token FROM glyph JOIN token USING (sentence_id, position)"""
    cells = {
        (layer, state): truth.rows(
            "SELECT unit, direction, cluster FROM unit_cluster WHERE layer = $layer "
            "AND state = $state AND affinity = 'signed' AND num_clusters = 2",
            layer=layer,
            state=state,
        )
        for layer, state in truth.analysed_states
    }
    rows = truth.rows(query)
    assert len(rows) == len(truth.tokens) * len(truth.analysed_states)
    for row in rows:
        layer, state, token = row["layer"], row["state"], row["token"]
        now = truth.states[layer][state][token]
        before = truth.states_before(layer, state)[token]
        gated = state == "cell" or truth.config["cell"] == "gru"
        assert (row["keep"] is not None) == gated
        for cluster in range(2):
            chosen = [cell for cell in cells[layer, state] if cell["cluster"] == cluster]
            units = [cell["unit"] for cell in chosen]
            directions = np.array([cell["direction"] for cell in chosen])
            s, old = directions * now[units], directions * before[units]
            positive, negative = s[s > 0].sum(), s[s < 0].sum()
            assert row["positive"][cluster] == pytest.approx(positive, abs=4e-6)
            assert row["negative"][cluster] == pytest.approx(negative, abs=4e-6)
            assert row["positive_change"][cluster] == pytest.approx(
                positive - old[old > 0].sum(), abs=8e-6
            )
            assert row["negative_change"][cluster] == pytest.approx(
                negative - old[old < 0].sum(), abs=8e-6
            )
            kept = sum(abs(o) * min(max(n / o, 0), 1) for n, o in zip(s, old, strict=True) if o)
            held = positive - negative
            assert row["preserved"][cluster] == pytest.approx(kept / held if held else 0, abs=2e-4)
            if gated:
                gate = truth.states[layer]["keep_gate"][token][units]
                whole = np.abs(old).sum()
                share = (np.abs(old) * gate).sum() / whole if whole > 1e-12 else 0
                assert row["keep"][cluster] == pytest.approx(share, abs=2e-4)


def test_predictions_of_the_language_model(analysed):
    truth = Truth(analysed, "tiny-lstm")
    top = truth.states[-1]["hidden"]
    logits = top @ truth.weights["embedding.weight"].T + truth.weights["decoder.bias"]
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    with truth.release:
        rows = truth.rows("SELECT * FROM token ORDER BY token")
    assert rows[-1]["next_probability"] is None
    for row, following in zip(rows[:-1], truth.word_ids[1:], strict=True):
        expected = shares[row["token"]]
        assert row["next_probability"] == pytest.approx(expected[following], abs=2e-6)
        best = np.sort(expected)[::-1][:5]
        np.testing.assert_allclose(row["top_probabilities"], best, atol=2e-6)


def test_contributions_add_up_to_the_logit(analysed):
    truth = Truth(analysed, "tiny-gru")
    with truth.release:
        rows = truth.rows(
            "SELECT sentence_id, class, sum(value) AS total FROM contribution GROUP BY ALL"
        )
        sentences = truth.rows("SELECT * FROM sentence ORDER BY sentence_id")
    ends = np.append(np.flatnonzero(truth.positions == 0)[1:], len(truth.tokens)) - 1
    logits = truth.states[-1]["hidden"][ends] @ truth.weights["decoder.weight"].T
    classes = sorted({row["class"] for row in rows})
    for row in rows:
        expected = logits[row["sentence_id"], classes.index(row["class"])]
        assert row["total"] == pytest.approx(expected, abs=1e-5)
    chosen = (logits + truth.weights["decoder.bias"]).argmax(1)
    assert [row["predicted"] for row in sentences] == [classes[c] for c in chosen]
