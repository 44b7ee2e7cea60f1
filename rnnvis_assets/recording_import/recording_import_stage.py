"""The stages ``checkpoint`` and ``recording`` of a model of which there is only a recording.

Only these two read the recording's folder. What they write is all that the other stages need, so
the folder may be deleted afterwards.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitName
from rnnvis_assets.configuration.external_model_config import RecordedModel
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.corpus.corpus_files import corpus_files, load_corpus, save_corpus
from rnnvis_assets.engine.stage import Report, RunContext, StageOutput
from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.network.external_predictions import write_evaluation
from rnnvis_assets.network.model_metadata import ModelMetadata, load_metadata, save_metadata
from rnnvis_assets.recording.record_trained import recording_output
from rnnvis_assets.recording.recorder import RecordingReport
from rnnvis_assets.recording.recording_plan import describe_recording, scalars_of
from rnnvis_assets.recording_import.check_recording import (
    RecordingContents,
    check_recording,
    read_contents,
    read_layers,
)
from rnnvis_assets.recording_import.folder_files import is_leftover
from rnnvis_assets.recording_import.labels_and_predictions import (
    write_next_words,
    write_predicted_classes,
)
from rnnvis_assets.recording_import.recording_faults import refuse_import
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText
from rnnvis_assets.recording_import.state_checks import ExternalLayer
from rnnvis_assets.recording_import.state_hints import note_hints
from rnnvis_assets.recording_import.token_annotations import write_annotations
from warehouse.errors import RecordingError
from warehouse.recording_schema import ROWS_OF_FLOAT32, LayerShape, RecordingFormat
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import open_recording
from warehouse.schema import ANNOTATION, WORD_ANNOTATION
from warehouse.storage import base_folder


def identity_of(folder: Path) -> str:
    """Hash of the names, sizes and times of all files, in place of a hash of weights."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = [path for path in files if not any(is_leftover(Path(part)) for part in path.parts)]
    stats = [(str(path), (folder / path).stat()) for path in kept]
    described = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return sha256(repr(described).encode()).hexdigest()


def take_text(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    """The stage ``checkpoint``: the text becomes a corpus, facts of the network its metadata.

    Raises RecordingError with every fault of the recording where the text, the predictions or the
    files' shapes have one.
    """
    storage, folder = context.storage, base_folder() / config.folder
    split = context.project.analysis_of(model).recording.split
    contents = read_contents(folder)
    corpus = _corpus_of(contents, _require_sound(contents), model, split)
    save_corpus(storage.corpus(model), corpus)
    predictions, figures = write_next_words(contents.files, storage.checkpoint(model))
    if contents.task == "classification":
        classes, accuracy = write_predicted_classes(contents.labels, storage.checkpoint(model))
        predictions, figures = [*predictions, *classes], figures | accuracy
    _require_sound(contents)
    metadata = _metadata(contents, corpus, figures)
    spec = save_metadata(storage.checkpoint(model), metadata, model=config.model_dump(mode="json"))
    tables, rows = write_evaluation(storage, model, split, figures)
    for note in contents.files.notes:
        context.report(f"{model}: {note}")
    return StageOutput(
        files=(*spec, *predictions, *corpus_files(storage.corpus(model)), *tables),
        row_counts=rows,
        figures={"words in the vocabulary": len(corpus.vocabulary),
                 "sentences": corpus.splits[split].num_sentences, **figures},
    )  # fmt: skip


def _metadata(
    contents: RecordingContents, corpus: Corpus, figures: Mapping[str, float]
) -> ModelMetadata:
    """Without its output layer, a classifier's words have no contributions to its classes."""
    return ModelMetadata(
        task="language_model" if "perplexity" in figures else "none",
        classes=contents.labels.classes,
        vocabulary_sha256=corpus.vocabulary.sha256,
        weights_sha256=identity_of(contents.files.folder),
    )


def _require_sound(contents: RecordingContents) -> RecordedText:
    """After a first fault the rest is read too, so that all faults are reported at once."""
    if contents.files.faults or contents.text is None:
        folder = contents.files.folder
        raise refuse_import(folder, check_recording(folder).faults)
    return contents.text


def _corpus_of(
    contents: RecordingContents, text: RecordedText, name: str, split: SplitName
) -> Corpus:
    """The text of an external recording as a corpus, all of it in ``split``."""
    words = contents.files.words
    vocabulary = Vocabulary.untagged(words, np.zeros(len(words), np.int64))
    labels = contents.labels.labels if contents.task == "classification" else None
    classes, nothing = () if labels is None else contents.labels.classes, np.empty(0, np.int32)
    empty = Split(nothing, np.zeros(1, np.int64), nothing, None if labels is None else nothing, ())
    sequence = np.searchsorted(text.sequences, text.sentences[:-1], side="right") - 1
    filled = Split(
        tokens=text.word_ids,
        sentence_offsets=text.sentences,
        documents=sequence.astype(np.int32),
        labels=labels,
        texts=_texts(contents, text),
    )
    splits = dict.fromkeys(SPLITS, empty) | {split: filled}
    return Corpus(name, contents.task, classes, vocabulary, splits)


def _texts(contents: RecordingContents, text: RecordedText) -> tuple[str, ...]:
    """The given sentences, or their words joined by blanks."""
    given = contents.files.arrays.get("text")
    if given is not None:
        return tuple("" if sentence is None else str(sentence) for sentence in given.read())
    spelled = np.array(contents.files.words, object)[text.word_ids]
    return tuple(" ".join(spelled[start:stop]) for start, stop in pairwise(text.sentences))


def take_states(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    """The stage ``recording``: states and annotations, checked while they are copied.

    Raises RecordingError with every fault, or where the folder is not the one whose text was read.
    """
    storage, folder = context.storage, base_folder() / config.folder
    wanted = context.project.analysis_of(model).recording
    split = wanted.split
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
    folder = storage.recording(model, split)
    report = import_states(contents, folder, source, wanted.stored, context.report)
    output = recording_output(report, report.recording.num_tokens)
    return replace(output, files=(*output.files, *paths))


def import_states(
    contents: RecordingContents,
    folder: Path,
    source: Mapping[str, Any],
    stored: RecordingFormat = ROWS_OF_FLOAT32,
    report: Report = lambda _: None,
) -> RecordingReport:
    """Streams the states into a recording at ``folder``, checking them on the way; its largest
    drift is the largest error of a given change.

    Written atomically: raises RecordingError with every fault, StorageError where the disk is full.
    """
    started = time.perf_counter()
    text, layers = contents.require_sound(), contents.layers()
    described = contents.files.description
    rows, tokens = contents.rows_of_a_part, text.num_tokens
    part_rows = [min(rows, tokens - done) for done in range(0, tokens, rows)]
    names = described.layers or [f"layer {layer.number}" for layer in layers]
    shapes = [
        LayerShape(name, layer.units, layer.arrays, layer.cell, layer.direction)
        for name, layer in zip(names, layers, strict=True)
    ]
    with write_recording(
        folder, layers=shapes, part_rows=part_rows, source=source, stored=stored
    ) as writer:
        copy = partial(_copy_layer, contents, text, writer, TimedProgress(tokens, report))
        read_layers(layers, contents.files, copy)
        contents.require_sound()
    known = len(contents.files.notes)
    note_hints(contents.files, text, layers)
    for note in contents.files.notes[known:]:
        report(note)
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=max(each.largest_hidden for each in layers) if described.bounded else None,
        largest_drift=max(each.largest_error for each in layers),
        seconds=time.perf_counter() - started,
    )


def _copy_layer(
    contents: RecordingContents,
    text: RecordedText,
    writer: RecordingWriter,
    progress: TimedProgress,
    layer: ExternalLayer,
) -> None:
    """Copies a layer block by block; after a first fault it is only read on, to find the others."""
    start, step = 0, contents.rows_of_a_group
    for block in layer.blocks(contents.rows_of_a_block):
        rows = len(next(iter(block.values())))
        words = text.word_ids[start : start + rows]
        columns = {**scalars_of(text.sequences, words, start), **block}
        for begin in () if layer.faults else range(0, rows, step):
            group = {name: values[begin : begin + step] for name, values in columns.items()}
            writer.append(layer.number, start // contents.rows_of_a_part, group)
        if layer.number == 0:  # the others are about as far
            progress.advance(rows)
        start += rows
