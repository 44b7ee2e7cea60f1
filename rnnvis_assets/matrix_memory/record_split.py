"""Recording the split that an analysis names, of a network that remembers in matrices."""

from dataclasses import replace

from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.matrix_memory.head_figures import head_columns
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from rnnvis_assets.matrix_memory.memory_source import MemorySource
from rnnvis_assets.matrix_memory.sentence_states import write_readers
from rnnvis_assets.recording.record_trained import recording_output
from rnnvis_assets.recording.recording_plan import Offsets, describe_recording, recorded_split
from warehouse.atomic_files import remove_leftovers
from warehouse.parquet_tables import write_table
from warehouse.schema import MEMORY_HEAD


def record_split(
    context: RunContext,
    model: str,
    network: MemorySource,
    corpus: Corpus,
    sequences: Offsets,
    weights_sha256: str,
) -> StageOutput:
    """What the stage ``recording`` writes of such a network: its recording, factors and readers,
    and the figures of its heads. Raises what ``record_memory`` does."""
    storage, wanted = context.storage, context.project.analysis_of(model).recording
    split = recorded_split(corpus, wanted)
    folder = storage.recording(model, wanted.split)
    remove_leftovers(folder.parent)
    report = record_memory(
        network,
        split.word_ids,
        sequences,
        folder,
        source=describe_recording(wanted.split, split, sequences, weights_sha256),
        wanted=wanted,
        report=context.report,
    )
    if report.coverage:
        context.report(f"{model}: {report.coverage}")
    readers = write_readers(storage.checkpoint(model), report.factors)
    heads = storage.table(model, MEMORY_HEAD.name)
    columns = head_columns(report.heads) or MEMORY_HEAD.columns_of(())
    rows = write_table(heads, MEMORY_HEAD, columns)
    output = recording_output(report, corpus.splits[wanted.split].num_tokens)
    return replace(
        output,
        files=(*output.files, *report.factors.files, readers, heads),
        row_counts={**output.row_counts, MEMORY_HEAD.name: rows},
        figures={**output.figures, "pieces": report.num_pieces},
    )
