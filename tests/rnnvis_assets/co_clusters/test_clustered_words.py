import numpy as np
import pytest

from rnnvis_assets.co_clusters.co_clusters_stage import check_enough, frequent_words
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


def check(words: int, units: int, maximum: int = 20) -> None:
    settings = CoClusterSettings(maximum_clusters=maximum)
    check_enough(settings, model="m", analysis="mine", layer=1, words=words, units=units)


@pytest.mark.parametrize(("words", "units"), [(19, 50), (50, 19)])
def test_more_clusters_than_words_or_units_name_all_that_matters(words: int, units: int) -> None:
    with pytest.raises(AnalysisError) as caught:
        check(words, units)
    for part in (
        "m, layer 1: 20 clusters",
        f"{words} words",
        f"{units} units",
        "co_clusters.maximum_clusters in configs/analyses/mine.yaml to 19",
        "rnnvis materialize m",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("words", [0, 1])
def test_words_all_too_rare_name_the_key_to_lower(words: int) -> None:
    with pytest.raises(AnalysisError, match=r"lower co_clusters\.minimum_count in .*mine\.yaml"):
        check(words, 50)


def test_as_many_clusters_as_words_and_units_are_allowed() -> None:
    check(20, 20)
