"""The toy reviews, whose answer is known: the analysis finds what was planted."""

from pathlib import Path

import pytest

from pipelines.orchestration.build_definitions import build_defs
from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.runs import materialise_all
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.toy_review_source import NEGATIVE_WORDS, POSITIVE_WORDS
from rnnvis_assets.engine.stage import RunContext
from warehouse.findings_table import SUPPORTED
from warehouse.reader import open_release
from warehouse.storage import CHECKOUT, Storage

pytestmark = pytest.mark.end_to_end

MODEL = "toy-reviews-gru"
FEWEST_ON_THE_RIGHT_SIDE = 0.95
CLASSES = ("class:negative", "class:positive")


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    """The checkout's own toy model, analysed in a temporary home."""
    storage = Storage(Path(tmp_path_factory.mktemp("toy")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(storage.dagster_home))
        with open_instance(storage) as instance:
            run_context = RunContext(load_project(), storage, lambda _: None)
            definitions = build_defs(storage_root=storage.root)
            reports = materialise_all([MODEL], definitions, instance, run_context)
    assert [report.error for report in reports] == [None, None]
    return storage


def test_the_example_queries_return_rows(storage):
    queries = (CHECKOUT / "warehouse" / "example_queries.sql").read_text("utf-8").split(";")
    with open_release(MODEL, storage=storage) as release:
        rows = [release.sql(query).num_rows for query in queries if query.strip()]
    assert rows == [10, 10, 10]


def test_two_clusters_part_good_words_from_bad_ones(storage):
    with open_release(MODEL, storage=storage) as release:
        rows = release.sql(
            "SELECT word, cluster FROM word_cluster JOIN vocabulary USING (word_id) "
            "WHERE affinity = 'signed' AND num_clusters = 2"
        ).to_pylist()
    side = {row["word"]: row["cluster"] for row in rows}
    polar = [*POSITIVE_WORDS, *NEGATIVE_WORDS]
    assert set(polar) <= set(side)
    good = sum(side[word] == 1 for word in POSITIVE_WORDS)
    bad = sum(side[word] == 0 for word in NEGATIVE_WORDS)
    right = max(good + bad, len(polar) - good - bad)
    assert right / len(polar) >= FEWEST_ON_THE_RIGHT_SIDE


def test_the_classifier_has_learnt_the_grammar(storage):
    with open_release(MODEL, storage=storage) as release:
        figures = {
            (row["split"], row["metric"]): row["value"]
            for row in release.sql("SELECT * FROM evaluation").to_pylist()
        }
    assert figures["test", "accuracy"] >= FEWEST_ON_THE_RIGHT_SIDE


def test_each_chip_is_needed_for_its_own_class_only(storage):
    """A double dissociation: the chip of praise is needed for praise, that of blame for blame."""
    with open_release(MODEL, storage=storage) as release:
        rows = release.clusters.ablation(
            layer=0, state="hidden", affinity="signed", num_clusters=2
        ).to_pylist()
    lost = {(row["cluster"], row["scope"], row["measure"]): row for row in rows}
    needed = {
        cluster: max(CLASSES, key=lambda name: lost[cluster, name, "log_odds"]["cost"])
        for cluster in (0, 1)
    }
    assert set(needed.values()) == set(CLASSES)
    for cluster, name in needed.items():
        (other,) = set(CLASSES) - {name}
        recall, kept = lost[cluster, name, "recall"], lost[cluster, other, "recall"]
        assert recall["cost"] > 0.7
        assert abs(kept["cost"]) < 0.05
        assert kept["cost"] < kept["random_mean"]
        odds = lost[cluster, name, "log_odds"]
        assert (odds["rank"], odds["matched_rank"]) == (1, 1)


def test_the_findings_find_what_was_planted(storage):
    """Good and bad words of the grammar are opposed, the clouds part them, and each class needs a
    chip of its own that the other one does without."""
    with open_release(MODEL, storage=storage) as release:
        claims = {claim.about.id: claim for claim in release.findings()}
    sentiment, chips = claims[7], claims[13]
    assert [part.verdict for part in chips.parts] == [SUPPORTED] * 4
    parted, opposed = sorted(sentiment.parts, key=lambda part: part.statistic, reverse=True)
    assert (parted.value, parted.verdict) == (1, SUPPORTED)
    assert opposed.value > 0.5
    assert opposed.verdict == SUPPORTED
