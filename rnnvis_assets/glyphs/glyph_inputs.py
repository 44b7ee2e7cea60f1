"""All that the stage ``glyphs`` reads of a model, and a recording block by block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.co_clusters.shown_clustering import ShownClustering
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.model_kinds.model_kinds import read_model_metadata
from rnnvis_assets.network.model_metadata import ModelMetadata
from rnnvis_assets.recording.recording_plan import recorded_split, sequence_and_position
from warehouse.arrays import AnyArray, Int32Array
from warehouse.chips import Chips
from warehouse.errors import AnalysisError, RecordingError
from warehouse.parquet_tables import read_table, where
from warehouse.recordings import Recording
from warehouse.schema import UNIT_CLUSTER


@dataclass(frozen=True)
class SentenceBlock:
    """Consecutive rows of a recording and the sentence and position of each, int32[rows]."""

    start: int
    stop: int
    sentence: Int32Array
    position: Int32Array
    columns: Mapping[str, AnyArray]


@dataclass(frozen=True)
class Reading:
    """A recorded split: its text, its recording, the facts of the model that read it, and the
    folder of its checkpoint."""

    corpus: Corpus
    split: Split
    recording: Recording
    model: ModelMetadata
    checkpoint: Path

    @property
    def top_layer(self) -> int:
        return self.recording.num_layers - 1

    def blocks(self, layer: int, columns: Sequence[str]) -> Iterator[SentenceBlock]:
        """Yields all rows of a layer, in order."""
        start = 0
        for batch in self.recording.batches(layer, columns):
            stop = start + len(batch[columns[0]])
            places = sequence_and_position(self.split.sentence_offsets, start, stop)
            yield SentenceBlock(start, stop, *places, batch)
            start = stop


def read_model(context: RunContext, model: str) -> Reading:
    """Loads what earlier stages wrote.

    Raises RecordingError where the recording is not one of this split by this network, and what
    the loaders raise.
    """
    storage, project = context.storage, context.project
    corpus = load_corpus(storage.corpus(project.corpus_of(model)))
    facts = read_model_metadata(context, model, corpus)
    split = recorded_split(corpus, project.analysis_of(model).recording)
    recording = open_recorded(context, model)
    recorded = recording.num_tokens, recording.source["weights_sha256"]
    expected = split.num_tokens, facts.weights_sha256
    if recorded != expected:
        raise RecordingError(
            f"{recording.folder} holds (tokens, SHA-256 of the weights) {recorded}, but the split "
            f"and the checkpoint are {expected}",
            repair=f"rnnvis materialize {model}",
        )
    return Reading(corpus, split, recording, facts, storage.checkpoint(model))


def read_chips(
    context: RunContext, model: str, shown: ShownClustering
) -> Mapping[tuple[int, str], Chips]:
    """The unit clusters that the glyphs are drawn for, by layer and state.

    Raises AnalysisError where the co-clustering that the glyphs are drawn for was not made.
    """
    path = context.storage.table(model, UNIT_CLUSTER.name)
    table = read_table(path).filter(where(**vars(shown)))
    if not table.num_rows:
        raise AnalysisError(
            f"{path} has no {shown.affinity!r} co-clustering into {shown.num_clusters}",
            repair=f"rnnvis materialize {model}",
        )
    chips = {}
    for row in table.group_by(["layer", "state"], use_threads=False).aggregate([]).to_pylist():
        cells = table.filter(where(**row))
        chips[row["layer"], row["state"]] = Chips(
            shown.num_clusters,
            *(cells[name].to_numpy() for name in ("unit", "direction", "cluster")),
        )
    return chips
