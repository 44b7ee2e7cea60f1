"""Reading a release: every answer against NumPy on the same numbers."""

import shutil
import threading

import duckdb
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.warehouse.examples import SPEC, refused
from tests.warehouse.synthetic import glyph_values
from warehouse.storage import CHECKOUT

AT = {"layer": 1, "state": "cell"}


def test_the_model_row_with_its_configuration_parsed(release):
    assert release.model["name"] == "small"
    assert release.model["release_id"] == release.release_id
    assert release.model["spec"]["analysis"]["glyphs"]["num_clusters"] == 3
    assert (len(release.layers), release.layers.states) == (2, ("cell", "hidden"))


def test_figures_and_log(release):
    assert release.evaluation()["metric"].to_pylist() == ["loss", "perplexity"]
    assert release.training_log()["step"].to_pylist() == [10]


def test_the_vocabulary_in_order(release):
    assert release.words.vocabulary()["word"].to_pylist() == SPEC.words()
    assert_array_equal(release.words.vocabulary()["recorded_count"].to_numpy(), SPEC.counts())


@pytest.mark.parametrize("word", ["word5", 5])
def test_one_words_response(release, word):
    response = release.words.response(word, **AT)
    expected = SPEC.responses(1, "cell")[5]
    assert (response.word_id, response.count) == (5, SPEC.counts()[5])
    assert_array_equal(response.mean, expected)
    assert_array_equal(response.q09, expected - np.float32(2))
    assert_array_equal(response.q91, expected + np.float32(2))


def test_the_response_matrix(release):
    matrix = release.words.response_matrix(**AT)
    assert_array_equal(matrix.word_ids, np.arange(SPEC.num_words - 1))
    assert_array_equal(matrix.counts, SPEC.counts()[:-1])
    assert_array_equal(matrix.mean, SPEC.responses(1, "cell"))
    frequent = release.words.response_matrix(**AT, minimum_count=9)
    assert_array_equal(frequent.word_ids, np.flatnonzero(SPEC.counts() >= 9))


def test_the_words_that_move_a_unit_most(release):
    found = release.units.top_words(4, **AT, limit=6, minimum_count=7)
    values, counts = SPEC.responses(1, "cell")[:, 4], SPEC.counts()[:-1]
    eligible = np.flatnonzero(counts >= 7)
    expected = eligible[np.argsort(-np.abs(values[eligible]), kind="stable")][:6]
    assert found["word_id"].to_pylist() == expected.tolist()
    assert found["word"].to_pylist() == [SPEC.words()[i] for i in expected]
    assert_array_equal(found["mean"].to_numpy(), values[expected])


def test_how_chosen_words_change_one_unit(release):
    found = release.units.responses(4, [9, 2], **AT)
    values = SPEC.responses(1, "cell")[[2, 9], 4]
    assert found["word_id"].to_pylist() == [2, 9]
    assert_array_equal(found["mean"].to_numpy(), values)
    assert_array_equal(found["q75"].to_numpy(), values + np.float32(1))


def test_the_words_with_the_most_similar_responses(release):
    found = release.words.nearest("bad", **AT, limit=5)
    mean = SPEC.responses(1, "cell").astype(np.float64)
    unit = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    similarity = unit @ unit[1]
    expected = [i for i in np.argsort(-similarity, kind="stable") if i != 1][:5]
    assert found["word_id"].to_pylist() == expected
    assert_allclose(found["similarity"].to_numpy(), similarity[expected], atol=1e-6)


def test_one_co_clustering(release):
    found = release.clusters.get(**AT, affinity="shifted", num_clusters=3)
    assert found.chips.clusters.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert found.chips.units.tolist() == list(range(8))
    assert not found.chips.directions.any()
    assert found.word_clusters.tolist() == [i % 3 for i in range(20)]
    assert_array_equal(found.word_ids, np.arange(20))
    assert found.centralities[1] == 0.5
    assert found.strengths[1] == 1
    rows = release.sql(
        "SELECT weight FROM cluster_link WHERE layer = 1 AND state = 'cell' AND affinity = "
        "'shifted' AND num_clusters = 3 AND word_cluster = 2 AND unit_cluster = 1"
    )
    assert found.weights[2, 1] == rows["weight"][0].as_py()
    assert_array_equal(found.weights, found.positive + found.negative)
    assert found.quality["stability"] == 0.9
    assert release.clusters.quality().num_rows == 16


def test_how_the_units_of_clusters_move(release):
    at = {"layer": 1, "state": "hidden", "affinity": "positive", "num_clusters": 3}
    chips = release.clusters.get(**at).chips
    summary = release.units.summary(layer=1, state="hidden").to_pandas()
    rows = release.clusters.dynamics(**at).to_pylist()
    found = {row["cluster"]: row for row in rows}
    assert [row["half_life"] for row in rows] == sorted(
        (row["half_life"] for row in rows), reverse=True
    )
    for cluster in np.unique(chips.clusters):
        own = summary.iloc[chips.units[chips.clusters == cluster]]
        assert found[cluster]["cells"] == len(own)
        assert found[cluster]["half_life"] == pytest.approx(own["half_life"].median(), rel=1e-6)
        assert found[cluster]["saturated"] == pytest.approx(own["saturated"].mean(), rel=1e-6)


def test_the_number_of_clusters_that_stands_out_from_chance(release):
    number, gain = release.clusters.beyond_chance(layer=1, state="hidden", affinity="positive")
    quality = release.clusters.quality().to_pandas()
    own = quality.query("layer == 1 and state == 'hidden' and affinity == 'positive'")
    gains = own.set_index("num_clusters").eval("chance_cut - normalized_cut")
    assert gain == gains[number] >= 0.95 * gains.max()
    assert all(gains[k] < 0.95 * gains.max() for k in gains.index if k < number)


def test_what_silencing_costs(release):
    at = AT | {"affinity": "positive"}
    rows = release.clusters.ablation(**at, num_clusters=3).to_pylist()
    scopes = ("all", "other_words", "own_words")
    found = [(row["cluster"], row["scope"], row["measure"]) for row in rows]
    assert found == [(cluster, scope, "loss") for cluster in range(3) for scope in scopes]
    assert [row["rank"] for row in rows] == [5] * 3 + [1] * 6
    assert release.clusters.ablation(**at, num_clusters=2).num_rows == 0
    units = release.units.ablation(**AT).to_pylist()
    assert [(row["unit"], row["direction"]) for row in units] == [
        (unit, direction) for unit in range(8) for direction in (-1, 1)
    ]
    refused(lambda: release.units.ablation(layer=9, state="cell"), "found layer 9")


def test_unit_summaries(release):
    summary = release.units.summary(**AT)
    assert summary["unit"].to_pylist() == list(range(8))
    assert "keep_above_0_9" in summary.column_names


def test_sentences_found_by_text_and_word(release):
    both = release.sentences.find("WORD2 ", word="good", limit=100)
    texts = release.sql("SELECT text FROM sentence ORDER BY sentence_id")["text"].to_pylist()
    expected = [i for i, text in enumerate(texts) if "word2 " in text and "good" in text.split()]
    assert both["sentence_id"].to_pylist() == expected
    pages = [release.sentences.find(limit=10, offset=start).num_rows for start in (0, 10, 20)]
    assert pages == [10, 10, 5]


def test_one_sentence(release):
    assert release.sentences.get(2)["num_tokens"] == 12
    tokens = release.sentences.tokens(2)
    assert tokens["word_id"].to_pylist() == SPEC.word_ids()[24:36].tolist()
    assert tokens["token"].to_pylist() == list(range(24, 36))
    assert release.sentences.contributions(2).num_rows == 0


@pytest.mark.parametrize("state", ["cell", "hidden"])
def test_one_sentences_glyphs(release, state):
    glyphs = release.sentences.glyphs(2, layer=0, state=state)
    expected = glyph_values(SPEC, 0, state)
    assert (glyphs.affinity, glyphs.num_clusters) == ("positive", 3)
    for name, values in expected.items():
        assert_array_equal(getattr(glyphs, name), values[24:36])
    if state == "cell":
        assert_array_equal(glyphs.keep, expected["preserved"][24:36])
    else:
        assert glyphs.keep is None


def test_where_a_cluster_moves_most(release):
    found = release.clusters.strongest_moves(2, **AT, limit=4)
    values = glyph_values(SPEC, 1, "cell")
    change = (values["positive_change"] + values["negative_change"])[:, 2]
    tokens = np.argsort(-np.abs(change), kind="stable")[:4]
    assert found["sentence_id"].to_pylist() == (tokens // 12).tolist()
    assert found["position"].to_pylist() == (tokens % 12).tolist()
    assert_allclose(found["change"].to_numpy(), change[tokens], rtol=1e-6)
    assert found["word"].to_pylist() == [SPEC.words()[i] for i in SPEC.word_ids()[tokens]]


def test_a_classifiers_sentences(reviews):
    assert reviews.layers.states == ("hidden",)
    contributions = reviews.sentences.contributions(0)
    assert contributions["class"].to_pylist() == ["bad", "good"] * 12
    assert reviews.sentences.get(0)["label"] in {"bad", "good"}


def test_free_queries_give_arrow(release):
    found = release.sql("SELECT word FROM vocabulary WHERE word_id = $id", {"id": 3})
    assert found["word"].to_pylist() == ["word3"]
    assert release.sql("SELECT $1 + $2 AS total", [1, 2])["total"].to_pylist() == [3]


def test_the_example_queries_run_in_plain_duckdb(release, tmp_path):
    copied = shutil.copy(release.database.path, tmp_path)
    text = (CHECKOUT / "warehouse" / "example_queries.sql").read_text("utf-8")
    text = text.replace("'not'", "'good'")  # a word of this release
    with duckdb.connect(str(copied), read_only=True) as connection:
        statements = connection.extract_statements(text)
        moved, like_good, moving = [connection.execute(each).fetchall() for each in statements]
    frequent = np.flatnonzero(SPEC.counts() >= 5)
    unit_7 = SPEC.responses(0, "hidden")[frequent, 7]
    order = frequent[np.argsort(-np.abs(unit_7), kind="stable")]
    assert [row[0] for row in moved] == [SPEC.words()[i] for i in order[:10]]
    nearest = release.words.nearest("good", layer=0, state="hidden", minimum_count=5)
    assert [row[0] for row in like_good] == nearest["word"].to_pylist()
    strongest = release.clusters.strongest_moves(1, layer=0, state="hidden", limit=1).to_pylist()[0]
    assert moving[0] == (strongest["word"], abs(strongest["change"]), strongest["text"])


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO evaluation VALUES ('test', 'x', 1)",
        "FROM read_csv('/etc/passwd')",
        "COPY vocabulary TO 'words.csv'",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "SELECT nonsense FROM vocabulary",
    ],
)
def test_queries_that_reach_out_or_make_no_sense_arerefused(release, query):
    refused(lambda: release.sql(query), f"in: {query}")


@pytest.mark.parametrize(
    ("call", "parts"),
    [
        (lambda r: r.words.response("wrd5", **AT), ("'wrd5'", "40 in the vocabulary", "'word5'")),
        (lambda r: r.words.response(40, **AT), ("40", "40 in the vocabulary")),
        (lambda r: r.words.response(39, **AT), ("does not occur in the recorded split",)),
        (lambda r: r.words.response(1, layer=2, state="cell"), ("layer 2", "[0, 1]")),
        (
            lambda r: r.words.response_matrix(layer=0, state="gate"),
            ("'gate'", "['cell', 'hidden']"),
        ),
        (lambda r: r.units.top_words(8, **AT), ("unit 8", "from 0 to 7")),
        (lambda r: r.units.top_words(-1, **AT), ("unit -1", "from 0 to 7")),
        (lambda r: r.units.responses(8, [1], **AT), ("unit 8",)),
        (lambda r: r.sentences.get(25), ("sentence 25", "below 25")),
        (lambda r: r.sentences.glyphs(25, **AT), ("sentence 25",)),
        (lambda r: r.sentences.tokens(-1), ("sentence -1",)),
        (lambda r: r.clusters.strongest_moves(3, **AT), ("cluster 3", "from 0 to 2")),
        (
            lambda r: r.clusters.get(**AT, affinity="positiv", num_clusters=2),
            ("'positiv'", "['positive', 'shifted']", "did you mean 'positive'?"),
        ),
        (
            lambda r: r.clusters.get(**AT, affinity="positive", num_clusters=9),
            ("9 clusters", "[2, 3]"),
        ),
    ],
)
def test_what_does_not_exist_is_named_beside_what_does(release, call, parts):
    refused(lambda: call(release), *parts)


@pytest.mark.slow
def test_many_threads_may_ask_at_once(release):
    wrong: list[int] = []
    expected = SPEC.responses(1, "cell")

    def ask() -> None:
        for word in range(20):
            found = release.words.response(word, **AT).mean
            wrong.extend(np.flatnonzero(found != expected[word]))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
