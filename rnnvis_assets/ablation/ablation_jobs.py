"""The sets of clamps that are measured, in pieces of work that do not depend on each other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from rnnvis_assets.ablation.ablated_reading import AblatedReading
from rnnvis_assets.ablation.ablation_inputs import ClusteredState
from rnnvis_assets.ablation.ablation_plan import Work
from rnnvis_assets.ablation.ablation_tables import Row, cluster_rows, unit_rows
from rnnvis_assets.ablation.random_sets import matched_sets, plain_sets
from rnnvis_assets.configuration.analysis_config import AblationSettings
from warehouse.arrays import Int64Array

CELLS_AT_ONCE = 32


@dataclass(frozen=True)
class Job:
    """Some sets of clamps: how much work they are, and how their rows are measured."""

    work: Work
    measure: Callable[[AblatedReading], Iterable[Row]]


def cluster_jobs(
    states: Iterable[ClusteredState], settings: AblationSettings, scored: float | None
) -> Iterator[Job]:
    """A job a cluster that has cells. ``scored`` is the share of tokens after which a
    classifier is asked for a class; None for a language model."""
    for clustered in states:
        # About one word in k is a cluster's own, and as many of the others are scored.
        share = min(1.0, 2 / clustered.chips.num_clusters) if scored is None else scored
        work = Work(clustered.layer, 1 + 2 * settings.num_sets, share)
        for cluster in np.unique(clustered.chips.clusters).tolist():
            yield Job(work, partial(_silence_cluster, clustered, cluster, settings))


def unit_jobs(
    states: Iterable[ClusteredState], settings: AblationSettings, scored: float | None
) -> Iterator[Job]:
    """Every cell by itself, some of them a job."""
    share = 1.0 if scored is None else scored
    for clustered in states:
        places = np.arange(len(clustered.chips.units))
        for some in np.array_split(places, -(-len(places) // CELLS_AT_ONCE)):
            work = Work(clustered.layer, len(some), share)
            yield Job(work, partial(_silence_one_by_one, clustered, some, settings.seed))


def _silence_cluster(
    clustered: ClusteredState, cluster: int, settings: AblationSettings, reading: AblatedReading
) -> Iterable[Row]:
    count, members = settings.num_sets, clustered.chips.clusters == cluster
    key = settings.seed, clustered.layer, clustered.chips.num_clusters, cluster
    generator = np.random.default_rng([*key, *clustered.state.encode()])
    chosen = [
        members[np.newaxis],
        plain_sets(members, count, generator),
        matched_sets(members, clustered.strengths, count, generator),
    ]
    costs = reading.costs_by_scope(clustered.clamp(np.vstack(chosen)), clustered.own_words(cluster))
    return cluster_rows(clustered, cluster, costs, count, settings.seed)


def _silence_one_by_one(
    clustered: ClusteredState, places: Int64Array, seed: int, reading: AblatedReading
) -> Iterable[Row]:
    chosen = np.eye(len(clustered.chips.units), dtype=bool)[places]
    return unit_rows(clustered, places, reading.costs_of_all(clustered.clamp(chosen)), seed)
