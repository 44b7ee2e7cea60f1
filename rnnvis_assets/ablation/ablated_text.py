"""The part of a split that is read under clamps, and what is predicted in it."""

from dataclasses import dataclass

import numpy as np
import torch

from rnnvis_assets.ablation.clamped_layers import Passage
from rnnvis_assets.ablation.clamped_scores import Predictions
from rnnvis_assets.corpus.corpus import Split
from rnnvis_assets.recording.recording_plan import Offsets, spread, stream_offsets
from warehouse.arrays import BoolArray, Int64Array, IntArray

STREAMS = 32
"""Streams that whole sequences are read in side by side."""

FEWEST_STEPS = 100
"""Of a language model's stream: its first words have nothing before them."""


@dataclass(frozen=True)
class AblatedText:
    """Tokens of a split in reading order: ``tokens`` int64[tokens], their numbers in the split;
    ``starts`` bool[tokens], before which the state is zero; ``streams``, where streams are cut."""

    tokens: Int64Array
    starts: BoolArray
    streams: Offsets

    def __len__(self) -> int:
        return len(self.tokens)


def _runs(begins: Int64Array, lengths: Int64Array) -> AblatedText:
    """The tokens of runs of a split, one after the other; a stream is a run."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    return AblatedText(np.repeat(begins, lengths) + within, within == 0, offsets)


def _whole_sequences(offsets: Offsets, num_tokens: int) -> AblatedText:
    """Sequences from all over the split, about ``num_tokens`` tokens of them."""
    read = np.flatnonzero(np.diff(offsets))
    wanted = max(1, round(len(read) * min(1, num_tokens / int(offsets[-1]))))
    chosen = spread(read, wanted)
    sequences = _runs(offsets[chosen], np.diff(offsets)[chosen])
    streams = stream_offsets(sequences.streams, min(STREAMS, wanted))
    return AblatedText(sequences.tokens, sequences.starts, streams)


def choose_text(split: Split, sequences: Offsets, num_tokens: int) -> AblatedText:
    """About ``num_tokens`` tokens of a split that is recorded in ``sequences``, or all of it: whole
    documents (or other short sequences), evenly spaced, or the first tokens of the streams of a
    language model. Of few tokens, not all streams are read, so that each goes on for
    ``FEWEST_STEPS``."""
    if split.labels is not None or split.num_tokens < FEWEST_STEPS * (len(sequences) - 1):
        return _whole_sequences(sequences, num_tokens)
    if num_tokens >= split.num_tokens:
        return _runs(sequences[:-1], np.diff(sequences))
    streams = spread(np.arange(len(sequences) - 1), max(1, num_tokens // FEWEST_STEPS))
    each = -(-num_tokens // len(streams))
    return _runs(sequences[streams], np.minimum(np.diff(sequences)[streams], each))


def make_passage(split: Split, text: AblatedText) -> Passage:
    """The text as the network reads it; shorter streams are filled up with word 0."""
    lengths = np.diff(text.streams)
    words = np.zeros((len(lengths), lengths.max()), np.int64)
    starts = np.zeros(words.shape, bool)
    used = np.arange(words.shape[1]) < lengths[:, None]
    words[used], starts[used] = split.tokens[text.tokens], text.starts
    return Passage(torch.from_numpy(words.T.copy()), torch.from_numpy(starts.T.copy()))


def make_predictions(split: Split, text: AblatedText) -> Predictions:
    """A prediction a document, of its class after its last token; of a language model one a token,
    of the token that follows it in the split."""
    sentence = np.searchsorted(split.sentence_offsets, text.tokens, side="right") - 1
    if split.labels is None:
        kept = np.flatnonzero(text.tokens + 1 < split.num_tokens)
        targets = split.tokens[text.tokens[kept] + 1]
    else:
        kept = np.flatnonzero(text.tokens + 1 == split.sentence_offsets[sentence + 1])
        targets = split.labels[sentence[kept]]
    stream = np.searchsorted(text.streams, kept, side="right") - 1
    step = kept - text.streams[stream]
    words = split.tokens[text.tokens[kept]].astype(np.int64)
    found = Predictions(step, stream, targets.astype(np.int64), words, sentence[kept])
    return found.take(np.lexsort((stream, step)))


def own_and_others(
    predictions: Predictions, words: IntArray, fewest: int
) -> tuple[Int64Array, Int64Array, int]:
    """The predictions after one of ``words``, as many of those after other words (``fewest`` at
    least, if there are so many), and how many of these there are in all."""
    own = np.isin(predictions.word, words)
    others = np.flatnonzero(~own)
    places = np.flatnonzero(own)
    return places, spread(others, max(len(places), fewest)), len(others)
