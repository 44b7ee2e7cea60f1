"""What earlier stages wrote about one model, as the arrays that findings are measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.co_clusters.shown_clustering import ShownClustering, shown_clustering
from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.configuration.analysis_config import AnalysisConfig
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import UNIVERSAL_TAGS, UNTAGGED, Vocabulary
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.expected_response.unit_dynamics import state_that_is_read
from rnnvis_assets.findings.response_similarity import WordGroups
from rnnvis_assets.findings.sentiment import Documents
from rnnvis_assets.glyphs.glyph_inputs import Reading, read_model
from rnnvis_assets.network.checkpoint_files import load_checkpoint
from warehouse.arrays import BoolArray, Float32Array, FloatArray, IntArray
from warehouse.columns import Table
from warehouse.parquet_tables import read_table, where
from warehouse.schema import (
    CLUSTER_ABLATION,
    CLUSTERING,
    EXPECTED_RESPONSE,
    SENTENCE,
    UNIT_CLUSTER,
    UNIT_SUMMARY,
    WORD_CLUSTER,
)
from warehouse.stored_responses import StoredResponses, open_responses

NEGATIVE, POSITIVE = "negative", "positive"
PAPER_AFFINITY: Affinity = "positive"
"""What the paper's own clusters are made of."""
Labels = Mapping[int, IntArray]
"""Co-clusters int[items] by number of clusters."""
NO_POLARITY = "The network has no linear output layer with classes 'negative' and 'positive'."


@dataclass(frozen=True)
class FindingInputs:
    """A model's corpus, network, recording and tables; the first two are loaded once.

    Raises what the readers of these files raise: StorageError, CheckpointError, RecordingError.
    """

    context: RunContext
    model: str

    @cached_property
    def reading(self) -> Reading:
        return read_model(self.context, self.model)

    @property
    def analysis(self) -> AnalysisConfig:
        return self.context.project.analysis_of(self.model)

    @property
    def seed(self) -> int:
        """What its training was begun with; 0 for a network that was trained elsewhere."""
        config = self.context.project.models[self.model]
        return config.seed if isinstance(config, ModelConfig) else 0

    @property
    def vocabulary(self) -> Vocabulary:
        return self.reading.corpus.vocabulary

    @property
    def top_layer(self) -> int:
        return self.reading.top_layer

    @cached_property
    def state(self) -> str:
        """The state that is shown first: one of the top layer that the network reads."""
        rows = read_table(
            self._path(UNIT_SUMMARY),
            columns=["state", "saturated"],
            filters=where(layer=self.top_layer),
        )
        means = rows.group_by("state").aggregate([("saturated", "mean")])
        names, fractions = (means[name].to_pylist() for name in ("state", "saturated_mean"))
        return state_that_is_read(dict(zip(names, fractions, strict=True)))

    @cached_property
    def shown(self) -> ShownClustering:
        """The clustering of the sentence glyphs."""
        return shown_clustering(self.context, self.model)

    @property
    def num_clusters(self) -> int:
        return self.shown.num_clusters

    @property
    def minimum_count(self) -> int:
        return self.analysis.co_clusters.minimum_count

    def responses(self, layer: int, state: str) -> StoredResponses:
        """Mean responses of the words with ``minimum_count`` occurrences or more, by word id."""
        path = self._path(EXPECTED_RESPONSE)
        return open_responses(path, layer, state, minimum_count=self.minimum_count)

    def word_clusters(
        self, layer: int, affinity: Affinity | None = None
    ) -> tuple[IntArray, IntArray]:
        """Ids and co-clusters of the clustered words, by word id, in the clustering of the sentence
        glyphs, or one of another affinity into as many clusters."""
        rows = self._co_clusters(WORD_CLUSTER, layer, affinity or self.shown.affinity)
        shown = rows.filter(where(num_clusters=self.num_clusters)).sort_by("word_id")
        return shown["word_id"].to_numpy(), shown["cluster"].to_numpy()

    def word_labels(self, layer: int, affinity: Affinity) -> Labels:
        """The co-clusters int[words] of the clustered words, by word id, by number of clusters."""
        return _labels(self._co_clusters(WORD_CLUSTER, layer, affinity), ["word_id"])

    def cell_labels(self, layer: int, affinity: Affinity) -> Labels:
        """The same of units, or of their directions, int[cells]."""
        return _labels(self._co_clusters(UNIT_CLUSTER, layer, affinity), ["unit", "direction"])

    def ablation(self) -> pa.Table:
        """What silencing each chip of the sentence glyphs' clustering costs, in the shown state of
        every layer; no rows for a network that cannot be stepped."""
        shown = where(state=self.state, **vars(self.shown))
        return read_table(self._path(CLUSTER_ABLATION), filters=shown)

    def tags(self, word_ids: IntArray) -> IntArray:
        """The most frequent universal tag of words, an index of ``UNIVERSAL_TAGS`` or -1."""
        places = {tag: place for place, tag in enumerate(UNIVERSAL_TAGS)}
        found = (self.vocabulary.tags[word] for word in word_ids)
        return np.array([places.get(tag or "", UNTAGGED) for tag in found], np.int64)

    def polarity(self) -> Float32Array | None:
        """float32[units]: u_negative - u_positive of the output layer, for the units of the top
        layer, or None without them."""
        classes, output = self.reading.model.classes, self.reading.model.output
        if output is None or not {NEGATIVE, POSITIVE} <= set(classes):
            return None
        weight = output.parts(self.reading.recording.units)[-1].weight.numpy()
        difference: Float32Array = weight[classes.index(NEGATIVE)] - weight[classes.index(POSITIVE)]
        return difference

    def embedding(self) -> Float32Array | None:
        """float32[words, embedding_size]: what a network that was trained here reads; None for an
        external one, whose input may be anything."""
        if not isinstance(self.context.project.models[self.model], ModelConfig):
            return None
        weight = load_checkpoint(self.reading.checkpoint).network.embedding.weight
        embedding: Float32Array = weight.detach().numpy()
        return embedding

    def labelled(self) -> Documents:
        """The labelled documents of the recorded split, in its order."""
        columns = ["sentence_id", "label", "predicted", "probability"]
        table = read_table(self._path(SENTENCE), columns=columns).sort_by("sentence_id")
        table = table.filter(pc.is_valid(table["label"]))
        # A document without tokens has no prediction: it was not recognised, nor ranked.
        called = _are_negative(table["predicted"])
        probability = table["probability"].fill_null(0.5).to_numpy().astype(np.float64)
        return Documents(
            negative=_are_negative(table["label"]),
            probability=np.where(called, probability, 1 - probability),
            called_negative=called,
        )

    def unit_summary(self, state: str) -> dict[str, FloatArray]:
        """Figures of every unit of the last layer, float64[units] each: ``std``, ``delta_mean``,
        ``delta_std``, ``preserved_centred`` (NaN where it is not defined)."""
        chosen = where(layer=self.top_layer, state=state)
        names = ("std", "delta_mean", "delta_std", "preserved_centred")
        table = read_table(
            self._path(UNIT_SUMMARY), columns=["unit", *names], filters=chosen
        ).sort_by("unit")
        return {name: table[name].to_numpy().astype(np.float64) for name in names}

    def stability(self) -> float:
        """Of the clustering of the sentence glyphs in the last layer, between k-means seeds."""
        rows = self._co_clusters(CLUSTERING, self.top_layer, self.shown.affinity)
        (shown,) = rows.filter(where(num_clusters=self.num_clusters)).to_pylist()
        return float(shown["stability"])

    def groups_of(self, groups: Sequence[Sequence[str]], word_ids: IntArray) -> WordGroups:
        """The groups of words that are all among ``word_ids``, by their rows there."""
        places = {int(word): row for row, word in enumerate(word_ids)}
        ids = self.vocabulary.ids
        rows = [[places.get(ids.get(word, -1), -1) for word in group] for group in groups]
        there = [place for place, group in enumerate(rows) if min(group) >= 0]
        found = np.array([rows[place] for place in there], np.int64)
        return WordGroups(
            tuple(tuple(groups[place]) for place in there),
            found.reshape(len(there), len(groups[0])),
        )

    @property
    def scratch(self) -> Path:
        """A folder for scratch files."""
        return self._path(EXPECTED_RESPONSE).parent

    def _path(self, table: Table) -> Path:
        return self.context.storage.table(self.model, table.name)

    def _co_clusters(self, table: Table, layer: int, affinity: Affinity) -> pa.Table:
        """The rows of one affinity, for every number of clusters, in the shown state of a layer."""
        chosen = where(layer=layer, state=self.state, affinity=affinity)
        return read_table(self._path(table), filters=chosen)


def _are_negative(column: pa.ChunkedArray) -> BoolArray:
    """bool[rows]: False for nulls."""
    found: BoolArray = pc.equal(column, NEGATIVE).fill_null(False).to_numpy()
    return found


def _labels(rows: pa.Table, items: Sequence[str]) -> Labels:
    ordered = rows.sort_by([(name, "ascending") for name in ("num_clusters", *items)])
    numbers, starts = np.unique(ordered["num_clusters"].to_numpy(), return_index=True)
    parts = np.split(ordered["cluster"].to_numpy(), starts[1:])
    return dict(zip(numbers.tolist(), parts, strict=True))
