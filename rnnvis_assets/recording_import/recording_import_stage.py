"""What the stages ``checkpoint`` and ``recording`` do where there is only a recording of a network.

The recording's folder is read by these two alone. What they write holds all that the other stages
need, so the folder may go afterwards.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.external_model_config import RecordedModel
from rnnvis_assets.corpus.corpus_files import corpus_files, load_corpus, save_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.network.model_metadata import ModelMetadata, load_metadata, save_metadata
from rnnvis_assets.recording.sequence_offsets import describe_recording
from rnnvis_assets.recording_import.annotation_tables import write_annotations
from rnnvis_assets.recording_import.checks.check_recording import check_recording
from rnnvis_assets.recording_import.checks.recording_faults import refuse
from rnnvis_assets.recording_import.contents.recording_contents import Prepared, prepare
from rnnvis_assets.recording_import.copy_states import (
    ImportedStates,
    corpus_of,
    import_states,
    sound_text,
)
from rnnvis_assets.recording_import.prediction_tables import write_predictions
from warehouse.columns import Table
from warehouse.errors import RecordingError
from warehouse.parquet_tables import write_table
from warehouse.schema import ANNOTATION, EVALUATION, TRAINING_LOG, WORD_ANNOTATION
from warehouse.storage import base_folder


def identity_of(folder: Path) -> str:
    """Hash of the names, sizes and times of all files: what a hash of weights is to a network."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(str(path.relative_to(folder)), path.stat()) for path in files]
    told = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return sha256(repr(told).encode()).hexdigest()


def take_text(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    """The stage ``checkpoint``: the text becomes a corpus, what is known of the network its facts.

    Raises RecordingError with every fault of the recording where the text, the predictions or the
    files' shapes have one.
    """
    storage, folder = context.storage, base_folder() / config.folder
    split = context.project.analysis_of(model).recording.split
    prepared = prepare(folder)
    _require_sound(prepared)
    corpus = corpus_of(prepared, model, split)
    save_corpus(storage.corpus(model), corpus)
    given, figures = write_predictions(prepared, storage.checkpoint(model))
    _require_sound(prepared)
    facts = _facts(prepared, corpus.vocabulary.sha256, identity_of(folder), figures)
    spec = save_metadata(storage.checkpoint(model), facts, model=config.model_dump(mode="json"))
    tables: dict[Table, Any] = {
        EVALUATION: {"split": [split] * len(figures), "metric": list(figures),
                     "value": list(figures.values())},
        TRAINING_LOG: {column.name: [] for column in TRAINING_LOG.columns},
    }  # fmt: skip
    rows = {table.name: write_table(storage.table(model, table.name), table, columns)
            for table, columns in tables.items()}  # fmt: skip
    for note in prepared.opened.notes:
        context.report(f"{model}: {note}")
    return StageOutput(
        files=(*spec, *given, *corpus_files(storage.corpus(model)),
               *(storage.table(model, name) for name in rows)),
        row_counts=rows,
        figures={"words in the vocabulary": len(corpus.vocabulary),
                 "sentences": corpus.splits[split].num_sentences, **figures},
    )  # fmt: skip


def _require_sound(prepared: Prepared) -> None:
    """Where something is wrong so far, the rest is read too: a user mends everything at once."""
    if prepared.faults or prepared.text is None:
        folder = prepared.opened.folder
        raise refuse(folder, check_recording(folder).faults, what="not imported")


def _facts(
    prepared: Prepared, vocabulary: str, identity: str, figures: dict[str, float]
) -> ModelMetadata:
    """A classifier's words cannot be told apart without its output layer, so it predicts nothing
    word by word."""
    return ModelMetadata(
        task="language_model" if "perplexity" in figures else "none",
        classes=prepared.claims.classes,
        embedding_size=None,
        num_parameters=None,
        seed=None,
        vocabulary_sha256=vocabulary,
        weights_sha256=identity,
        output=None,
    )


def take_states(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    """The stage ``recording``: states and annotations, copied and checked on the way.

    Raises RecordingError with every fault, or where the folder is another one than that of which
    the text was taken.
    """
    storage, folder = context.storage, base_folder() / config.folder
    split = context.project.analysis_of(model).recording.split
    identity = load_metadata(storage.checkpoint(model)).weights_sha256
    if not folder.is_dir() or identity_of(folder) != identity:
        found = "has changed" if folder.is_dir() else "is gone"
        raise RecordingError(
            f"{folder} {found} since its text was taken into {model}",
            repair=f"rnnvis import recording {folder} takes it in under another name",
        )
    prepared = prepare(folder)
    text = sound_text(prepared)
    paths = [storage.table(model, table.name) for table in (ANNOTATION, WORD_ANNOTATION)]
    write_annotations(prepared, text, *paths)
    _require_sound(prepared)
    words = load_corpus(storage.corpus(model)).splits[split]
    source: dict[str, Any] = describe_recording(split, words, text.sequences, identity)
    source["starts_from_zero"] = prepared.opened.description.starts_from_zero
    folder = storage.recording(model, split)
    imported = import_states(prepared, folder, source, context.report)
    return _outcome(imported, paths)


def _outcome(imported: ImportedStates, tables: list[Path]) -> StageOutput:
    recording = imported.recording
    description, *_ = recording.files
    layers = range(recording.num_layers)
    return StageOutput(
        files=(*recording.files, *tables),
        identity=(description, *tables),
        row_counts={f"layer={layer}": recording.num_tokens for layer in layers},
        figures={
            "tokens": recording.num_tokens,
            "bytes on disk": sum(path.stat().st_size for path in recording.files),
            "largest hidden": imported.largest_hidden,
            "largest drift": imported.largest_error,
        },
    )
