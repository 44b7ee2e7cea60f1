"""A text read once with nothing clamped, to compare with how it is read under clamps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from torch import Tensor

from rnnvis_assets.ablation.ablated_text import (
    choose_text,
    make_passage,
    make_predictions,
    own_and_others,
)
from rnnvis_assets.ablation.ablation_costs import Costs, class_costs, word_costs
from rnnvis_assets.ablation.clamped_layers import Passage, layer_inputs
from rnnvis_assets.ablation.clamped_scores import (
    Predictions,
    Score,
    clamped_scores,
    class_log_probabilities,
    free_scores,
    word_losses,
)
from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.corpus.corpus import Split
from rnnvis_assets.network.stepped_mamba import Stepped
from rnnvis_assets.recording.recording_plan import Offsets
from warehouse.arrays import Float32Array, Int32Array, IntArray

ROWS = 256
"""Streams times sets that are read in one pass: more no longer fit the cache."""

FEWEST_OTHERS = 200
"""Predictions after others' words that a cluster's cost is measured at, if there are so many."""


@dataclass(frozen=True)
class AblatedReading:
    """A passage, what is predicted in it, and how well: ``free`` float32[predictions, ...] are the
    scores with nothing clamped, ``inputs`` what each layer reads."""

    network: Stepped
    classes: tuple[str, ...]
    num_tokens: int
    passage: Passage
    predictions: Predictions
    score: Score
    free: Float32Array
    inputs: Mapping[int, Tensor]

    @classmethod
    def read(
        cls,
        network: Stepped,
        split: Split,
        classes: Sequence[str],
        sequences: Offsets,
        num_tokens: int,
    ) -> Self:
        """Reads about ``num_tokens`` of a split that is recorded in ``sequences``. ``classes`` are
        those of the outputs, none for a language model."""
        text = choose_text(split, sequences, num_tokens)
        passage, predictions = make_passage(split, text), make_predictions(split, text)
        score = (class_log_probabilities if classes else word_losses)(network.output)
        layers = range(len(network.layers))
        return cls(
            network=network,
            classes=tuple(classes),
            num_tokens=len(text),
            passage=passage,
            predictions=predictions,
            score=score,
            free=free_scores(network, passage, predictions, score),
            inputs={layer: layer_inputs(network, passage, layer) for layer in layers},
        )

    def costs_by_scope(self, clamps: Clamps, own_words: Int32Array) -> list[Costs]:
        """What sets of clamps cost over all and by scope: of a language model, after ``own_words``
        and after a sample of the others; of a classifier, for the documents of every class."""
        if self.classes:
            return self._costs_of_classes(clamps)
        own, sampled, others = own_and_others(self.predictions, own_words, FEWEST_OTHERS)
        places = np.sort(np.concatenate([own, sampled]))
        clamped = self._scores(clamps, places)
        sentences = self.predictions.sentence[places]
        among = np.searchsorted(places, own)
        return list(word_costs(self.free[places], clamped, among, others, sentences))

    def costs_of_all(self, clamps: Clamps) -> Costs:
        """What sets of clamps cost over all predictions, in nats."""
        if self.classes:
            return self._costs_of_classes(clamps)[0]
        sentences, places = self.predictions.sentence, np.arange(len(self.predictions))
        costs = self._scores(clamps, places).astype(np.float64) - self.free
        return Costs("all", "loss", costs, np.ones(len(places)), sentences)

    def _costs_of_classes(self, clamps: Clamps) -> list[Costs]:
        predictions = self.predictions
        clamped = self._scores(clamps, np.arange(len(predictions)))
        found = class_costs(
            self.free, clamped, predictions.target, self.classes, predictions.sentence
        )
        return list(found)

    def _scores(self, clamps: Clamps, places: IntArray) -> Float32Array:
        """Scores of some predictions, as many sets at once as ``ROWS`` allows."""
        at_once = max(1, ROWS // self.passage.words.shape[1])
        inputs, predictions = self.inputs[clamps.layer], self.predictions.take(places)
        blocks = [
            clamped_scores(
                self.network,
                self.passage,
                inputs,
                clamps.sets(start, start + at_once),
                predictions,
                self.score,
            )
            for start in range(0, len(clamps), at_once)
        ]
        return np.concatenate(blocks)
