"""What can be said of an analysis before a network is trained or recorded for it: how much room the
recording takes, and whether there are words and units for all clusters."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnnvis_assets.co_clusters.co_clusters_stage import frequent_words
from rnnvis_assets.co_clusters.fitting_clusters import fit_clusters
from rnnvis_assets.configuration.analysis_config import CoClusterSettings
from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Split
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext
from warehouse.disk_use import free_bytes, megabytes
from warehouse.recording_schema import LayerShape

_BYTES_OF_A_NUMBER = 4
_NOTICED = 0.5
"""The share of the free space from which the forecast is a warning."""


def recording_bytes(tokens: int, layers: Sequence[LayerShape]) -> int:
    """About the size of a recording: float32 of every array of every layer, for each token."""
    return _BYTES_OF_A_NUMBER * tokens * sum(layer.units * len(layer.arrays) for layer in layers)


def layers_of(config: ModelConfig) -> list[LayerShape]:
    """The layers that a network will have once it is trained."""
    arrays = CELLS[config.cell].arrays
    return [
        LayerShape(f"rnn, layer {number}", config.hidden_size, arrays, config.cell)
        for number in range(config.num_layers)
    ]


def forecast(
    context: RunContext,
    model: str,
    settings: CoClusterSettings,
    split: Split,
    layers: Sequence[LayerShape],
) -> Iterator[str]:
    """The room that the recording of ``split`` takes, and a note where clusters have to be fewer.

    Raises AnalysisError where there are too few words or units for any.
    """
    size, free = recording_bytes(split.num_tokens, layers), free_bytes(context.storage.root)
    warning = "warning: " if size > _NOTICED * free else ""
    yield (
        f"{model}: {warning}the recording takes about {megabytes(size)}, of {megabytes(free)} free"
    )
    ids, counts = np.unique(split.word_ids, return_counts=True)
    words = len(frequent_words(ids, counts, settings))
    fitted = fit_clusters(settings, model, words=words, units=min(each.units for each in layers))
    if fitted.note:
        yield fitted.note


def forecast_training(context: RunContext, model: str) -> Iterator[str]:
    """``forecast`` of a network that is to be trained on its prepared dataset."""
    config, analysis = context.project.models[model], context.project.analysis_of(model)
    if not isinstance(config, ModelConfig):
        return
    split = load_corpus(context.storage.corpus(config.dataset)).splits[analysis.recording.split]
    yield from forecast(context, model, analysis.co_clusters, split, layers_of(config))
