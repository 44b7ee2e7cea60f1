"""What sets the size of a word, against sums written out."""

import numpy as np
import pytest

from tests.viewer.conftest import SPEC
from viewer.data import release_store
from viewer.data.release_store import Analysis
from viewer.data.word_sizes import WORD_SIZES, projections, word_sizes
from warehouse.chips import Chips
from warehouse.reader import Release

OWN = Analysis(1, "hidden", "positive", 10)
CELLS = (np.array([0, 1, 1], np.int32), np.array([1, 1, -1], np.int32))


def test_a_projection_counts_only_what_goes_the_clusters_way() -> None:
    # Cluster 0 has unit 0 and unit 1 as it rises, cluster 1 unit 1 as it falls.
    chips = Chips(2, *CELLS, np.array([0, 0, 1], np.int32))
    responses = np.array([[3.0, 4.0], [3.0, -4.0], [5.0, -2.0]])
    found = projections(responses, np.array([0, 0, 1], np.int32), chips)
    assert found.tolist() == [3.0, 3.0, 2.0]  # along (1, 0), and along the falling unit 1


def test_an_empty_chip_gives_no_projection() -> None:
    chips = Chips(2, *CELLS, np.zeros(3, np.int32))
    assert projections(np.ones((1, 2)), np.array([1], np.int32), chips).tolist() == [0.0]


def test_each_measure_orders_the_words_of_a_release(release: Release) -> None:
    found = release_store.co_clustering(release, OWN)
    assert word_sizes(release, OWN, "centrality") is found.centralities
    assert word_sizes(release, OWN, "strength") is found.strengths
    counts = release_store.vocabulary_of(release).counts[found.word_ids]
    assert np.expm1(word_sizes(release, OWN, "count")) == pytest.approx(counts, rel=1e-4)
    assert len({word_sizes(release, OWN, name).tobytes() for name in WORD_SIZES}) >= 3


def test_the_first_sentence_is_of_strong_words_and_after_some_text(release: Release) -> None:
    (first,) = release_store.first_sentences(release)
    assert first >= release_store.READ_BEFORE
    assert release_store.FITTING_TOKENS[0] <= release.sentences.get(first)["num_tokens"]
    assert SPEC.sentence_length <= release_store.FITTING_TOKENS[1]
