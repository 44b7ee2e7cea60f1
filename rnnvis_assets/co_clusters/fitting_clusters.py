"""The numbers of clusters that there are words and units for: an analysis fits its network."""

from dataclasses import dataclass

from rnnvis_assets.configuration.analysis_config import CoClusterSettings
from warehouse.errors import AnalysisError

FEWEST = 2


@dataclass(frozen=True)
class FittedClusters:
    """The numbers of clusters, ascending, and a note where they are fewer than were asked for."""

    numbers: range
    note: str = ""


def fit_clusters(
    settings: CoClusterSettings, model: str, *, words: int, units: int
) -> FittedClusters:
    """Of the numbers of clusters that ``settings`` ask for, those of at most as many as there are
    ``words`` to cluster and ``units`` in the smallest layer; these themselves where all are more.

    Raises AnalysisError where there are not two of each.
    """
    if words < FEWEST:
        raise AnalysisError(
            f"{model}: of the recorded words {words} occur at least {settings.minimum_count} "
            f"times; co-clustering needs {FEWEST}",
            repair="record more text, or name an analysis of a lower co_clusters.minimum_count in "
            "the model's configuration",
        )
    if units < FEWEST:
        raise AnalysisError(
            f"{model}: a layer has {units} units to cluster; co-clustering needs {FEWEST}",
            repair="" if settings.sinks else "write co_clusters: {sinks: true} in its analysis",
        )
    most = min(settings.maximum_clusters, words, units)
    numbers = range(min(settings.minimum_clusters, most), most + 1)
    if most == settings.maximum_clusters:
        return FittedClusters(numbers)
    return FittedClusters(
        numbers,
        f"{model}: at most {most} clusters, not {settings.maximum_clusters}: there are {words:,} "
        f"words of at least {settings.minimum_count} occurrences, and {units:,} units",
    )
