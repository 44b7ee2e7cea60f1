"""Findings of a single model: from its corpus, recording and tables to measurements."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from tempfile import TemporaryFile
from typing import cast

import numpy as np

from rnnvis_assets.co_clusters.co_clustering import co_cluster
from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import UNTAGGED
from rnnvis_assets.findings import layer_contrast, sentiment, word_lists
from rnnvis_assets.findings.acting_chips import acting_chips
from rnnvis_assets.findings.finding_inputs import NO_POLARITY, PAPER_AFFINITY, FindingInputs
from rnnvis_assets.findings.interval_estimates import SEED, inconclusive
from rnnvis_assets.findings.opinion_lexicon import good_and_bad
from rnnvis_assets.findings.paired_units import paired_units
from rnnvis_assets.findings.response_similarity import (
    alike_pairs,
    beyond_embedding,
    farther_exception,
    less_alike,
    near_partners,
)
from rnnvis_assets.findings.response_stability import half_means, stable_responses
from rnnvis_assets.findings.turning_words import (
    clause_moves,
    control_words,
    statistic_of,
    turning_moves,
)
from rnnvis_assets.findings.untrained_network import untrained_responses
from rnnvis_assets.findings.word_families import agreement, word_families
from rnnvis_assets.model_kinds.model_kinds import open_network
from warehouse.arrays import BoolArray, Float32Array, FloatArray, IntArray
from warehouse.findings_table import Measurements
from warehouse.stored_responses import StoredResponses

ROTATIONS = 5
NO_EMBEDDING = "The embedding of an external network is not compared."


_STATES = {
    "hidden": "the hidden state h",
    "cell": "the cell state c",
    "cell_output": "the cell output tanh c",
}


def names_state(
    measure: Callable[[FindingInputs], Measurements],
) -> Callable[[FindingInputs], Measurements]:
    """The same, where each part that has a value says of which state it is."""

    def measure_and_name(inputs: FindingInputs) -> Measurements:
        of = f"Measured on {_STATES[inputs.state]}."
        return tuple(
            part if part.value is None else replace(part, explanation=f"{part.explanation} {of}")
            for part in measure(inputs)
        )

    return measure_and_name


def _top_responses(inputs: FindingInputs) -> StoredResponses:
    return inputs.responses(inputs.top_layer, inputs.state)


def _clustered_responses(inputs: FindingInputs, layer: int) -> FloatArray:
    """[clustered words, units], by word id."""
    word_ids, _ = inputs.word_clusters(layer)
    return inputs.responses(layer, inputs.state).of(word_ids)


@names_state
def measure_word_families(inputs: FindingInputs) -> Measurements:
    """Finding 1, for the words and the clustering of the sentence glyphs, in the last layer."""
    word_ids, clusters = inputs.word_clusters(inputs.top_layer)
    tags = inputs.tags(word_ids)
    tagged = tags != UNTAGGED
    by_embedding = _embedding_clusters(inputs, word_ids[tagged])
    parts = word_families(clusters[tagged], by_embedding, tags[tagged])
    if parts[0].value is None:
        return parts
    _, by_paper = inputs.word_clusters(inputs.top_layer, PAPER_AFFINITY)
    paper = agreement(tags[tagged], by_paper[tagged])
    chance, beyond = parts
    reference = beyond.reference
    less = None if reference is None else paper - reference
    return replace(chance, paper_value=paper), replace(beyond, paper_value=less)


def _embedding_clusters(inputs: FindingInputs, word_ids: IntArray) -> list[IntArray] | str:
    """The clusters of the words' input embeddings in several random rotations, or why there are
    none."""
    embedding = inputs.embedding()
    if embedding is None:
        return NO_EMBEDDING
    k, values = inputs.num_clusters, embedding[word_ids]
    if k > min(values.shape):
        words_and_sizes = " words and an embedding of size ".join(map(str, values.shape))
        return f"{k} clusters cannot be made of {words_and_sizes}."
    random = np.random.default_rng(SEED)
    found: list[IntArray] = []
    for _ in range(ROTATIONS):
        rotation = np.linalg.qr(random.normal(size=(values.shape[1],) * 2)).Q
        (clustering,) = co_cluster(
            values @ rotation,
            inputs.shown.affinity,
            clusters=range(k, k + 1),
            seeds=inputs.analysis.co_clusters.seeds,
        )
        found.append(clustering.words)
    return found


@names_state
def measure_alike_words(inputs: FindingInputs) -> Measurements:
    """Finding 2, in the last layer."""
    found = _top_responses(inputs)
    pairs = inputs.groups_of(word_lists.ALIKE, found.word_ids)
    triples = inputs.groups_of(word_lists.CONTRASTS, found.word_ids)
    alike, excesses = alike_pairs(
        "correlation of alike words, beyond random pairs", found.mean, found.counts, pairs
    )
    unlike, differences = less_alike(
        "correlation within a pair, less with a word of another role", found.mean, triples
    )
    names = (f"{part.statistic}, less that of the embeddings" for part in (alike, unlike))
    embedding = inputs.embedding()
    if embedding is None:
        return (alike, unlike, *(inconclusive(name, NO_EMBEDDING) for name in names))
    values = embedding[found.word_ids]
    _, of_pairs = alike_pairs("", values, found.counts, pairs)
    _, of_triples = less_alike("", values, triples)
    return (
        alike,
        unlike,
        beyond_embedding(next(names), excesses, of_pairs, over="pairs of words"),
        beyond_embedding(next(names), differences, of_triples, over="triples of words"),
    )


@names_state
def measure_paired_units(inputs: FindingInputs) -> Measurements:
    """Finding 3, for the clustered words, in the last layer."""
    trained = _clustered_responses(inputs, inputs.top_layer)
    config = inputs.context.project.models[inputs.model]
    if not isinstance(config, ModelConfig):
        return (paired_units(trained, "What an external network was before is not known."),)
    reading = inputs.reading
    word_ids, _ = inputs.word_clusters(inputs.top_layer)
    means, counts = untrained_responses(
        config,
        reading.corpus,
        reading.split,
        word_ids,
        inputs.state,
        inputs.analysis.recording.readers,
    )
    return (paired_units(trained[counts > 0], means[counts > 0]),)


@names_state
def measure_sentiment(inputs: FindingInputs) -> Measurements:
    """Finding 7: clouds of the glyphs' clustering where it has two clusters, and opposite words."""
    found = _top_responses(inputs)
    opposites = inputs.groups_of(word_lists.OPPOSITES, found.word_ids)
    opposed = sentiment.opposite_words(found.mean, opposites)
    if inputs.num_clusters != 2:
        why = f"The analysis has {inputs.num_clusters} clusters in its glyphs, not two."
        return inconclusive(sentiment.PARTED, why), opposed
    parted = sentiment.parted_clouds(*_polar_clusters(inputs, inputs.shown.affinity))
    if parted.value is not None:
        by_paper = sentiment.youdens_j(*_polar_clusters(inputs, PAPER_AFFINITY))
        parted = replace(parted, paper_value=by_paper)
    return parted, opposed


def _polar_clusters(inputs: FindingInputs, affinity: Affinity) -> list[IntArray]:
    """The clusters of good and of bad words, int[words] each."""
    word_ids, clusters = inputs.word_clusters(inputs.top_layer, affinity)
    return [
        clusters[inputs.groups_of([(word,) for word in listed], word_ids).rows[:, 0]]
        for listed in good_and_bad()
    ]


def conjunction_moves(inputs: FindingInputs) -> tuple[Mapping[str, FloatArray], FloatArray] | str:
    """What finding 8 is measured on, read by the network now, or why it cannot be: for each listed
    conjunction, float64[pairs of clauses] in log odds, and for control words the same,
    float64[words, pairs]."""
    polarity, dataset = inputs.polarity(), inputs.context.project.dataset_of(inputs.model)
    vocabulary = inputs.vocabulary
    conjunctions = [word for word in word_lists.CONJUNCTIONS if word in vocabulary.ids]
    if polarity is None:
        return NO_POLARITY
    if not conjunctions:
        return f"The vocabulary has none of {', '.join(word_lists.CONJUNCTIONS)}."
    if dataset is None:
        return "A recording without its network cannot read new sentences."
    read = open_network(inputs.reading.checkpoint).read

    def move_at(before: Sequence[str], word: str) -> float:
        states = read(vocabulary.encode([*before, word]).tolist())
        # A network with an output layer has h.
        changes = cast(Float32Array, states[-1].hidden_delta)
        return float(changes[-1] @ polarity)

    left_out = {*word_lists.CONJUNCTIONS, *(word for side in good_and_bad() for word in side)}
    controls = control_words(vocabulary.words, vocabulary.train_counts, left_out)
    moves = {
        word: clause_moves(move_at, word, word_lists.CLAUSES, dataset.tokenizer)
        for word in (*conjunctions, *controls)
    }
    return (
        {word: moves[word] for word in conjunctions},
        np.stack([moves[word] for word in controls]),
    )


def measure_context(inputs: FindingInputs) -> Measurements:
    """Finding 8, on sentences that the network reads now."""
    found = conjunction_moves(inputs)
    if isinstance(found, str):
        return (inconclusive(statistic_of(word_lists.CONJUNCTIONS[0]), found),)
    return turning_moves(*found)


@names_state
def measure_languages(inputs: FindingInputs) -> Measurements:
    """Finding 10, in the last layer."""
    found = _top_responses(inputs)
    pairs = inputs.groups_of(word_lists.OLD_AND_MODERN, found.word_ids)
    single = inputs.groups_of([word_lists.OLD_EXCEPTION], found.word_ids)
    return (
        near_partners("mean rank of modern words by likeness to old ones", found.mean, pairs),
        farther_exception(
            "share of old words that rank their modern one higher than thou ranks you",
            found.mean, pairs, single,
        ),
    )  # fmt: skip


@names_state
def measure_layers(inputs: FindingInputs) -> Measurements:
    """Finding 11, for co-clusterings into all numbers, in the state that is shown."""
    top = inputs.top_layer
    if top == 0:
        return (inconclusive(layer_contrast.WEAKER, "The network has only one layer."),)
    tags = inputs.tags(inputs.word_clusters(0)[0])
    tagged = tags != UNTAGGED
    first, last = (
        _layer_labels(inputs, layer, inputs.shown.affinity, tagged) for layer in (0, top)
    )
    by_paper = [_layer_labels(inputs, layer, PAPER_AFFINITY, tagged) for layer in (0, top)]
    evenness = layer_contrast.evenness_gain(by_paper[0], by_paper[1])
    purity = layer_contrast.purity_gain(by_paper[0], by_paper[1], tags[tagged])
    responses = (_clustered_responses(inputs, layer) for layer in (0, top))
    return (
        layer_contrast.weaker_responses(*responses),
        layer_contrast.evener_chips(first, last, paper=evenness),
        layer_contrast.purer_clouds(first, last, tags[tagged], paper=purity),
    )


def _layer_labels(
    inputs: FindingInputs, layer: int, affinity: Affinity, tagged: BoolArray
) -> layer_contrast.LayerLabels:
    words, cells = inputs.word_labels(layer, affinity), inputs.cell_labels(layer, affinity)
    return layer_contrast.LayerLabels(
        np.array(list(cells)),
        np.stack(list(cells.values())),
        np.stack([labels[tagged] for labels in words.values()]),
    )


def _changes(inputs: FindingInputs) -> Iterator[tuple[IntArray, IntArray, Float32Array]]:
    columns = ("sequence", "word_id", f"{inputs.state}_delta")
    for batch in inputs.reading.recording.batches(inputs.top_layer, columns):
        sequences, words, changes = (batch[name] for name in columns)
        yield sequences, words, changes


@names_state
def measure_stability(inputs: FindingInputs) -> Measurements:
    """Finding 12, in the last layer."""
    units = inputs.reading.recording.units[inputs.top_layer]
    with TemporaryFile(dir=inputs.scratch) as file:
        halves = half_means(_changes(inputs), len(inputs.vocabulary), units, file)
        return stable_responses(halves, halves.counts, inputs.minimum_count)


@names_state
def measure_chips(inputs: FindingInputs) -> Measurements:
    """Finding 13, for the chips of the sentence glyphs' clustering in the shown state."""
    return acting_chips(inputs.ablation(), inputs.reading.model.classes)
