"""What can be said of an analysis before a network is trained or recorded for it: how much room the
recording takes, and whether there are words and units for all clusters."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnnvis_assets.co_clusters.co_clusters_stage import frequent_words
from rnnvis_assets.co_clusters.fitting_clusters import fit_clusters
from rnnvis_assets.configuration.analysis_config import AnalysisConfig, RecordingSettings
from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.recording.recording_plan import recorded_split
from warehouse.arrays import Int32Array
from warehouse.disk_use import free_bytes, megabytes
from warehouse.errors import AnalysisError
from warehouse.recording_schema import ROWS_OF_FLOAT32, LayerShape, RecordingFormat, stacked_layers

_NOTICED = 0.5
"""The share of the free space from which the forecast is a warning."""


def recording_bytes(
    tokens: int, layers: Sequence[LayerShape], stored: RecordingFormat = ROWS_OF_FLOAT32
) -> int:
    """About the size of a recording: every stored array of every layer, for each token."""
    return tokens * sum(stored.bytes_of(layer) for layer in layers)


def layers_of(config: ModelConfig) -> Sequence[LayerShape]:
    """The layers that a network will have once it is trained."""
    units = [config.units] * config.num_layers
    return stacked_layers(units, CELLS[config.cell].arrays, config.cell)


def forecast(
    context: RunContext,
    model: str,
    analysis: AnalysisConfig,
    corpus: Corpus,
    layers: Sequence[LayerShape],
) -> Iterator[str]:
    """The room that the recording takes, how much of the split it is, and a note where clusters
    have to be fewer.

    Raises AnalysisError where there are too few words or units for any.
    """
    wanted = analysis.recording
    layers = [layer.read_by(wanted.readers) for layer in layers]
    split = recorded_split(corpus, wanted)
    yield from _describe_limit(model, corpus, wanted, split)
    size = recording_bytes(split.num_tokens, layers, wanted.stored)
    free = free_bytes(context.storage.root)
    warning = "warning: " if size > _NOTICED * free else ""
    rounded = "" if wanted.precision == "float32" else f" in {wanted.precision}"
    yield (
        f"{model}: {warning}the recording takes about {megabytes(size)}{rounded}, of "
        f"{megabytes(free)} free"
    )
    yield from describe_fit(model, analysis, split.word_ids, min(each.units for each in layers))


def describe_fit(
    name: str, analysis: AnalysisConfig, word_ids: Int32Array, units: int
) -> Iterator[str]:
    """Notes where there are fewer words, clusters or silenced clusterings than the analysis asks
    for, of a text int32[tokens] and as many ``units`` as the smallest layer has.

    Raises AnalysisError where there are too few words or units for any.
    """
    settings = analysis.co_clusters
    ids, counts = np.unique(word_ids, return_counts=True)
    words = len(frequent_words(ids, counts, settings))
    fitted = fit_clusters(settings, name, words=words, units=units)
    if settings.num_words is not None and words < settings.num_words:
        yield (
            f"{name}: {words:,} words are clustered, not {settings.num_words:,}: there are no more "
            f"of at least {settings.minimum_count} occurrences"
        )
    if fitted.note:
        yield fitted.note
    most, shown = fitted.numbers[-1], analysis.glyphs.num_clusters
    if shown is not None and shown > most:
        yield f"{name}: glyphs and first view of {most} clusters, not {shown}"
    if lost := [k for k in analysis.ablation.num_clusters if k > most]:
        listed = ", ".join(map(str, lost))
        yield f"{name}: not silenced, as there are fewer clusters: those of k = {listed}"


def note_fit(
    name: str, analysis: AnalysisConfig, word_ids: Int32Array, units: int
) -> Iterator[str]:
    """``describe_fit`` of a recording that is there already, with a warning for what is raised."""
    try:
        yield from describe_fit(name, analysis, word_ids, units)
    except AnalysisError as error:
        yield f"warning: {error}"


def forecast_training(context: RunContext, model: str) -> Iterator[str]:
    """``forecast`` of a network that is to be trained on its prepared dataset."""
    config, analysis = context.project.models[model], context.project.analysis_of(model)
    if not isinstance(config, ModelConfig):
        return
    corpus = load_corpus(context.storage.corpus(config.dataset))
    yield from forecast(context, model, analysis, corpus, layers_of(config))


def _describe_limit(
    model: str, corpus: Corpus, wanted: RecordingSettings, split: Split
) -> Iterator[str]:
    """How much of the split is recorded where that is not all of it, and classes that are lost."""
    whole = corpus.splits[wanted.split]
    if split.num_tokens == whole.num_tokens:
        return
    yield (
        f"{model}: the first {split.num_tokens:,} of {whole.num_tokens:,} tokens of {wanted.split} "
        f"are recorded (recording.tokens: {wanted.tokens})"
    )
    if split.labels is not None and whole.labels is not None:
        lost = set(whole.labels.tolist()) - set(split.labels.tolist())
        names = ", ".join(corpus.classes[number] for number in sorted(lost))
        if names:
            yield f"{model}: warning: none of their documents is of the class {names}"
