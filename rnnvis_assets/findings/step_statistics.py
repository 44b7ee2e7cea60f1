"""What a network does to its memory at each step, as means over the steps of every sentence."""

from dataclasses import dataclass

import numpy as np

from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.layer_contrast import hoyer_sparsity
from rnnvis_assets.glyphs.aggregate_information import ClusterReader
from warehouse.arrays import FloatArray


@dataclass(frozen=True)
class SentenceSteps:
    """Means over the steps of each sentence, float64[sentences]; NaN for one without tokens.

    ``updated`` is Σ|Δh| / Σ(|h_t| + |h_(t-1)|), ``sparsity`` Hoyer's of Δh, ``preserved`` the
    fraction of the analysed state that the one before explains (paper, Eq. 7, over all units).
    """

    updated: FloatArray
    sparsity: FloatArray
    preserved: FloatArray


def sentence_steps(inputs: FindingInputs) -> SentenceSteps:
    """Streams the last layer of the recording once; memory does not depend on its length."""
    reading, state = inputs.reading, inputs.state
    units = reading.recording.units[inputs.top_layer]
    whole_layer = ClusterReader(np.zeros(units, np.int32), 1)
    sums = np.zeros((3, reading.split.num_sentences))
    columns = ("hidden", "hidden_delta", "position", state)
    for block in reading.blocks(inputs.top_layer, tuple(dict.fromkeys(columns))):
        hidden, change = block.columns["hidden"], block.columns["hidden_delta"]
        starts = block.columns["position"] == 0
        figures = (
            _updated_fraction(hidden, change),
            hoyer_sparsity(change),
            whole_layer.read(block.columns[state], starts).preserved[:, 0],
        )
        for total, figure in zip(sums, figures, strict=True):
            total += np.bincount(block.sentence, figure, minlength=len(total))
    lengths = np.diff(reading.split.sentence_offsets)
    blank = np.full(sums.shape, np.nan)
    return SentenceSteps(*np.divide(sums, lengths, out=blank, where=lengths > 0))


def _updated_fraction(hidden: FloatArray, change: FloatArray) -> FloatArray:
    whole = np.abs(hidden).sum(axis=1) + np.abs(hidden - change).sum(axis=1)
    fraction: FloatArray = np.divide(
        np.abs(change).sum(axis=1), whole, out=np.zeros(len(hidden)), where=whole > 0
    )
    return fraction
