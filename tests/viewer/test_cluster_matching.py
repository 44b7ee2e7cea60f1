"""Matched clusters: by hand, against every possible assignment, and in two linked panes."""

from itertools import count, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.viewer.conftest import LEFT, OTHER, TWIN, session_of
from viewer.data import release_store
from viewer.data.cluster_matching import match_analyses, match_clusters
from viewer.data.release_store import Analysis
from viewer.data.sentence_states import glyphs_of
from viewer.data.unit_chips import chip_numbers
from viewer.state.session import Session
from viewer.views.match_data import cluster_marks, difference_text, match_data
from warehouse.storage import Storage


def labels(*clusters: str) -> dict[str, int]:
    """Words of one letter by the clusters that hold them."""
    return {word: i for i, words in enumerate(clusters) for word in words}


def test_pairs_by_hand() -> None:
    found = match_clusters(labels("ab", "cdef", "xy"), labels("cdeb", "afq"), (3, 2), "words")
    assert found.pairs.tolist() == [[0, 1], [1, 0]]
    assert found.shared == 6
    np.testing.assert_allclose(found.jaccard, [1 / 3, 3 / 5])
    assert (found.common.tolist(), found.together.tolist()) == ([1, 3], [3, 5])
    assert (found.order(0), found.order(1)) == ((), (1, 0))


def test_clusters_without_a_match_are_last() -> None:
    found = match_clusters(labels("pq", "ab", "c"), labels("c", "xyz", "ab"), (3, 3), "words")
    assert found.order(0) == (1, 2, 0)
    assert found.order(1) == (2, 0, 1)
    marks = cluster_marks(found, 1)
    assert marks["jaccard"].tolist()[:2] == [1, 1]
    assert np.isnan(marks["jaccard"][2])
    assert "2 of 2 words" in marks["texts"][0]
    assert "no words in common" in marks["texts"][2]


def test_the_largest_difference_by_hand() -> None:
    words = ("ab", "cdef", "xy"), ("cdeb", "afq")
    found = match_clusters(labels(*words[0]), labels(*words[1]), (3, 2), "words")
    assert difference_text(found, words) == (
        "Largest difference: clouds 1, 33\N{NO-BREAK SPACE}% of their words in common "
        "(left: a, b; right: a, f, q); no pair for left cloud 3 (x, y)"
    )
    same = match_clusters(labels("ab"), labels("ab"), (1, 1), "cells")
    assert difference_text(same, (("ab",), ("ab",))) == (
        "No difference: every chip of one pane has the same cells as one of the other"
    )


def test_many_clusters_without_a_pair_are_counted() -> None:
    words = ("a", "b", "c", "d", "e", "")
    text = difference_text(match_clusters(labels(*words), {}, (6, 0), "words"), (words, ()))
    assert text.endswith("no pair for left clouds 1 (a), 2 (b), 3 (c), 3 more")


some_labels = st.dictionaries(st.integers(0, 30), st.integers(0, 3), min_size=1)


@given(some_labels, some_labels)
def test_no_other_assignment_has_a_larger_sum(one: dict[int, int], other: dict[int, int]) -> None:
    shared = one.keys() & other.keys()

    def jaccard(first: int, second: int) -> float:
        own = {word for word in shared if one[word] == first}
        others = {word for word in shared if other[word] == second}
        return len(own & others) / max(len(own | others), 1)

    best = max(sum(map(jaccard, range(4), order)) for order in permutations(range(4)))
    found = match_clusters(one, other, (4, 4), "words")
    assert found.jaccard.sum() == pytest.approx(best)
    for (first, second), value in zip(found.pairs.tolist(), found.jaccard, strict=True):
        assert jaccard(first, second) == pytest.approx(value)
        assert value > 0
    for side in (0, 1):
        assert sorted(found.order(side) or range(4)) == [0, 1, 2, 3]


@pytest.fixture
def session(compared: Storage) -> Session:
    made = session_of(compared, LEFT.name)
    made.compare()
    return made


def test_matched_clusters_have_one_number_in_both_panes(session: Session) -> None:
    left, right = session.panes
    right.model = TWIN.name
    right.num_clusters = 4
    matching = left.match.matching()
    assert matching.items == "words"
    clouds = [
        dict(zip(release_store.clustered_words(pane.release, pane.analysis),
                 release_store.co_clustering(pane.release, pane.analysis).word_clusters,
                 strict=True))
        for pane in session.panes
    ]  # fmt: skip
    shared = clouds[0].keys() & clouds[1].keys()
    for number, jaccard in enumerate(match_data(left)["jaccard"][: len(matching.pairs)]):
        one, other = ({w for w in shared if cloud[w] == number} for cloud in clouds)
        assert len(one & other) / len(one | other) == pytest.approx(jaccard)
    assert np.isnan(match_data(left)["jaccard"][4:]).all()


def test_the_order_moves_all_that_belongs_to_a_cluster(session: Session) -> None:
    release = session.left.release
    own = session.left.released_analysis
    order = (3, 1, 0, 2, 4, 5, 6, 7, 9, 8)
    analysis = Analysis(**own.key, order=order)
    one, other = (release_store.co_clustering(release, each) for each in (own, analysis))
    np.testing.assert_array_equal(np.array(order)[other.word_clusters], one.word_clusters)
    np.testing.assert_array_equal(np.array(order)[other.chips.clusters], one.chips.clusters)
    assert other.weights[0, 4] == one.weights[3, 4]
    glyphs = [glyphs_of(release, 0, each).positive for each in (own, analysis)]
    np.testing.assert_array_equal(glyphs[1], glyphs[0][:, order])
    assert [analysis.to_shown(analysis.to_released(i)) for i in range(10)] == list(range(10))


def test_what_is_pinned_and_silenced_keeps_its_cluster(session: Session) -> None:
    left, right = session.panes
    right.model = OTHER.name
    right.param.update(num_clusters=5, silenced=1)
    shown = right.analysis.to_shown(1)
    left.num_clusters = 2
    numbers = chip_numbers(
        release_store.co_clustering(right.release, right.analysis).chips, right.num_units
    )
    own = release_store.co_clustering(right.release, right.released_analysis).chips
    unit = int(own.units[own.clusters == right.silenced][0])
    assert numbers[0][unit] == right.analysis.to_shown(1) + 1
    assert right.silenced == 1
    assert shown in range(5)


def test_without_shared_words_the_cells_of_one_network_are_matched(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = session.left
    analyses = left.released_analysis, left.released_analysis
    names = count()
    monkeypatch.setattr(
        release_store,
        "clustered_words",
        lambda *at: [next(names) for _ in release_store.co_clustering(*at).word_ids],
    )
    found = match_analyses(left.release, analyses[0], left.release, analyses[1])
    assert found.items == "cells"
    np.testing.assert_allclose(found.jaccard, 1)


def test_the_end_of_a_comparison_restores_the_own_order(session: Session) -> None:
    session.right.num_clusters = 2
    session.close()
    assert session.left.analysis == session.left.released_analysis
    assert session.left.partner is None
    assert match_data(session.left) == {}
