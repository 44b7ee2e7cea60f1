"""The stages ``checkpoint`` and ``recording`` of a model of which there is only a recording.

Only these two read the recording's folder. What they write is all that the other stages need, so
the folder may be deleted afterwards.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.external_model_config import RecordedModel
from rnnvis_assets.corpus.corpus_files import corpus_files, load_corpus, save_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.network.model_metadata import ModelMetadata, load_metadata, save_metadata
from rnnvis_assets.recording.sequence_offsets import describe_recording
from rnnvis_assets.recording_import.check_recording import (
    RecordingContents,
    check_recording,
    read_contents,
)
from rnnvis_assets.recording_import.copy_states import corpus_of, import_states
from rnnvis_assets.recording_import.labels_and_predictions import (
    write_next_words,
    write_predicted_classes,
)
from rnnvis_assets.recording_import.recording_faults import refuse_import
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText
from rnnvis_assets.recording_import.token_annotations import write_annotations
from warehouse.columns import Table
from warehouse.errors import RecordingError
from warehouse.parquet_tables import write_table
from warehouse.schema import ANNOTATION, EVALUATION, TRAINING_LOG, WORD_ANNOTATION
from warehouse.storage import CHECKOUT


def identity_of(folder: Path) -> str:
    """Hash of the names, sizes and times of all files, in place of a hash of weights."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(str(path.relative_to(folder)), path.stat()) for path in files]
    described = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return sha256(repr(described).encode()).hexdigest()


def take_text(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    """The stage ``checkpoint``: the text becomes a corpus, facts of the network its metadata.

    Raises RecordingError with every fault of the recording where the text, the predictions or the
    files' shapes have one.
    """
    storage, folder = context.storage, CHECKOUT / config.folder
    split = context.project.analysis_of(model).recording.split
    contents = read_contents(folder)
    _require_sound(contents)
    corpus = corpus_of(contents, model, split)
    save_corpus(storage.corpus(model), corpus)
    predictions, figures = write_next_words(contents.files, storage.checkpoint(model))
    if contents.task == "classification":
        classes, accuracy = write_predicted_classes(contents.labels, storage.checkpoint(model))
        predictions, figures = [*predictions, *classes], figures | accuracy
    _require_sound(contents)
    metadata = ModelMetadata(
        # Without its output layer, a classifier's words have no contributions to its classes.
        task="language_model" if "perplexity" in figures else "none",
        classes=contents.labels.classes,
        embedding_size=None,
        num_parameters=None,
        seed=None,
        vocabulary_sha256=corpus.vocabulary.sha256,
        weights_sha256=identity_of(folder),
        output=None,
    )
    spec = save_metadata(storage.checkpoint(model), metadata, model=config.model_dump(mode="json"))
    tables: dict[Table, Any] = {
        EVALUATION: {"split": [split] * len(figures), "metric": list(figures),
                     "value": list(figures.values())},
        TRAINING_LOG: {column.name: [] for column in TRAINING_LOG.columns},
    }  # fmt: skip
    rows = {table.name: write_table(storage.table(model, table.name), table, columns)
            for table, columns in tables.items()}  # fmt: skip
    for note in contents.files.notes:
        context.report(f"{model}: {note}")
    return StageOutput(
        files=(*spec, *predictions, *corpus_files(storage.corpus(model)),
               *(storage.table(model, name) for name in rows)),
        row_counts=rows,
        figures={"words in the vocabulary": len(corpus.vocabulary),
                 "sentences": corpus.splits[split].num_sentences, **figures},
    )  # fmt: skip


def _require_sound(contents: RecordingContents) -> RecordedText:
    """After a first fault the rest is read too, so that all faults are reported at once."""
    if contents.files.faults or contents.text is None:
        folder = contents.files.folder
        raise refuse_import(folder, check_recording(folder).faults)
    return contents.text


def take_states(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    """The stage ``recording``: states and annotations, checked while they are copied.

    Raises RecordingError with every fault, or where the folder is not the one whose text was read.
    """
    storage, folder = context.storage, CHECKOUT / config.folder
    split = context.project.analysis_of(model).recording.split
    identity = load_metadata(storage.checkpoint(model)).weights_sha256
    if not folder.is_dir() or identity_of(folder) != identity:
        found = "has changed" if folder.is_dir() else "is gone"
        raise RecordingError(
            f"{folder} {found} since its text was imported as {model}; expected the same files",
            repair=f"rnnvis import recording {folder} --name NAME imports it under another name",
        )
    contents = read_contents(folder)
    text = _require_sound(contents)
    paths = [storage.table(model, table.name) for table in (ANNOTATION, WORD_ANNOTATION)]
    write_annotations(contents.files, text, *paths)
    _require_sound(contents)
    words = load_corpus(storage.corpus(model)).splits[split]
    source: dict[str, Any] = describe_recording(split, words, text.sequences, identity)
    source["starts_from_zero"] = contents.files.description.starts_from_zero
    states = import_states(contents, storage.recording(model, split), source, context.report)
    description, *parts = states.recording.files
    tokens, layers = states.recording.num_tokens, range(states.recording.num_layers)
    return StageOutput(
        files=(description, *parts, *paths),
        identity=(description, *paths),
        row_counts={f"layer={layer}": tokens for layer in layers},
        figures={
            "tokens": tokens,
            "bytes on disk": sum(path.stat().st_size for path in states.recording.files),
            "largest hidden": states.largest_hidden,
            "largest drift": states.largest_error,
        },
    )
