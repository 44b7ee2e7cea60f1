"""A network that fits a text, and how long two plain cores, or these, take for it."""

import math
from dataclasses import dataclass
from typing import Any

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.dataset_config import SplitShares
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.model_kinds.analysis_forecast import layers_of, recording_bytes
from rnnvis_assets.own_text.text_figures import TextFigures

TRAINED_OPERATIONS = 1e10
"""Multiply-adds a second and core in training a network of a few hundred units."""
TOKENS_OF_A_CORPUS, TOKENS_OF_AN_ANALYSIS = 12_000, 1_500
"""Read a second: numbered and tagged; recorded, averaged and summed up."""
SECONDS_OF_AN_ANALYSIS = 60
"""Whatever the text: starting, co-clustering, silencing."""
TOKENS_IN_ALL, DOCUMENTS_IN_ALL = 800_000, 30_000
"""Read in training, in several epochs where the text is smaller."""
MOST_TRAINED_TOKENS = 50_000
"""A second, however small the network is."""
FORWARD_AND_BACK = 3
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Products with the input and the state, for each unit."""
UNITS_BY_TOKENS = ((100_000, 64), (1_000_000, 128), (10_000_000, 200), (math.inf, 256))
FEW_TOKENS, VOCABULARY, LARGE_VOCABULARY = 2_000_000, 4_000, 10_000
ONE_LAYER = 50_000
SHORT_TEXT = 40_000
"""Below, more of the text is kept for the analysis, which counts words of five occurrences."""


@dataclass(frozen=True)
class Forecast:
    """Seconds of preparing, training and analysing, and bytes of the recording."""

    seconds: float
    bytes: int


def vocabulary_of(figures: TextFigures) -> dict[str, int]:
    """The section ``vocabulary`` of a dataset."""
    size = VOCABULARY if figures.tokens < FEW_TOKENS else LARGE_VOCABULARY
    return {"size": size} if figures.words > size else {"minimum_count": 1}


def split_of(figures: TextFigures) -> dict[str, float]:
    """The section ``split`` of a dataset."""
    if figures.tokens < SHORT_TEXT:
        return {"train": 0.6, "validation": 0.1, "test": 0.3}
    return {"train": 0.8, "validation": 0.1, "test": 0.1}


def model_of(dataset: str, figures: TextFigures) -> dict[str, Any]:
    """The content of the model's file: a GRU that classifies, or an LSTM of language."""
    share = split_of(figures)["train"]
    if figures.classes:
        epochs = _epochs(DOCUMENTS_IN_ALL, share * figures.documents, most=10)
        training = {"epochs": epochs, "batch_size": 32, "learning_rate": 0.005}
        shape: dict[str, Any] = {"cell": "gru", "num_layers": 1, "hidden_size": 50}
        further = {"embedding_size": 50, "dropout": {"embedding": 0.3, "output": 0.3}}
        analysis = "sentiment" if len(figures.classes) == 2 else "first_look"
        rest = {"gradient_clipping": 1.0, "weight_decay": 0.05, "early_stopping_patience": 2}
    else:
        units = next(units for most, units in UNITS_BY_TOKENS if figures.tokens < most)
        layers = 1 if figures.tokens < ONE_LAYER else 2
        batch = max(4, min(32, int(share * figures.tokens) // 2_000))
        epochs = _epochs(TOKENS_IN_ALL, share * figures.tokens, most=15)
        training = {"epochs": epochs, "batch_size": batch, "learning_rate": 0.004}
        shape = {"cell": "lstm", "num_layers": layers, "hidden_size": units}
        dropout = dict.fromkeys(("embedding", "between_layers", "output"), 0.2)
        further = {"embedding_size": units, "tied_embedding": True, "dropout": dropout}
        analysis, rest = "first_look", {"weight_decay": 0.01, "cell_penalty": 0.001}
    return {
        "dataset": dataset, "analysis": analysis, **shape, **further, "seed": 1,
        "training": training | rest,
    }  # fmt: skip


def _epochs(wanted: int, there: float, *, most: int) -> int:
    return max(2, min(most, round(wanted / max(there, 1))))


def forecast(model: ModelConfig, figures: TextFigures, split: SplitShares, cores: int) -> Forecast:
    """What making, training and analysing takes on ``cores`` plain cores."""
    read, recorded = (share * figures.tokens for share in (split.train, split.test))
    read *= model.training.epochs
    operations = FORWARD_AND_BACK * read * _products(model, figures)
    training = max(operations / (cores * TRAINED_OPERATIONS), read / MOST_TRAINED_TOKENS)
    states = len(CELLS[model.cell].states)
    analysis = SECONDS_OF_AN_ANALYSIS + states * recorded / TOKENS_OF_AN_ANALYSIS
    return Forecast(
        figures.tokens / TOKENS_OF_A_CORPUS + training + analysis,
        recording_bytes(round(recorded), layers_of(model)),
    )


def _products(model: ModelConfig, figures: TextFigures) -> int:
    """Multiply-adds of a token's way through the network; a classifier's output is not for each."""
    units, gates = model.hidden_size, GATES[model.cell]
    inputs = model.embedding_size + units * (2 * model.num_layers - 1)
    words = 0 if figures.classes else min(figures.words, LARGE_VOCABULARY)
    return units * (gates * inputs + words)
