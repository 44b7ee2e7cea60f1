"""Findings of a single model: from its corpus, recording and tables to measurements."""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np

from rnnvis_assets.co_clusters.co_clustering import co_cluster
from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.corpus import UNTAGGED
from rnnvis_assets.corpus.tokenization import tokenize
from rnnvis_assets.findings import (
    layer_contrast,
    response_stability,
    sentiment,
    word_lists,
)
from rnnvis_assets.findings.finding_inputs import NO_POLARITY, FindingInputs
from rnnvis_assets.findings.interval_estimates import FEWEST, inconclusive
from rnnvis_assets.findings.response_similarity import (
    alike_pairs,
    exception,
    less_alike,
    opposite_signs,
)
from rnnvis_assets.findings.word_families import word_families
from rnnvis_assets.model_kinds.model_kinds import open_network
from warehouse.arrays import Float32Array, FloatArray, IntArray
from warehouse.findings_table import Measurements
from warehouse.word_queries import ResponseMatrix


def _top_responses(inputs: FindingInputs) -> ResponseMatrix:
    return inputs.responses(inputs.top_layer, inputs.state)


def _clustered_responses(inputs: FindingInputs, layer: int) -> FloatArray:
    """[clustered words, units], by word id."""
    found = inputs.responses(layer, inputs.state)
    word_ids, _ = inputs.word_clusters(layer)
    return found.mean[np.searchsorted(found.word_ids, word_ids)]


def measure_word_families(inputs: FindingInputs) -> Measurements:
    """Finding 1, for the words and the clustering of the sentence glyphs, in the last layer."""
    word_ids, clusters = inputs.word_clusters(inputs.top_layer)
    tags = inputs.tags(word_ids)
    tagged = tags != UNTAGGED
    by_embedding = _embedding_clusters(inputs, word_ids[tagged])
    return word_families(clusters[tagged], by_embedding, tags[tagged])


def _embedding_clusters(inputs: FindingInputs, word_ids: IntArray) -> IntArray | str:
    """The clusters of the words' input embeddings, or why there are none."""
    embedding = inputs.embedding()
    if embedding is None:
        return "The embedding of an external network is not compared."
    embedding = embedding[word_ids]
    k, settings = inputs.num_clusters, inputs.analysis
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


def measure_alike_words(inputs: FindingInputs) -> Measurements:
    """Finding 2, in the last layer."""
    found = _top_responses(inputs)
    pairs = inputs.groups_of(word_lists.ALIKE, found.word_ids)
    contrasts = inputs.groups_of(word_lists.CONTRASTS, found.word_ids)
    return (
        alike_pairs(
            "correlation of alike words, beyond random pairs", found.mean, found.counts, pairs
        ),
        less_alike(
            "correlation within a pair, less with a word of another role", found.mean, contrasts
        ),
    )


def measure_opposite_signs(inputs: FindingInputs) -> Measurements:
    """Finding 3, for the clustered words, in the last layer."""
    return (opposite_signs(_clustered_responses(inputs, inputs.top_layer)),)


def measure_sentiment(inputs: FindingInputs) -> Measurements:
    """Finding 7: clouds of the glyphs' clustering where it has two clusters, and opposite words."""
    found = _top_responses(inputs)
    opposites = inputs.groups_of(word_lists.OPPOSITES, found.word_ids)
    opposed = sentiment.opposite_words(found.mean, opposites)
    if inputs.num_clusters != 2:
        why = f"The analysis has {inputs.num_clusters} clusters in its glyphs, not two."
        return inconclusive(sentiment.PARTED, why), opposed
    word_ids, clusters = inputs.word_clusters(inputs.top_layer)
    good, bad = (
        clusters[inputs.groups_of([(word,) for word in listed], word_ids).rows[:, 0]]
        for listed in (word_lists.GOOD, word_lists.BAD)
    )
    return sentiment.parted_clouds(good, bad), opposed


def _moves(
    inputs: FindingInputs, polarity: FloatArray, tokenizer: Tokenizer, words: Sequence[str]
) -> FloatArray:
    """The move towards negative at each word, after a clause of praise less after one of blame:
    float64[pairs of clauses, words]."""
    read, encode = open_network(inputs.reading.checkpoint).read, inputs.vocabulary.encode

    def move(clause: str, word: str) -> float:
        states = read(encode([*tokenize(f"{clause},", tokenizer), word]).tolist())
        # A network with an output layer has h.
        return float(cast(Float32Array, states[-1].hidden_delta)[-1] @ polarity)

    return np.array(
        [
            [move(praise, word) - move(blame, word) for word in words]
            for praise, blame in word_lists.CLAUSES
        ]
    )


def measure_context(inputs: FindingInputs) -> Measurements:
    """Finding 8, on clauses that the network reads now; a part for every conjunction it knows."""
    statistics = [sentiment.CONTEXT.format(conjunction=word) for word in word_lists.CONJUNCTIONS]
    polarity, dataset = inputs.polarity(), inputs.context.project.dataset_of(inputs.model)
    if polarity is None:
        return tuple(inconclusive(statistic, NO_POLARITY) for statistic in statistics)
    if dataset is None:
        why = "A recording without its network cannot read new sentences."
        return tuple(inconclusive(statistic, why) for statistic in statistics)
    known = inputs.vocabulary.ids
    conjunctions = [word for word in word_lists.CONJUNCTIONS if word in known]
    controls = [word for word in word_lists.CONTROLS if word in known]
    moves = _moves(inputs, polarity, dataset.tokenizer, [*conjunctions, *controls])
    turned, neutral = np.split(moves, [len(conjunctions)], axis=1)
    if not conjunctions or len(controls) < FEWEST:
        what = "conjunctions" if not conjunctions else "control words"
        why = f"The vocabulary has too few of the listed {what}."
        return tuple(inconclusive(statistic, why) for statistic in statistics)
    missing = [word for word in word_lists.CONJUNCTIONS if word not in known]
    return tuple(
        sentiment.contextual_moves(word, turned[:, place], neutral, missing)
        for place, word in enumerate(conjunctions)
    )


def measure_languages(inputs: FindingInputs) -> Measurements:
    """Finding 10, in the last layer."""
    found = _top_responses(inputs)
    pairs = inputs.groups_of(word_lists.OLD_AND_MODERN, found.word_ids)
    single = inputs.groups_of([word_lists.OLD_EXCEPTION], found.word_ids)
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


def measure_layers(inputs: FindingInputs) -> Measurements:
    """Finding 11, for the clustering of the sentence glyphs."""
    if inputs.top_layer == 0:
        return (inconclusive(layer_contrast.EVEN, "The network has only one layer."),)
    word_ids, _ = inputs.word_clusters(0)
    tags = inputs.tags(word_ids)
    tagged = tags != UNTAGGED
    first, last = (
        layer_contrast.LayerView(
            inputs.unit_clusters(layer),
            inputs.word_clusters(layer)[1][tagged],
            _clustered_responses(inputs, layer),
        )
        for layer in (0, inputs.top_layer)
    )
    return layer_contrast.layer_contrast(first, last, tags[tagged], inputs.num_clusters)


def _changes(inputs: FindingInputs) -> Iterator[tuple[IntArray, Float32Array]]:
    column = f"{inputs.state}_delta"
    recording = inputs.reading.recording
    for batch in recording.batches(inputs.top_layer, ("word_id", column)):
        yield batch["word_id"], batch[column]


def measure_stability(inputs: FindingInputs) -> Measurements:
    """Finding 12, in the last layer."""
    counts = np.bincount(inputs.reading.split.word_ids, minlength=len(inputs.vocabulary))
    units = inputs.reading.recording.units[inputs.top_layer]
    odd, even, word_ids = response_stability.half_means(_changes(inputs), counts, units)
    return response_stability.stable_responses(odd, even, counts[word_ids], inputs.minimum_count)
