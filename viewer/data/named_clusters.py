"""The names that people gave to the clusters of a release. They change, so they are not cached."""

from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis, co_clustering, vocabulary_of
from warehouse.cluster_names import (
    cluster_key,
    name_files,
    read_cluster_names,
    write_cluster_name,
)
from warehouse.reader import Release


@cached_by_release
def _keys(release: Release, analysis: Analysis) -> tuple[str, ...]:
    found, known = co_clustering(release, analysis), vocabulary_of(release).words
    words = [(known[i], c) for i, c in zip(found.word_ids, found.word_clusters, strict=True)]
    chips = found.chips
    cells = list(zip(*(a.tolist() for a in (chips.units, chips.directions, chips.clusters)),
                     strict=True))  # fmt: skip
    return tuple(
        cluster_key(
            analysis.layer,
            analysis.state,
            (word for word, cluster in words if cluster == number),
            ((unit, direction) for unit, direction, cluster in cells if cluster == number),
        )
        for number in range(chips.num_clusters)
    )


def names_of(release: Release, analysis: Analysis) -> list[str]:
    """The name of every cluster, "" of one without."""
    if not name_files(release.storage, release.name):
        return [""] * analysis.num_clusters  # without the keys, which take long to compute
    return read_cluster_names(release.storage, release.name, _keys(release, analysis))


def give_name(release: Release, analysis: Analysis, cluster: int, name: str) -> None:
    """Names a cluster, or takes its name back with "". Raises StorageError."""
    number = analysis.to_released(cluster)
    about = {"release": release.release_id, **analysis.key, "cluster": number}
    key = _keys(release, analysis)[cluster]
    write_cluster_name(release.storage, release.name, key, name, about)
