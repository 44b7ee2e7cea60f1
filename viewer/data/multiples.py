"""Small multiples: any states of layers of models or kept releases, each as chips and clouds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from viewer.data import release_store
from viewer.data.cluster_matching import ClusterMatching, match_analyses
from viewer.data.release_store import Analysis
from warehouse.errors import RnnvisError
from warehouse.reader import Release, published_models
from warehouse.release_index import release_ids
from warehouse.storage import Storage

MOST_MULTIPLES = 24
_PARTS = "~"
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-")


@dataclass(frozen=True)
class Multiple:
    """What one of them shows; the model's current release where ``release_id`` is empty."""

    model: str
    layer: int
    state: str
    release_id: str = ""

    def __str__(self) -> str:
        parts = self.model, str(self.layer), self.state, self.release_id
        return _PARTS.join(parts).rstrip(_PARTS)

    @property
    def title(self) -> str:
        """In words."""
        when = dated(self.release_id)
        return ", ".join(filter(None, (self.model, f"layer {self.layer}", self.state, when)))


def dated(release_id: str) -> str:
    """When a release was made (UTC), as its id says; any other id as it is."""
    found = _STAMP.match(release_id)
    return "{}-{}-{} {}:{}:{}".format(*found.groups()) if found else release_id


def read_multiple(text: str) -> Multiple | None:
    """The inverse of ``str``; None for another text."""
    model, *parts = text.split(_PARTS)
    if not (model and 2 <= len(parts) <= 3 and parts[0].isdecimal() and len(parts[0]) < 4):
        return None
    return Multiple(model, int(parts[0]), parts[1], *parts[2:])


def open_multiple(storage: Storage, multiple: Multiple) -> Release:
    """Its release. Raises RnnvisError where there is none, or no such layer or state in it."""
    if multiple.release_id:
        release = release_store.kept_release(storage, multiple.model, multiple.release_id)
    else:
        release = release_store.current_release(storage, multiple.model)
    release.layers.keys(multiple.layer, multiple.state)
    return release


def analysis_for(release: Release, multiple: Multiple, affinity: str, k: int) -> Analysis:
    """The co-clustering of the affinity (else of the release's own) whose number of clusters is
    nearest to ``k``."""
    facts = release_store.facts_of(release)
    own = replace(facts.default, layer=multiple.layer, state=multiple.state)
    found = [each for each in facts.analyses if (each.layer, each.state) == (own.layer, own.state)]

    def distance(each: Analysis) -> tuple[bool, bool, int, int]:
        apart = abs(each.num_clusters - k)
        return each.affinity != affinity, each.affinity != own.affinity, apart, each.num_clusters

    return min(found, key=distance, default=own)


def layers_and_states(storage: Storage, model: str, release_id: str) -> list[Multiple]:
    """All of a release."""
    layers = release_store.kept_release(storage, model, release_id).layers
    return [
        Multiple(model, number, state)
        for number, layer in enumerate(layers)
        for state in layer.states
    ]


def kept_releases(storage: Storage, model: str, layer: int, state: str) -> list[Multiple]:
    """A layer and state in every kept release, the newest first."""
    return [
        Multiple(model, layer, state, release_id)
        for release_id in release_ids(storage, model)[::-1]
    ]


def top_layers(storage: Storage) -> list[Multiple]:
    """The layer and state that a page begins with of every published model that can be read."""
    found = []
    for model in published_models(storage):
        try:
            start = release_store.facts_of(release_store.current_release(storage, model)).default
        except RnnvisError:
            continue  # choosing that model reports why
        found.append(Multiple(model, start.layer, start.state))
    return found


def matched_orders(
    shown: Sequence[tuple[Release, Analysis]],
) -> list[tuple[Analysis, ClusterMatching | None]]:
    """Of every one its analysis, the clusters in the order of their matches in the first, and how
    well they match. Raises ReleaseError where a release lacks its co-clustering."""
    found: list[tuple[Analysis, ClusterMatching | None]] = [(shown[0][1], None)] if shown else []
    for release, analysis in shown[1:]:
        matching = match_analyses(*shown[0], release, analysis)
        order = matching.order(1) if matching else ()
        found.append((replace(analysis, order=order), matching))
    return found
