"""Reading a release: every answer against NumPy on the same numbers, and clear refusals."""

import shutil
import threading
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.warehouse.synthetic import Synthetic, glyph_values, publish
from warehouse.catalogue import current_path, point_at, release_path
from warehouse.errors import ReleaseError
from warehouse.reader import Release, open_release, published_models, read_current
from warehouse.storage import CHECKOUT, Storage

SPEC = Synthetic()
CLASSIFIER = Synthetic(name="reviews", task="classification", cell="gru", num_layers=1)
AT = {"layer": 1, "state": "cell"}


@pytest.fixture(scope="module")
def storage(tmp_path_factory) -> Storage:
    storage = Storage(tmp_path_factory.mktemp("storage"))
    publish(storage, SPEC)
    publish(storage, CLASSIFIER)
    return storage


@pytest.fixture(scope="module")
def release(storage):
    with open_release("small", storage=storage) as opened:
        yield opened


@pytest.fixture(scope="module")
def reviews(storage):
    with open_release("reviews", storage=storage) as opened:
        yield opened


def _refused(call, *parts: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


def test_the_model_row_with_its_configuration_parsed(release):
    assert release.model["name"] == "small"
    assert release.model["release_id"] == release.release_id
    assert release.model["spec"]["analysis"]["glyphs"]["num_clusters"] == 3
    assert (release.layers, release.states) == ((0, 1), ("cell", "hidden"))


def test_figures_and_log(release):
    assert release.evaluation()["metric"].to_pylist() == ["loss", "perplexity"]
    assert release.training_log()["step"].to_pylist() == [10]


def test_the_vocabulary_in_order(release):
    assert release.vocabulary()["word"].to_pylist() == SPEC.words()
    assert_array_equal(release.vocabulary()["recorded_count"].to_numpy(), SPEC.counts())


@pytest.mark.parametrize("word", ["word5", 5])
def test_one_words_response(release, word):
    response = release.word_response(word, **AT)
    expected = SPEC.responses(1, "cell")[5]
    assert (response.word_id, response.count) == (5, SPEC.counts()[5])
    assert_array_equal(response.mean, expected)
    assert_array_equal(response.q09, expected - np.float32(2))
    assert_array_equal(response.q91, expected + np.float32(2))


def test_the_response_matrix(release):
    matrix = release.response_matrix(**AT)
    assert_array_equal(matrix.word_ids, np.arange(SPEC.num_words - 1))
    assert_array_equal(matrix.counts, SPEC.counts()[:-1])
    assert_array_equal(matrix.mean, SPEC.responses(1, "cell"))
    frequent = release.response_matrix(**AT, minimum_count=9)
    assert_array_equal(frequent.word_ids, np.flatnonzero(SPEC.counts() >= 9))


def test_the_words_that_move_a_unit_most(release):
    found = release.top_words(4, **AT, limit=6, minimum_count=7)
    values, counts = SPEC.responses(1, "cell")[:, 4], SPEC.counts()[:-1]
    eligible = np.flatnonzero(counts >= 7)
    expected = eligible[np.argsort(-np.abs(values[eligible]), kind="stable")][:6]
    assert found["word_id"].to_pylist() == expected.tolist()
    assert found["word"].to_pylist() == [SPEC.words()[i] for i in expected]
    assert_array_equal(found["mean"].to_numpy(), values[expected])


def test_how_chosen_words_change_one_unit(release):
    found = release.unit_responses(4, [9, 2], **AT)
    values = SPEC.responses(1, "cell")[[2, 9], 4]
    assert found["word_id"].to_pylist() == [2, 9]
    assert_array_equal(found["mean"].to_numpy(), values)
    assert_array_equal(found["q75"].to_numpy(), values + np.float32(1))


def test_the_words_with_the_most_similar_responses(release):
    found = release.nearest_words("bad", **AT, limit=5)
    mean = SPEC.responses(1, "cell").astype(np.float64)
    unit = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    similarity = unit @ unit[1]
    expected = [i for i in np.argsort(-similarity, kind="stable") if i != 1][:5]
    assert found["word_id"].to_pylist() == expected
    assert_allclose(found["similarity"].to_numpy(), similarity[expected], atol=1e-6)


def test_one_co_clustering(release):
    found = release.co_clustering(**AT, affinity="shifted", num_clusters=3)
    assert found.unit_clusters.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert found.word_clusters.tolist() == [i % 3 for i in range(20)]
    assert_array_equal(found.word_ids, np.arange(20))
    assert found.centralities[1] == 0.5
    rows = release.sql(
        "SELECT weight FROM cluster_link WHERE layer = 1 AND state = 'cell' AND affinity = "
        "'shifted' AND num_clusters = 3 AND word_cluster = 2 AND unit_cluster = 1"
    )
    assert found.weights[2, 1] == rows["weight"][0].as_py()
    assert_array_equal(found.weights, found.positive + found.negative)
    assert found.quality["stability"] == 0.9
    assert release.clusterings().num_rows == 16


def test_unit_summaries(release):
    summary = release.unit_summary(**AT)
    assert summary["unit"].to_pylist() == list(range(8))
    assert "keep_above_0_9" in summary.column_names


def test_sentences_found_by_text_and_word(release):
    both = release.find_sentences("WORD2 ", word="good", limit=100)
    texts = release.sql("SELECT text FROM sentence ORDER BY sentence_id")["text"].to_pylist()
    expected = [i for i, text in enumerate(texts) if "word2 " in text and "good" in text.split()]
    assert both["sentence_id"].to_pylist() == expected
    pages = [release.find_sentences(limit=10, offset=start).num_rows for start in (0, 10, 20)]
    assert pages == [10, 10, 5]


def test_one_sentence(release):
    assert release.sentence(2)["num_tokens"] == 12
    tokens = release.tokens(2)
    assert tokens["word_id"].to_pylist() == SPEC.word_ids()[24:36].tolist()
    assert tokens["token"].to_pylist() == list(range(24, 36))
    assert release.contributions(2).num_rows == 0


@pytest.mark.parametrize("state", ["cell", "hidden"])
def test_one_sentences_glyphs(release, state):
    glyphs = release.glyphs(2, layer=0, state=state)
    expected = glyph_values(SPEC, 0, state)
    assert (glyphs.affinity, glyphs.num_clusters) == ("positive", 3)
    for name, values in expected.items():
        assert_array_equal(getattr(glyphs, name), values[24:36])
    if state == "cell":
        assert_array_equal(glyphs.keep, expected["preserved"][24:36])
    else:
        assert glyphs.keep is None


def test_where_a_cluster_moves_most(release):
    found = release.strongest_moves(2, **AT, limit=4)
    values = glyph_values(SPEC, 1, "cell")
    change = (values["positive_change"] + values["negative_change"])[:, 2]
    tokens = np.argsort(-np.abs(change), kind="stable")[:4]
    assert found["sentence_id"].to_pylist() == (tokens // 12).tolist()
    assert found["position"].to_pylist() == (tokens % 12).tolist()
    assert_allclose(found["change"].to_numpy(), change[tokens], rtol=1e-6)
    assert found["word"].to_pylist() == [SPEC.words()[i] for i in SPEC.word_ids()[tokens]]


def test_a_classifiers_sentences(reviews):
    assert reviews.states == ("hidden",)
    contributions = reviews.contributions(0)
    assert contributions["class"].to_pylist() == ["bad", "good"] * 12
    assert reviews.sentence(0)["label"] in {"bad", "good"}


def test_free_queries_give_arrow(release):
    found = release.sql("SELECT word FROM vocabulary WHERE word_id = $id", {"id": 3})
    assert found["word"].to_pylist() == ["word3"]
    assert release.sql("SELECT $1 + $2 AS total", [1, 2])["total"].to_pylist() == [3]


def test_the_example_queries_run_in_plain_duckdb(release, tmp_path):
    copied = shutil.copy(release.path, tmp_path)
    text = (CHECKOUT / "warehouse" / "example_queries.sql").read_text("utf-8")
    with duckdb.connect(str(copied), read_only=True) as connection:
        statements = connection.extract_statements(text)
        moved, like_good, moving = [connection.execute(each).fetchall() for each in statements]
    frequent = np.flatnonzero(SPEC.counts() >= 5)
    unit_7 = SPEC.responses(0, "cell")[frequent, 7]
    order = frequent[np.argsort(-np.abs(unit_7), kind="stable")]
    assert [row[0] for row in moved] == [SPEC.words()[i] for i in order[:10]]
    nearest = release.nearest_words("good", layer=0, state="cell", minimum_count=5)
    assert [row[0] for row in like_good] == nearest["word"].to_pylist()
    strongest = release.strongest_moves(0, layer=0, state="cell", limit=1).to_pylist()[0]
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
def test_queries_that_reach_out_or_make_no_sense_are_refused(release, query):
    _refused(lambda: release.sql(query), f"in: {query}")


@pytest.mark.parametrize(
    ("call", "parts"),
    [
        (lambda r: r.word_response("wrd5", **AT), ("'wrd5'", "40 in the vocabulary", "'word5'")),
        (lambda r: r.word_response(40, **AT), ("40", "40 in the vocabulary")),
        (lambda r: r.word_response(39, **AT), ("does not occur in the recorded split",)),
        (lambda r: r.word_response(1, layer=2, state="cell"), ("layer 2", "[0, 1]")),
        (lambda r: r.response_matrix(layer=0, state="gate"), ("'gate'", "['cell', 'hidden']")),
        (lambda r: r.top_words(8, **AT), ("unit 8", "from 0 to 7")),
        (lambda r: r.top_words(-1, **AT), ("unit -1", "from 0 to 7")),
        (lambda r: r.unit_responses(8, [1], **AT), ("unit 8",)),
        (lambda r: r.sentence(25), ("sentence 25", "below 25")),
        (lambda r: r.glyphs(25, **AT), ("sentence 25",)),
        (lambda r: r.tokens(-1), ("sentence -1",)),
        (lambda r: r.strongest_moves(3, **AT), ("cluster 3", "from 0 to 2")),
        (
            lambda r: r.co_clustering(**AT, affinity="positiv", num_clusters=2),
            ("'positiv'", "['positive', 'shifted']", "did you mean 'positive'?"),
        ),
        (
            lambda r: r.co_clustering(**AT, affinity="positive", num_clusters=9),
            ("9 clusters", "[2, 3]"),
        ),
    ],
)
def test_what_does_not_exist_is_named_beside_what_does(release, call, parts):
    _refused(lambda: call(release), *parts)


def test_many_threads_may_ask_at_once(release):
    wrong: list[int] = []
    expected = SPEC.responses(1, "cell")

    def ask() -> None:
        for word in range(20):
            found = release.word_response(word, **AT).mean
            wrong.extend(np.flatnonzero(found != expected[word]))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_published_models_are_listed_by_name(storage):
    assert published_models(storage) == ["reviews", "small"]


def test_an_unpublished_model_is_named_beside_the_published(storage):
    _refused(
        lambda: open_release("smal", storage=storage),
        "smal has no release; published: reviews, small; did you mean 'small'?",
        "rnnvis materialize smal",
    )


def test_an_unknown_release_is_named_beside_those_kept(storage, release):
    _refused(
        lambda: open_release("small", "20200101T000000Z-00000000", storage),
        "20200101T000000Z-00000000",
        release.release_id,
    )


@pytest.fixture
def damaged(storage, tmp_path) -> tuple[Storage, Path]:
    """A copy of the storage to be damaged, and the path of its current release."""
    copied = Storage(Path(shutil.copytree(storage.root, tmp_path / "storage")))
    return copied, release_path(copied, "small", read_current(copied, "small"))


def test_the_pointer_names_a_file_that_is_gone(damaged):
    storage, path = damaged
    path.unlink()
    _refused(lambda: open_release("small", storage=storage), path.stem, "materialize small")


@pytest.mark.parametrize("content", [b"", b"../../etc/passwd\n", b"\xff\xfe", b"a b"])
def test_a_damaged_pointer(damaged, content):
    storage, _ = damaged
    current_path(storage, "small").write_bytes(content)
    _refused(lambda: open_release("small", storage=storage), "CURRENT")


def test_a_file_that_is_no_database(damaged):
    storage, path = damaged
    path.write_bytes(b"hello" * 1000)
    _refused(lambda: open_release("small", storage=storage), "cannot be opened", str(path))


def test_a_file_cut_short(damaged):
    storage, path = damaged
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    _refused(lambda: open_release("small", storage=storage), "was cut short", f"{len(content):,}")


def test_a_database_of_another_kind(damaged):
    storage, path = damaged
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE model (name VARCHAR)")
    _refused(lambda: open_release("small", storage=storage), "it lacks model.dataset")


def test_a_release_of_another_model(damaged):
    storage, path = damaged
    other = release_path(storage, "other", path.stem)
    other.parent.mkdir()
    other.write_bytes(path.read_bytes())
    point_at(storage, "other", path.stem)
    _refused(lambda: open_release("other", storage=storage), "expected other", "'small'")


def test_a_file_open_with_other_settings_in_this_process(damaged):
    storage, path = damaged
    with duckdb.connect(str(path), read_only=True):
        _refused(lambda: open_release("small", storage=storage), "open in this process")


def test_the_storage_root_of_the_environment_is_the_default(storage, monkeypatch):
    monkeypatch.setenv("RNNVIS_HOME", str(storage.root))
    with open_release("small") as found:
        assert isinstance(found, Release)
        assert repr(found) == f"Release('small', '{found.release_id}')"
