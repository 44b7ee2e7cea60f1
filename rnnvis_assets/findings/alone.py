"""Findings of one model alone: from what was written about it to what is measured."""

from collections.abc import Iterator
from typing import cast

import numpy as np
import numpy.typing as npt

from rnnvis_assets.co_clustering.clustering import co_cluster
from rnnvis_assets.configuration.datasets import Tokenizer
from rnnvis_assets.corpora.corpus import UNTAGGED
from rnnvis_assets.corpora.tokenization import tokenize
from rnnvis_assets.findings import context, layers, sentiment, stability, words
from rnnvis_assets.findings.evidence import NO_POLARITY, Evidence
from rnnvis_assets.findings.measurement import Floats, Ints, untold
from rnnvis_assets.findings.opposite_signs import opposite_signs
from rnnvis_assets.findings.similarity import alike_pairs, exception, less_alike
from rnnvis_assets.findings.word_families import word_families
from rnnvis_assets.recording.opening import open_network
from warehouse.findings import Measurements
from warehouse.response_queries import ResponseMatrix


def _top_responses(evidence: Evidence) -> ResponseMatrix:
    return evidence.responses(evidence.top_layer, evidence.state)


def _clustered_responses(evidence: Evidence, layer: int) -> Floats:
    """[clustered words, units], by word id."""
    found = evidence.responses(layer, evidence.state)
    word_ids, _ = evidence.word_clusters(layer)
    return found.mean[np.searchsorted(found.word_ids, word_ids)]


def measure_word_families(evidence: Evidence) -> Measurements:
    """Finding 1, for the words and the clustering of the sentence glyphs, in the last layer."""
    word_ids, clusters = evidence.word_clusters(evidence.top_layer)
    tags = evidence.tags(word_ids)
    tagged = tags != UNTAGGED
    by_embedding = _embedding_clusters(evidence, word_ids[tagged])
    return word_families(clusters[tagged], by_embedding, tags[tagged])


def _embedding_clusters(evidence: Evidence, word_ids: Ints) -> Ints | str:
    """The clusters of the words' input embeddings, or why there are none."""
    embedding = evidence.embedding()
    if embedding is None:
        return "The embedding of a network that was trained elsewhere is not looked at."
    embedding = embedding[word_ids]
    k, settings = evidence.num_clusters, evidence.analysis
    if k > min(embedding.shape):
        words_and_sizes = " words and an embedding of size ".join(map(str, embedding.shape))
        return f"{k} clusters cannot be made of {words_and_sizes}."
    (found,) = co_cluster(
        embedding,
        settings.glyphs.affinity,
        clusters=range(k, k + 1),
        seeds=settings.co_clusters.seeds,
    )
    return found.words


def measure_alike_words(evidence: Evidence) -> Measurements:
    """Finding 2, in the last layer."""
    found = _top_responses(evidence)
    pairs = evidence.groups_of(words.ALIKE, found.word_ids)
    contrasts = evidence.groups_of(words.CONTRASTS, found.word_ids)
    return (
        alike_pairs(
            "correlation of alike words, beyond random pairs", found.mean, found.counts, pairs
        ),
        less_alike(
            "correlation within a pair, less with a word of another role", found.mean, contrasts
        ),
    )


def measure_opposite_signs(evidence: Evidence) -> Measurements:
    """Finding 3, for the clustered words, in the last layer."""
    return (opposite_signs(_clustered_responses(evidence, evidence.top_layer)),)


def measure_sentiment(evidence: Evidence) -> Measurements:
    """Finding 7: clouds of the glyphs' clustering where it has two clusters, and opposite words."""
    found = _top_responses(evidence)
    opposites = evidence.groups_of(words.OPPOSITES, found.word_ids)
    opposed = sentiment.opposite_words(found.mean, opposites)
    if evidence.num_clusters != 2:
        why = f"The analysis has {evidence.num_clusters} clusters in its glyphs, not two."
        return untold(sentiment.PARTED, why), opposed
    word_ids, clusters = evidence.word_clusters(evidence.top_layer)
    good, bad = (
        clusters[evidence.groups_of([(word,) for word in listed], word_ids).rows[:, 0]]
        for listed in (words.GOOD, words.BAD)
    )
    return sentiment.parted_clouds(good, bad), opposed


def _moves(
    evidence: Evidence, polarity: Floats, tokenizer: Tokenizer
) -> Iterator[tuple[float, float]]:
    """The move towards negative at the conjunction, after the praise and after the blame."""
    read = open_network(evidence.reading.checkpoint).read
    for praise, blame in words.CLAUSES:
        moved = []
        for before, after in ((praise, blame), (blame, praise)):
            tokens = tokenize(f"{before}, {words.CONJUNCTION} {after}.", tokenizer)
            states = read(evidence.vocabulary.encode(tokens).tolist())
            # A network with an output layer has h.
            changes = cast(npt.NDArray[np.float32], states[-1].hidden_delta)
            moved.append(float(changes[tokens.index(words.CONJUNCTION)] @ polarity))
        yield moved[0], moved[1]


def measure_context(evidence: Evidence) -> Measurements:
    """Finding 8, on sentences that the network reads now."""
    polarity = evidence.polarity()
    if polarity is None:
        return (untold(context.STATISTIC, NO_POLARITY),)
    if words.CONJUNCTION not in evidence.vocabulary.ids:
        why = f"The vocabulary has no word {words.CONJUNCTION!r}."
        return (untold(context.STATISTIC, why),)
    dataset = evidence.workplace.project.dataset_of(evidence.model)
    if dataset is None:
        return (untold(context.STATISTIC, "Only a recording is here: nothing can be read to it."),)
    moves = np.array(list(_moves(evidence, polarity, dataset.tokenizer)))
    return (context.contextual_moves(moves[:, 0], moves[:, 1]),)


def measure_languages(evidence: Evidence) -> Measurements:
    """Finding 10, in the last layer."""
    found = _top_responses(evidence)
    pairs = evidence.groups_of(words.OLD_AND_MODERN, found.word_ids)
    single = evidence.groups_of([words.OLD_EXCEPTION], found.word_ids)
    return (
        alike_pairs(
            "correlation of old and modern words, beyond random pairs",
            found.mean, found.counts, pairs,
        ),
        exception(
            "correlation of old and modern words, less that of thou and you",
            found.mean, pairs, single,
        ),
    )  # fmt: skip


def measure_layers(evidence: Evidence) -> Measurements:
    """Finding 11, for the clustering of the sentence glyphs."""
    if evidence.top_layer == 0:
        return (untold(layers.EVEN, "The network has one layer alone."),)
    word_ids, _ = evidence.word_clusters(0)
    tags = evidence.tags(word_ids)
    tagged = tags != UNTAGGED
    first, last = (
        layers.LayerView(
            evidence.unit_clusters(layer),
            evidence.word_clusters(layer)[1][tagged],
            _clustered_responses(evidence, layer),
        )
        for layer in (0, evidence.top_layer)
    )
    return layers.layer_contrast(first, last, tags[tagged], evidence.num_clusters)


def _changes(evidence: Evidence) -> Iterator[tuple[Ints, npt.NDArray[np.float32]]]:
    column = f"{evidence.state}_delta"
    recording = evidence.reading.recording
    for batch in recording.batches(evidence.top_layer, ("word_id", column)):
        yield batch["word_id"], batch[column]


def measure_stability(evidence: Evidence) -> Measurements:
    """Finding 12, in the last layer."""
    counts = np.bincount(evidence.reading.split.word_ids, minlength=len(evidence.vocabulary))
    units = evidence.reading.recording.units[evidence.top_layer]
    odd, even, word_ids = stability.half_means(_changes(evidence), counts, units)
    return stability.stable_responses(odd, even, counts[word_ids], evidence.minimum_count)
