"""The table contract: every table and column of a release, described once.

DDL, Arrow schemas, Dagster's column metadata, the schema checks and the documentation are all
generated from ``TABLES`` (a release's) and ``COMPARISON_TABLES``. Layers, units, clusters, positions and word ids count from 0.
"""

from collections.abc import Mapping
from types import MappingProxyType

from warehouse.columns import UNIT_ARRAY, Column, Table

_STATISTICS = {
    "mean": "mean", "std": "standard deviation", "minimum": "smallest", "q09": "9 % quantile",
    "q25": "25 % quantile", "q50": "median", "q75": "75 % quantile", "q91": "91 % quantile",
    "maximum": "largest",
}  # fmt: skip
STATISTICS = tuple(_STATISTICS)
QUANTILES: Mapping[str, float] = MappingProxyType(
    {"q09": 0.09, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q91": 0.91}
)


def _statistics(prefix: str, what: str, nullable: bool = False) -> tuple[Column, ...]:
    return tuple(
        Column(f"{prefix}{name}", "FLOAT", f"{described} of {what}", nullable=nullable)
        for name, described in _STATISTICS.items()
    )


_LAYER = Column("layer", "INTEGER", "layer of the network, from 0 (nearest the input)", key=True)
_STATE = Column(
    "state",
    "VARCHAR",
    "'hidden' (h), 'cell' (c of an LSTM, or what a matrix memory's mean query reads) or 'cell_output' (an LSTM's tanh c)",
    key=True,
)
_UNIT = Column("unit", "INTEGER", "unit of the layer, from 0", key=True)
_AFFINITY = Column(
    "affinity",
    "VARCHAR",
    "how responses became non-negative; signed: every unit in two directions",
    key=True,
)
_NUM_CLUSTERS = Column("num_clusters", "INTEGER", "k, the number of co-clusters", key=True)
_SENTENCE = Column("sentence_id", "INTEGER", "sentence of the recorded split, from 0", key=True)
_POSITION = Column("position", "INTEGER", "word within the sentence, from 0", key=True)
_WORD = Column("word_id", "INTEGER", "index in the vocabulary", key=True)
_CO_CLUSTERING = (_LAYER, _STATE, _AFFINITY, _NUM_CLUSTERS)

MODEL = Table("model", "The network that this release analyses: one row.", (
    Column("name", "VARCHAR", "the model's name in configs/models", key=True),
    Column("dataset", "VARCHAR", "the dataset's name in configs/datasets; the model's own, where its text came with it"),
    Column("task", "VARCHAR", "language_model, classification, or none: nothing is predicted"),
    Column("cell", "VARCHAR", "rnn (tanh), rnn_relu, lstm, gru, another name, or mixed; see the table layer"),
    Column("num_layers", "INTEGER", "recurrent layers"),
    Column("hidden_size", "INTEGER", "units a layer; of the last one where they differ (see the table layer)"),
    Column("embedding_size", "INTEGER", "size of a word's embedding; null where it is not known", nullable=True),
    Column("vocabulary_size", "INTEGER", "words in the vocabulary"),
    Column("num_parameters", "BIGINT", "trained numbers, tied ones counted once; null where not known", nullable=True),
    Column("seed", "BIGINT", "seed of the training; null for an external model", nullable=True),
    Column("recorded_split", "VARCHAR", "train, validation or test"),
    Column("num_tokens", "BIGINT", "tokens recorded"),
    Column("split_tokens", "BIGINT", "tokens of that split; more than num_tokens where recording.tokens limits what is recorded"),
    Column("precision", "VARCHAR", "how the recorded numbers are stored: float32 or float16"),
    Column("largest_rounding", "DOUBLE", "the most that storing a recorded number so has changed it; 0 for float32"),
    Column("release_id", "VARCHAR", "name of this release, as in CURRENT", volatile=True),
    Column("created_at", "TIMESTAMPTZ", "when this release was built", volatile=True),
    Column("weights_sha256", "VARCHAR", "SHA-256 of weights.safetensors"),
    Column("spec", "JSON", "the validated configuration: model, dataset and analysis"),
    Column("versions", "JSON", "library versions, as trained_on the machine and precision of the training, and as tagger what tagged the words, or why nothing did", volatile=True),
))  # fmt: skip

LAYER = Table("layer", "The recurrent layers, each direction of a bidirectional one by itself.", (
    _LAYER,
    Column("name", "VARCHAR", "the layer's name, as the viewer shows it"),
    Column("cell", "VARCHAR", "what it computes: rnn (tanh), rnn_relu, lstm, gru, …; null where not known", nullable=True),
    Column("direction", "VARCHAR", "forward, or backward: it reads a sequence from its end"),
    Column("units", "INTEGER", "its units"),
    Column("states", "VARCHAR[]", "the states that are analysed: hidden (h), cell (c), cell_output (tanh c)"),
    Column("gated_state", "VARCHAR", "the state that the keep gate acts on; null without a gate", nullable=True),
))  # fmt: skip

EVALUATION = Table("evaluation", "Figures of the trained network, by the evaluation after training, which cuts a split into streams of its own: a recording's perplexity differs in the fourth digit.", (
    Column("split", "VARCHAR", "train, validation or test", key=True),
    Column("metric", "VARCHAR", "loss (nats), perplexity, accuracy, balanced_accuracy, …", key=True),
    Column("value", "DOUBLE", "the figure"),
))  # fmt: skip

TRAINING_LOG = Table("training_log", "What training reported as it went.", (
    Column("step", "BIGINT", "optimiser steps taken", key=True),
    Column("epoch", "INTEGER", "epoch, from 0"),
    Column("split", "VARCHAR", "train or validation", key=True),
    Column("loss", "DOUBLE", "mean cross-entropy in nats since the last row of this split"),
    Column("metric", "VARCHAR", "perplexity (language model) or accuracy (classification)"),
    Column("value", "DOUBLE", "the metric's value"),
    Column("learning_rate", "DOUBLE", "learning rate at this step"),
    Column("gradient_norm", "DOUBLE", "mean 2-norm before clipping; null on validation rows", nullable=True),
    Column("gradient_norm_embedding", "DOUBLE", "the same, of only the embedding", nullable=True),
    Column("gradient_norm_rnn", "DOUBLE", "the same, of only the recurrent layers", nullable=True),
    Column("gradient_norm_decoder", "DOUBLE", "the same, of only the output layer", nullable=True),
    Column("tokens_per_second", "DOUBLE", "training speed; null on validation rows", nullable=True, volatile=True),
    Column("seconds", "DOUBLE", "training time so far, resumed runs added up", volatile=True),
))  # fmt: skip

VOCABULARY = Table("vocabulary", "The words that the network knows.", (
    _WORD,
    Column("word", "VARCHAR", "the word as the network reads it"),
    Column("train_count", "BIGINT", "occurrences in the training split"),
    Column("recorded_count", "BIGINT", "occurrences in the recorded split"),
    Column("pos", "VARCHAR", "most frequent universal part-of-speech tag; null without tagger data", nullable=True),
    Column("pos_share", "FLOAT", "fraction of the occurrences that have this tag", nullable=True),
))  # fmt: skip

SENTENCE = Table("sentence", "Sentences (lines) or documents of the recorded split.", (
    _SENTENCE,
    Column("label", "VARCHAR", "class of the document; null for a language model", nullable=True),
    Column("predicted", "VARCHAR", "class that the network chose", nullable=True),
    Column("probability", "FLOAT", "probability of the predicted class", nullable=True),
    Column("num_tokens", "INTEGER", "tokens in the sentence"),
    Column("text", "VARCHAR", "the tokens, joined by blanks, unknown words still in place"),
))  # fmt: skip

SENTENCE_START = Table("sentence_start", "Language models: the mean state before the first word of a sentence; empty for other models.", (
    _LAYER, _STATE, _UNIT,
    Column("mean", "FLOAT", "mean state after the last word of a sentence"),
))  # fmt: skip

TOKEN = Table("token", "Tokens of the recorded split, and what the network expected next.", (
    _SENTENCE,
    _POSITION,
    Column("token", "BIGINT", "index in the split, as in the recording"),
    Column("word_id", "INTEGER", "index in the vocabulary"),
    Column("next_probability", "FLOAT", "language model: probability of the word that follows; null after the last token", nullable=True),
    Column("top_words", "INTEGER[]", "language model: word ids of the five likeliest next words", nullable=True),
    Column("top_probabilities", "FLOAT[]", "their probabilities, in the same order", nullable=True),
))  # fmt: skip

EXPECTED_RESPONSE = Table("expected_response", "How each word changes the state, unit by unit (paper, Eq. 5).", (
    _LAYER, _STATE, _WORD,
    Column("count", "BIGINT", "recorded occurrences of the word as input"),
    Column("mean", UNIT_ARRAY, "mean of s_t - s_(t-1) over the occurrences, a value a unit"),
    *(Column(name, UNIT_ARRAY, f"{level:.0%} quantile of the same changes, linear interpolation") for name, level in QUANTILES.items()),
))  # fmt: skip

UNIT_SUMMARY = Table("unit_summary", "Each unit's values, changes and gate over all recorded steps.", (
    _LAYER, _STATE, _UNIT,
    *_statistics("", "the state s_t"),
    Column("saturated", "FLOAT", "fraction of steps with |h| (of a cell state c: |tanh c|) over 0.99; null where h is not bounded by 1, and of a matrix memory", nullable=True),
    Column("half_life", "FLOAT", "steps after which half of a deviation from the mean is left: -ln 2 / ln of the correlation of s_t with s_(t-1), 0 where that is not above 0; null for a constant", nullable=True),
    Column("drift", "FLOAT", "|mean| over standard deviation; null for a constant", nullable=True),
    Column("preserved", "FLOAT", "fraction of |s_t| that was in s_(t-1) (Eq. 7), over all steps but the first of a sequence; of a matrix memory's cell, whose loss is known, of |s_(t-1)| that was left after it; null for a state of zero", nullable=True),
    Column("preserved_centred", "FLOAT", "fraction of |s_t| that was in s_(t-1), of s less its mean; null for a constant", nullable=True),
    *_statistics("delta_", "the change s_t - s_(t-1)"),
    *_statistics("keep_", "the keep gate (LSTM f, GRU z in PyTorch's convention)", nullable=True),
    Column("keep_below_0_1", "FLOAT", "fraction of steps with the keep gate under 0.1", nullable=True),
    Column("keep_above_0_9", "FLOAT", "fraction of steps with the keep gate over 0.9", nullable=True),
    Column("keep_half_life", "FLOAT", "steps after which the mean keep gate leaves half of a state: -ln 2 / ln of the mean", nullable=True),
))  # fmt: skip

UNIT_CLUSTER = Table("unit_cluster", "The co-cluster of every unit, or of each of its two directions.", (
    *_CO_CLUSTERING, _UNIT,
    Column("direction", "INTEGER", "signed: 1 the unit as it rises, -1 as it falls, two rows a unit; else 0, the whole unit", key=True),
    Column("cluster", "INTEGER", "co-cluster, from 0, ascending in number of units or directions"),
))  # fmt: skip

WORD_CLUSTER = Table("word_cluster", "The co-cluster of every clustered word.", (
    *_CO_CLUSTERING, _WORD,
    Column("cluster", "INTEGER", "co-cluster, from 0, in the order of the unit clusters"),
    Column("centrality", "FLOAT", "1 at the centroid of the cluster's responses, falling with distance"),
    Column("strength", "FLOAT", "norm of the word's responses over the units of its co-cluster (signed: those in their direction), shrunk for rare words"),
))  # fmt: skip

CLUSTER_LINK = Table("cluster_link", "Mean response between word and unit clusters (paper, Eq. 8); signed: of a falling direction, the negative response.", (
    *_CO_CLUSTERING,
    Column("word_cluster", "INTEGER", "co-cluster of the words", key=True),
    Column("unit_cluster", "INTEGER", "co-cluster of the units", key=True),
    Column("weight", "DOUBLE", "mean response of the words in these units; 0 where either side is empty"),
    Column("positive", "DOUBLE", "mean of the positive parts"),
    Column("negative", "DOUBLE", "mean of the negative parts (not above 0)"),
))  # fmt: skip

CLUSTERING = Table("clustering", "Quality of every co-clustering.", (
    *_CO_CLUSTERING,
    Column("num_words", "INTEGER", "words clustered"),
    Column("seed", "INTEGER", "seed of the labels kept: the lowest normalized cut of all seeds"),
    Column("normalized_cut", "DOUBLE", "normalized cut of the bipartite graph (Dhillon 2001), from 0 to k"),
    Column("stability", "DOUBLE", "mean adjusted Rand index between the labels of five seeds"),
    Column("sign_coherence", "DOUBLE", "absolute sum over sum of absolute responses within pairs: 1 where no signs cancel"),
    Column("empty_word_clusters", "INTEGER", "clusters without a word"),
    Column("chance_cut", "DOUBLE", "normalized cut where each unit's responses are dealt to the words at random"),
    Column("chance_stability", "DOUBLE", "stability of these, between two seeds"),
    Column("chance_coherence", "DOUBLE", "sign coherence of these"),
    Column("invariance", "DOUBLE", "mean adjusted Rand index between the labels and those after random changes of the units' signs, same seed; 1: the signs do not matter"),
    Column("head_agreement", "DOUBLE", "adjusted Rand index between the clusters of the cells and the heads of their units: 1 where each cluster is a head; null without heads of several units", nullable=True),
))  # fmt: skip

_BOOTSTRAPPED = (
    Column("num_tokens", "INTEGER", "predictions in the mean: after a token each; of a classifier, after a document"),
    Column("cost", "DOUBLE", "mean loss of the measure by silencing; above 0 where the network does worse"),
    Column("lower", "DOUBLE", "lower end of the cost's 95 % bootstrap interval over sentences"),
    Column("upper", "DOUBLE", "upper end of the cost's 95 % bootstrap interval over sentences"),
)  # fmt: skip


def _random_sets(kind: str, rank: str, which: str) -> tuple[Column, ...]:
    return (
        Column(f"{kind}_mean", "DOUBLE", f"mean cost of {which}"),
        Column(f"{kind}_lower", "DOUBLE", f"smallest cost of {which}"),
        Column(f"{kind}_upper", "DOUBLE", f"largest cost of {which}"),
        Column(rank, "INTEGER", f"rank of the cost among {which}: 1 above all, num_sets + 1 below all"),
    )  # fmt: skip


CLUSTER_ABLATION = Table("cluster_ablation", "What is lost when a unit cluster is silenced, next to random sets of as many directions; empty for a network that cannot be stepped.", (
    *_CO_CLUSTERING,
    Column("cluster", "INTEGER", "unit cluster whose directions are held at their units' means", key=True),
    Column("scope", "VARCHAR", "what is predicted: all; own_words: what follows a word of the paired word cluster; other_words; class:NAME: documents of a class", key=True),
    Column("measure", "VARCHAR", "loss (nats); of a class recall, log_odds (nats) or auc (area under its curve)", key=True),
    *_BOOTSTRAPPED,
    Column("num_sets", "INTEGER", "random sets of either kind"),
    *_random_sets("random", "rank", "the random sets"),
    *_random_sets("matched", "matched_rank", "the random sets that match in strength"),
))  # fmt: skip

UNIT_ABLATION = Table("unit_ablation", "What is lost when one direction (or a whole unit) is silenced by itself, in nats a prediction.", (
    _LAYER, _STATE, _UNIT,
    Column("direction", "INTEGER", "+1: held at most at its mean; -1: at least; 0: at it", key=True),
    *_BOOTSTRAPPED,
))  # fmt: skip

GLYPH = Table("glyph", "What each word did to each unit cluster, for the analysis' default affinity and k; signed: of a falling direction, the negative state.", (
    _SENTENCE, _POSITION, *_CO_CLUSTERING,
    Column("positive", "FLOAT[]", "sum of the positive states of each cluster (alpha+)"),
    Column("negative", "FLOAT[]", "sum of the negative states of each cluster (alpha-)"),
    Column("positive_change", "FLOAT[]", "change of alpha+ since the previous step"),
    Column("negative_change", "FLOAT[]", "change of alpha- since the previous step"),
    Column("written", "FLOAT[]", "cell of a matrix memory: the part of the change that the word wrote; with lost, the sum of both changes; else null", nullable=True),
    Column("lost", "FLOAT[]", "the part of the change by which the state before decayed or was erased; null where written is", nullable=True),
    Column("preserved", "FLOAT[]", "fraction of the current state kept from the previous step (Eq. 7); where lost is known, of the previous state, after the loss"),
    Column("keep", "FLOAT[]", "fraction of the previous state that the gate keeps; null without a gate or for an LSTM's h", nullable=True),
))  # fmt: skip

CONTRIBUTION = Table("contribution", "What each word adds to each class, by the change of the state (paper, Eq. 3) and by integrated gradients; empty for a language model.", (
    _SENTENCE, _POSITION,
    Column("class", "VARCHAR", "name of the class", key=True),
    Column("value", "FLOAT", "u_i · change of h; these add up to the logit less its bias; null for an imported network without a linear output layer over the last h", nullable=True),
    Column("integrated_gradients", "FLOAT", "the same by integrated gradients (Sundararajan et al. 2017), which add up to about the logit less that of zero embeddings; null after the first documents (20,000 tokens) and where an imported network cannot be differentiated", nullable=True),
))  # fmt: skip

FINDING = Table("finding", "The paper's claims about such networks, measured on this one and judged: a row a statistic.", (
    Column("id", "INTEGER", "number of the claim, as in docs/findings.md", key=True),
    Column("claim", "VARCHAR", "the claim, in words"),
    Column("source", "VARCHAR", "where the paper says so"),
    Column("statistic", "VARCHAR", "what was measured", key=True),
    Column("value", "DOUBLE", "the statistic; null where it could not be had", nullable=True),
    Column("interval_low", "DOUBLE", "lower end of its 95 % interval", nullable=True),
    Column("interval_high", "DOUBLE", "upper end of its 95 % interval", nullable=True),
    Column("interval_over", "VARCHAR", "what the interval is taken over, by the bootstrap: words, pairs of words, units, sentences, documents; or, by Student's t, seeds", nullable=True),
    Column("p_value", "DOUBLE", "two-sided p value of the threshold, by the same resamples", nullable=True),
    Column("p_adjusted", "DOUBLE", "the same, by Holm's adjustment over the parts of the claim", nullable=True),
    Column("reference_value", "DOUBLE", "what it is compared with: chance, or the figure of the other side of a difference", nullable=True),
    Column("threshold", "DOUBLE", "set beforehand: what the whole interval must lie beyond for the claim to hold", nullable=True),
    Column("verdict", "VARCHAR", "supported, not supported or inconclusive"),
    Column("explanation", "VARCHAR", "what the numbers mean, or why there are none"),
    Column("paper_value", "DOUBLE", "the same statistic with the paper's own affinity, positive; null where no clusters are judged", nullable=True),
))  # fmt: skip

COMPARED = Table("compared", "The networks that a comparison compares: a row each.", (
    Column("role", "VARCHAR", "what it stands for: rnn, lstm, gru; as_it_comes, balanced; network (of several seeds)", key=True),
    Column("model", "VARCHAR", "the model's name, in order of the seeds", key=True),
    Column("weights_sha256", "VARCHAR", "SHA-256 of its weights.safetensors"),
))  # fmt: skip

FINDING_BY_SEED = Table("finding_by_seed", "What the networks of each seed have by themselves: a row a seed and statistic of the table finding.", (
    Column("seed", "INTEGER", "seed of the network in the first role", key=True),
    Column("id", "INTEGER", "number of the claim", key=True),
    Column("statistic", "VARCHAR", "what was measured", key=True),
    Column("value", "DOUBLE", "the statistic of this seed; null where it could not be had", nullable=True),
    Column("verdict", "VARCHAR", "what this seed's networks say, by an interval of their own"),
))  # fmt: skip

MODEL_SIMILARITY = Table("model_similarity", "How alike two compared networks represent the same text, layer by layer: linear CKA (Kornblith et al. 2019).", (
    Column("first", "VARCHAR", "role of a network (its first seed); where seeds are compared, its name", key=True),
    Column("first_layer", "INTEGER", "its layer, from 0 at the input", key=True),
    Column("second", "VARCHAR", "role of another network", key=True),
    Column("second_layer", "INTEGER", "its layer, from 0 at the input", key=True),
    _STATE,
    Column("measured", "VARCHAR", "states: at the first tokens of the split; responses: mean responses to the words that both respond to", key=True),
    Column("shared", "BIGINT", "tokens or words that are compared"),
    Column("cka", "DOUBLE", "linear CKA, from 0 to 1 (equal but for rotation and scale); null where a network responds to all alike", nullable=True),
    Column("chance", "DOUBLE", "the same where tokens or words are dealt at random", nullable=True),
))  # fmt: skip

_TRACK = Column("track", "VARCHAR", "the annotation's name", key=True)

ANNOTATION = Table("annotation", "Annotations that came with a recording, token by token; empty for other models.", (
    _SENTENCE, _POSITION, _TRACK,
    Column("category", "VARCHAR", "the token's category; null where the annotation is numeric", nullable=True),
    Column("value", "DOUBLE", "the token's number; null where the annotation is categorical", nullable=True),
))  # fmt: skip

WORD_ANNOTATION = Table("word_annotation", "What the annotations say of each word that carries any.", (
    _TRACK, _WORD,
    Column("count", "BIGINT", "tokens of the word that carry a category or a number"),
    Column("category", "VARCHAR", "the most frequent category; null where the annotation is numeric", nullable=True),
    Column("share", "FLOAT", "fraction of those tokens that have this category", nullable=True),
    Column("mean", "DOUBLE", "mean of the numbers; null where the annotation is categorical", nullable=True),
))  # fmt: skip

MEMORY_HEAD = Table("memory_head", "The heads of layers with a matrix memory, each a matrix of its own; empty for other models.", (
    _LAYER,
    Column("head", "INTEGER", "head of the layer, from 0", key=True),
    Column("first_unit", "INTEGER", "its first unit; a unit is one of its value channels, as one of its readers reads it"),
    Column("num_units", "INTEGER", "its units"),
    Column("coverage", "FLOAT", "fraction of the variance of what the head really reads that c, what its mean query and any further readers read, explains; null where it is constant", nullable=True),
    Column("half_life", "FLOAT", "steps after which its mean decay leaves half: -ln 2 / ln of the mean; null where nothing decays", nullable=True),
    Column("mean_norm", "FLOAT", "mean Frobenius norm of the matrix, at steps spread over the text"),
    Column("effective_rank", "FLOAT", "exp of the entropy of its singular values as shares (Roy and Vetterli 2007), mean at the same steps; null for an empty matrix", nullable=True),
    Column("first_token_share", "FLOAT", "fraction of the written energy, |k|² |v|², that falls on the first steps of sequences"),
    Column("sink", "BOOLEAN", "whether a first step writes more than ten times the mean energy of all steps"),
))  # fmt: skip

WORD_PIECE = Table("word_piece", "The pieces (sub-words) that the network reads for a word; empty for models that read whole words.", (
    _WORD,
    Column("pieces", "VARCHAR[]", "text of each piece, in order; a leading blank is part of it"),
))  # fmt: skip

PROVENANCE = Table("provenance", "What this release was made of: a row a stage, the release itself included.", (
    Column("stage", "VARCHAR", "the stage, as in Dagster", key=True),
    Column("partition", "VARCHAR", "the model or dataset that it was run for"),
    Column("data_version", "VARCHAR", "hash of what it wrote, the corpus's checksum among them; null for the release", nullable=True),
    Column("fingerprint", "JSON", "versions of all that it depends on: settings, code, tables, libraries, inputs; null for the release", nullable=True, volatile=True),
    Column("run_id", "VARCHAR", "Dagster's run; null where it was run without Dagster", nullable=True, volatile=True),
    Column("git_commit", "VARCHAR", "commit of the code; null for an installed package", nullable=True, volatile=True),
    Column("tree_clean", "BOOLEAN", "whether the code was as committed; null for an installed package", nullable=True, volatile=True),
    Column("machine", "VARCHAR", "host, system and processor; null where an older version did not note it", nullable=True, volatile=True),
    Column("created_at", "TIMESTAMPTZ", "when it ended; for the release, when it began", volatile=True),
    Column("seconds", "DOUBLE", "how long it took; null for the release", nullable=True, volatile=True),
    Column("peak_memory_mib", "DOUBLE", "largest memory of its process in MiB; null for the release", nullable=True, volatile=True),
))  # fmt: skip

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in (
    MODEL, LAYER, EVALUATION, TRAINING_LOG, VOCABULARY, SENTENCE, SENTENCE_START, TOKEN,
    EXPECTED_RESPONSE,
    UNIT_SUMMARY, UNIT_CLUSTER, WORD_CLUSTER, CLUSTER_LINK, CLUSTERING, CLUSTER_ABLATION,
    UNIT_ABLATION, GLYPH, CONTRIBUTION, ANNOTATION, WORD_ANNOTATION,
    MEMORY_HEAD, WORD_PIECE, FINDING, PROVENANCE,
)})  # fmt: skip

COMPARISON_TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (COMPARED, MODEL_SIMILARITY, FINDING, FINDING_BY_SEED)}
)
"""The tables of a comparison, which has a file of its own."""

ALL_TABLES: Mapping[str, Table] = MappingProxyType({**TABLES, **COMPARISON_TABLES})
"""Those of both kinds of files."""
