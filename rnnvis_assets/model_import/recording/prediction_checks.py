"""Whether an imported network predicts its text better than a guess: were its words and classes
read in the right order?"""

from dataclasses import replace

import numpy as np

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.model_import.reading.imported_network import ImportedNetwork
from rnnvis_assets.model_import.reading.predictor import Predictor
from rnnvis_assets.model_import.reading.weight_probe import GIVE_ITS_WORDS
from rnnvis_assets.model_import.recording.predictions import (
    Choices,
    SplitReading,
    choose,
    log_probabilities,
)
from rnnvis_assets.network.recurrent_network import perplexity
from rnnvis_assets.recording.recording_plan import Offsets, recorded_split
from warehouse.errors import ImportedModelError

LOGITS_AT_ONCE = 2**28
"""1 GiB of float32."""
CHECKED_TOKENS, CHECKED_DOCUMENTS = 1024, 512
_ABOUT = 0.05
"""Nats by which a loss may be larger than another that counts as about the same."""
_ACCEPT = "--accept-loss (in its file, accept_loss: true) takes it as it is"


def reading_of(predictor: Predictor, split: Split, cuts: Offsets) -> SplitReading:
    """How a predictor reads a split that is cut into sequences; a classifier reads documents."""
    sequences = cuts if predictor.per_word else split.sentence_offsets
    return SplitReading(predictor, split.word_ids, sequences, predictor.whole)


def without_too_long(
    network: ImportedNetwork, cuts: Offsets, num_words: int, streams: int
) -> ImportedNetwork:
    """The network, without its predictor where that would have to keep the logits of more tokens
    at once than fit into memory."""
    longest, predictor = int(np.diff(cuts).max()), network.predictor
    if predictor is None or not (predictor.per_word and predictor.whole):
        return network
    if longest * num_words <= LOGITS_AT_ONCE:
        return network
    note = (
        f"predictions are unknown: what forward returns after a word depends on all words before "
        f"it, and {longest:,} tokens of a sequence (recording.streams: {streams}) are too many to "
        "read in one go; record more streams, read whole sentences (--setting sequences=sentences) "
        "or write forward(tokens, before), which continues from the states of read_states"
    )
    return replace(network, predictor=None, notes=(note,))


def check_predictions(
    network: ImportedNetwork,
    config: PytorchModel,
    corpus: Corpus,
    wanted: RecordingSettings,
    cuts: Offsets,
) -> str:
    """What the network predicts on the first words or documents recorded, compared with a guess.

    Raises ImportedModelError where a language model is worse than the frequencies of words, unless
    ``config`` accepts that.
    """
    if network.predictor is None:
        return ""
    split, name = recorded_split(corpus, wanted), wanted.split
    reading = reading_of(network.predictor, split, cuts)
    if network.predictor.per_word:
        return _check_words(reading, config, corpus.vocabulary, name)
    choices = choose(reading, CHECKED_DOCUMENTS)
    accuracy, warning = judge_choices(choices, split, network.classes, corpus.classes)
    return warning or f"accuracy {accuracy:.1%} on {choices.number:,} documents of {name}"


def _check_words(
    reading: SplitReading, config: PytorchModel, vocabulary: Vocabulary, name: SplitName
) -> str:
    places, found = log_probabilities(reading, CHECKED_TOKENS)
    if not len(places):
        return ""
    guessed = vocabulary.log_frequencies[reading.words[places + 1]]
    figures = (
        f"perplexity {perplexity(-found.mean()):,.4g} on {len(places):,} tokens of {name} (by the "
        f"frequency of words {perplexity(-guessed.mean()):,.4g}, by a uniform guess "
        f"{len(vocabulary):,})"
    )
    lost = guessed - found
    noise = 2 * lost.std() / np.sqrt(len(lost))
    if config.accept_loss or lost.mean() <= noise + _ABOUT:
        return figures
    if config.vocabulary is None:
        raise ImportedModelError(
            f"{figures}: its words were read in the dataset's order, by falling frequency",
            repair=f"{GIVE_ITS_WORDS}; or, if they have the dataset's ids, {_ACCEPT}",
        )
    raise ImportedModelError(
        f"{figures}: expected better than by frequency",
        repair="check that the vocabulary has the words in the order of this network's ids, and "
        f"that these are its trained weights; or {_ACCEPT}",
    )


def judge_choices(
    choices: Choices, split: Split, outputs: tuple[str, ...], classes: tuple[str, ...]
) -> tuple[float, str]:
    """The accuracy on the documents of a split, for ``outputs`` that are these of a dataset's
    ``classes``; and a warning where that is not above the accuracy of always choosing the largest
    class by more than chance (two standard errors), else ""."""
    assert split.labels is not None
    documents, read = choices.number, ~choices.predicted.mask
    chosen = np.array([classes.index(name) for name in outputs])[choices.predicted.filled(0)]
    accuracy = float(np.mean(chosen[read] == split.labels[read]))
    counts = np.bincount(split.labels, minlength=len(classes))
    largest = counts.max() / max(counts.sum(), 1)
    if accuracy >= largest + 2 * np.sqrt(largest * (1 - largest) / max(documents, 1)):
        return accuracy, ""
    turned = ", ".join(reversed(outputs))
    return accuracy, (
        f"warning: accuracy {accuracy:.1%} on {documents:,} documents, "
        f"{'less' if accuracy < largest else 'hardly more'} than the {largest:.1%} of always "
        f"choosing {classes[counts.argmax()]}; if its outputs have another order than "
        f"{', '.join(outputs)}, name it (--setting output.classes='[{turned}]'); its words must be "
        "in the order that it was trained with (--vocabulary FILE)"
    )
