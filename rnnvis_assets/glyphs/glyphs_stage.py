"""The stage ``glyphs``: from a recording and co-clusters to what each word of a sentence did."""

from collections.abc import Mapping
from contextlib import ExitStack

import numpy as np

from rnnvis_assets.co_clusters.shown_clustering import shown_clustering
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.glyphs.glyph_inputs import Reading, read_chips, read_model
from rnnvis_assets.glyphs.glyph_tables import (
    write_contributions,
    write_given_words,
    write_glyphs,
    write_gradients,
    write_next_words,
    write_sentence_starts,
    write_sentences,
)
from rnnvis_assets.glyphs.network_predictions import ChosenClasses
from rnnvis_assets.model_kinds.model_kinds import open_network
from rnnvis_assets.network.external_predictions import NEXT_WORDS, given_choices, given_path
from rnnvis_assets.network.integrated_gradients import MOST_TOKENS, of_first_documents
from rnnvis_assets.network.recurrent_network import perplexity
from warehouse.arrays import Float32Array
from warehouse.errors import ImportedModelError
from warehouse.parquet_tables import TableWriter, open_table_writer, read_table, where
from warehouse.schema import CONTRIBUTION, EVALUATION, GLYPH, SENTENCE, SENTENCE_START, TOKEN

NO_GRADIENTS = (
    "they need predictions that forward returns, and a single embedding that its words enter"
)
_TABLES = (SENTENCE, SENTENCE_START, TOKEN, GLYPH, CONTRIBUTION)


def _accuracy(reading: Reading, chosen: ChosenClasses) -> float:
    split, names = reading.split, reading.corpus.classes
    places = np.array([names.index(name) for name in reading.model.classes])
    return float(np.ma.mean(places[chosen.predicted] == split.labels))


def _integrated_gradients(context: RunContext, reading: Reading) -> Float32Array:
    """Those of the first documents; none where they are unknown, reported of a classifier."""
    classes, split = len(reading.model.classes), reading.split
    none = np.empty((0, classes), np.float32)
    if reading.model.task != "classification":
        return none
    try:
        read = open_network(reading.checkpoint).integrated_gradients
        if read is not None:
            words = np.asarray(split.tokens[:MOST_TOKENS])
            return of_first_documents(read, classes, words, split.sentence_offsets)
        reason = NO_GRADIENTS
    except ImportedModelError as error:
        reason = error.message
    context.report(f"glyphs: integrated gradients are not known: {reason}")
    return none


def _write_predictions(
    writers: Mapping[str, TableWriter], reading: Reading, integrated: Float32Array
) -> dict[str, float]:
    """Writes all but the glyphs; returns the metric of the task, if it has one, and its value."""
    tokens, sentences = writers[TOKEN.name], writers[SENTENCE.name]
    output, given = reading.model.output, given_choices(reading.checkpoint)
    chosen = given and ChosenClasses(*given)
    if reading.model.task == "classification":
        added = writers[CONTRIBUTION.name]
        if output is None:
            write_gradients(tokens, added, reading, integrated)
        else:
            by_output = write_contributions(tokens, added, reading, output, integrated)
            chosen = chosen or by_output
        assert chosen is not None
        write_sentences(sentences, reading, chosen)
        return {"accuracy": _accuracy(reading, chosen)}
    if output is None or given_path(reading.checkpoint, NEXT_WORDS).exists():
        write_given_words(tokens, reading)
        write_sentences(sentences, reading, chosen)
        return {}
    loss = write_next_words(tokens, reading, output)
    write_sentences(sentences, reading, None)
    return {"perplexity": perplexity(loss)}


def _evaluated(context: RunContext, model: str, metric: str) -> float | None:
    """The metric that the training stage found on the recorded split, if it looked at that one."""
    split = context.project.analysis_of(model).recording.split
    table = read_table(context.storage.table(model, EVALUATION.name))
    rows = table.filter(where(split=split, metric=metric))
    return rows["value"][0].as_py() if rows.num_rows else None


def make_glyphs(context: RunContext, model: str) -> StageOutput:
    """The stage ``glyphs``: reads recording and co-clusters, writes its tables."""
    shown = shown_clustering(context, model)
    reading = read_model(context, model)
    chips = read_chips(context, model, shown)
    paths = {table.name: context.storage.table(model, table.name) for table in _TABLES}
    tokens, sentences = reading.recording.num_tokens, reading.split.num_sentences
    context.report(f"glyphs: {sentences:,} sentences, {tokens:,} tokens")
    integrated = _integrated_gradients(context, reading)
    with ExitStack() as stack:
        writers = {
            table.name: stack.enter_context(open_table_writer(paths[table.name], table))
            for table in _TABLES
        }
        metrics: dict[str, float | None] = {}
        for metric, value in _write_predictions(writers, reading, integrated).items():
            evaluated = _evaluated(context, model, metric)
            other = "" if evaluated is None else f", {evaluated:.4g} by the evaluation"
            context.report(f"glyphs: {metric} {value:.4g} by the recording{other}")
            metrics |= {
                f"{metric}_of_the_recording": value,
                f"{metric}_of_the_evaluation": evaluated,
            }
        write_glyphs(writers[GLYPH.name], reading, shown, chips)
        if reading.model.task == "language_model":
            write_sentence_starts(writers[SENTENCE_START.name], reading)
    return StageOutput(
        files=tuple(paths.values()),
        row_counts={name: writer.num_rows for name, writer in writers.items()},
        figures={"sentences": sentences, "tokens": tokens, **metrics},
    )
