import numpy as np
import pytest

from rnnvis_assets.co_clusters.co_clusters_stage import frequent_words
from rnnvis_assets.co_clusters.fitting_clusters import fit_clusters
from rnnvis_assets.configuration.analysis_config import CoClusterSettings
from warehouse.errors import AnalysisError

WORD_IDS = np.array([2, 3, 5, 7, 11], np.int32)
COUNTS = np.array([4, 9, 4, 1, 9])


def test_the_most_frequent_words_come_first_and_of_equals_the_lower_id() -> None:
    rows = frequent_words(WORD_IDS, COUNTS, CoClusterSettings(num_words=3, minimum_count=1))
    assert WORD_IDS[rows].tolist() == [3, 11, 2]


def test_rare_words_are_left_out() -> None:
    rows = frequent_words(WORD_IDS, COUNTS, CoClusterSettings(num_words=5, minimum_count=4))
    assert WORD_IDS[rows].tolist() == [3, 11, 2, 5]


def test_no_limit_takes_the_whole_vocabulary() -> None:
    rows = frequent_words(WORD_IDS, COUNTS, CoClusterSettings(num_words=None, minimum_count=1))
    assert WORD_IDS[rows].tolist() == [3, 11, 2, 5, 7]


@pytest.mark.parametrize(("words", "units"), [(7, 50), (50, 7)])
def test_there_are_no_more_clusters_than_words_or_units(words: int, units: int) -> None:
    fitted = fit_clusters(CoClusterSettings(), "m", words=words, units=units)
    assert fitted.numbers == range(2, 8)
    assert "m: at most 7 clusters, not 20" in fitted.note
    assert f"{words} words of at least 5 occurrences, and {units} units" in fitted.note


def test_where_even_the_fewest_are_too_many_the_most_possible_are_taken() -> None:
    settings = CoClusterSettings(minimum_clusters=10)
    assert fit_clusters(settings, "m", words=4, units=9).numbers == range(4, 5)


def test_as_many_clusters_as_words_and_units_are_made_without_a_note() -> None:
    fitted = fit_clusters(CoClusterSettings(), "m", words=20, units=20)
    assert (fitted.numbers, fitted.note) == (range(2, 21), "")


@pytest.mark.parametrize("words", [0, 1])
def test_too_few_words_are_an_error_that_leaves_shared_files_as_they_are(words: int) -> None:
    with pytest.raises(AnalysisError, match="name an analysis of a lower") as caught:
        fit_clusters(CoClusterSettings(), "m", words=words, units=50)
    assert "configs/analyses" not in str(caught.value)


def test_a_single_unit_cannot_be_clustered() -> None:
    with pytest.raises(AnalysisError, match="a layer has 1 unit"):
        fit_clusters(CoClusterSettings(), "m", words=50, units=1)
