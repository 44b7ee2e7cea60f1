"""Which words are co-clustered, and whether they and the units are enough."""

import numpy as np
import numpy.typing as npt

from rnnvis_assets.configuration.analysis_config import CoClusters
from warehouse.errors import AnalysisError


def frequent_words(
    word_ids: npt.NDArray[np.int32], counts: npt.NDArray[np.int64], settings: CoClusters
) -> npt.NDArray[np.int64]:
    """Rows of the words to cluster: the most frequent first; of equals, the lower word id.

    At most ``settings.num_words`` (all, where that is None) of the words that occur at least
    ``settings.minimum_count`` times.
    """
    rows = np.flatnonzero(counts >= settings.minimum_count)
    order = np.lexsort((word_ids[rows], -counts[rows]))
    return rows[order[: settings.num_words]]


def check_enough(
    settings: CoClusters, *, model: str, analysis: str, layer: int, words: int, units: int
) -> None:
    """Raises AnalysisError unless there is a word and a unit for each of the most clusters."""
    file, most = f"configs/analyses/{analysis}.yaml", settings.maximum_clusters
    if words < 2:
        raise AnalysisError(
            f"{model}, layer {layer}: of the recorded words {words} occur at least "
            f"{settings.minimum_count} times; co-clustering needs 2",
            repair=f"lower co_clusters.minimum_count in {file}, then rnnvis materialize {model}",
        )
    if most > min(words, units):
        raise AnalysisError(
            f"{model}, layer {layer}: {most} clusters asked for, of {words} words (those with at "
            f"least {settings.minimum_count} occurrences) and {units} units",
            repair=f"lower co_clusters.maximum_clusters in {file} to {min(words, units)} or less, "
            f"then rnnvis materialize {model}",
        )
