"""The figures that the paper gives for its models, in one place, and what this project aims at."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the test split, as the paper (Ming et al., VAST 2017) gives it."""

    metric: Literal["perplexity", "accuracy"]
    test: float


PAPER: Mapping[str, PaperFigure] = MappingProxyType(
    {
        "ptb-lstm-small": PaperFigure("perplexity", 115.7),
        "ptb-lstm-medium": PaperFigure("perplexity", 93.5),
        "ptb-lstm-large": PaperFigure("perplexity", 88.0),
        "ptb-rnn": PaperFigure("perplexity", 119.9),
        "ptb-gru": PaperFigure("perplexity", 116.4),
        "shakespeare-lstm-small": PaperFigure("perplexity", 153.3),
        "shakespeare-lstm-medium": PaperFigure("perplexity", 134.9),
        "shakespeare-lstm-large": PaperFigure("perplexity", 129.7),
        "yelp-gru": PaperFigure("accuracy", 0.886),
        "yelp-gru-balanced": PaperFigure("accuracy", 0.919),
    }
)
"""By the names of our configurations; the paper's tokens and splits of Shakespeare and Yelp are not
known, so those figures tell of the order alone."""
