"""What an imported network predicts over a split: for every word, or for every document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.model_import.reading.network_readers import concatenate, rows_of
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.recording.reading_plan import TOKENS_AT_ONCE, batches_of
from rnnvis_assets.network.expected_words import NextWordPredictions, expected_words
from rnnvis_assets.network.external_predictions import CHOICES, given_path, write_expected_words
from rnnvis_assets.recording.recording_plan import Offsets
from warehouse.arrays import Float64Array, Int32Array, Int64Array
from warehouse.parquet_tables import write_table


class PiecePredictor(Protocol):
    """What predicts, as ``Predictor`` does."""

    @property
    def largest_batch(self) -> int: ...

    def predict(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Tensor, LayerwiseStates]: ...


@dataclass(frozen=True)
class SplitReading:
    """How the text of a split is read for predictions: its ``words`` int32[tokens], cut into
    ``sequences`` that the network continues through in pieces, or (``whole``) reads in one go."""

    predictor: PiecePredictor
    words: Int32Array
    sequences: Offsets
    whole: bool

    def pieces(self, tokens_at_once: int = TOKENS_AT_ONCE) -> Iterator[tuple[range, Tensor]]:
        """Yields the logits of every piece, float[steps, words] or, of a document, float[classes]:
        first those that begin a sequence, then those that continue them."""
        spans = [range(*ends) for ends in pairwise(self.sequences.tolist()) if ends[0] < ends[1]]
        steps = longest = max(map(len, spans), default=0)
        largest, carried = self.predictor.largest_batch, dict[int, LayerwiseStates]()
        if not self.whole:
            steps = max(1, tokens_at_once // min(largest, len(spans) or 1))
        for begin in range(0, longest, steps or 1):
            wave = [span[begin : begin + steps] for span in spans if len(span) > begin]
            for batch in batches_of(wave, largest):
                before = [carried.pop(p.start) for p in batch] if begin else None
                logits, after = self._predict(batch, before)
                for row, piece in enumerate(() if self.whole else batch):
                    carried[piece.stop] = rows_of(after, slice(row, row + 1))
                yield from zip(batch, logits, strict=True)

    def _predict(
        self, batch: list[range], before: list[LayerwiseStates] | None
    ) -> tuple[Tensor, LayerwiseStates]:
        rows = np.stack([self.words[piece.start : piece.stop] for piece in batch])
        states = None if before is None else concatenate(before, dim=0)
        return self.predictor.predict(torch.from_numpy(rows.astype(np.int64)), states)


def log_probabilities(reading: SplitReading, tokens: int) -> tuple[Int64Array, Float64Array]:
    """Places of about so many of the split's first tokens that another one follows, and the log
    probability of that one."""
    places, found, taken = [], [], 0
    for piece, logits in reading.pieces(tokens):
        following = reading.words[piece.start + 1 : piece.stop + 1]
        chosen, *_ = expected_words(logits, torch.from_numpy(following.astype(np.int64)))
        places.append(np.arange(piece.start, piece.start + len(following)))
        found.append(chosen.double().numpy())
        taken += len(piece)
        if taken >= tokens:
            break
    return np.concatenate(places), np.concatenate(found)


def write_next_words(reading: SplitReading, folder: Path) -> tuple[Path, dict[str, float]]:
    """Writes what is expected after every token to a checkpoint's folder; returns the file, and
    loss (nats) and perplexity of every word from the second on."""
    words = reading.words
    log_probability = np.empty(max(len(words) - 1, 0), np.float32)
    shape = (len(words), 0)
    top_words, top_probabilities = np.empty(shape, np.int32), np.empty(shape, np.float32)
    for piece, logits in reading.pieces():
        tokens = slice(piece.start, piece.stop)
        following = words[piece.start + 1 : piece.stop + 1]
        chosen, top, shares = expected_words(logits, torch.from_numpy(following.astype(np.int64)))
        if not top_words.shape[1]:
            top_words = np.empty((len(words), top.shape[1]), np.int32)
            top_probabilities = np.empty(top_words.shape, np.float32)
        log_probability[tokens] = chosen.numpy()
        top_words[tokens], top_probabilities[tokens] = top.numpy(), shares.numpy()
    expected = NextWordPredictions(log_probability, top_words, top_probabilities)
    return write_expected_words(folder, expected)


@dataclass(frozen=True)
class Choices:
    """The classes that a network chose: place among its outputs, int64[documents], with the
    probability, float32[documents]; masked where nothing was read."""

    predicted: np.ma.MaskedArray
    probability: np.ma.MaskedArray

    @property
    def number(self) -> int:
        """Of the documents that were read."""
        return int(self.predicted.count())


def choose(reading: SplitReading, documents: int | None = None) -> Choices:
    """The class of every document, or of about so many that are read first."""
    starts = {int(start): n for n, start in enumerate(reading.sequences[:-1])}
    total = len(reading.sequences) - 1
    predicted = np.ma.array(np.zeros(total, np.int64), mask=True)
    probability = np.ma.array(np.zeros(total, np.float32), mask=True)
    for piece, logits in islice(reading.pieces(), documents):
        shares = logits.softmax(0)
        place = starts[piece.start]
        predicted[place], probability[place] = int(shares.argmax()), float(shares.max())
    return Choices(predicted, probability)


def write_choices(choices: Choices, folder: Path) -> Path:
    """Writes the chosen classes to a checkpoint's folder; returns the file."""
    path = given_path(folder, CHOICES)
    columns: Mapping[str, np.ma.MaskedArray] = vars(choices)
    write_table(path, CHOICES, columns)
    return path
