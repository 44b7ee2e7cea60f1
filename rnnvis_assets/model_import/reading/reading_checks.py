"""Checks that an imported network reads every word, and gives the same states however its tokens
are grouped."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnvis_assets.model_import.reading.network_readers import (
    TOLERANCE,
    NetworkReader,
    concatenate,
    probe_words,
)
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.reading.weight_probe import GIVE_ITS_WORDS
from warehouse.errors import ImportedModelError


def check_reading(reader: NetworkReader, words: Tensor) -> None:
    """Reads int64[batch, steps] words again, every sequence separately, and in two pieces.

    Raises ImportedModelError where that gives other states than reading them together.
    """
    together = reader.read(words)
    _check_order(reader, words, together)
    _require_same(reader, together, reader.read(words), "a second time")
    rows = concatenate([reader.read(row.unsqueeze(0)) for row in words], dim=0)
    _require_same(reader, together, rows, "one sequence at a time")
    if reader.carries and words.shape[1] > 1:
        cut = words.shape[1] // 2
        first = reader.read(words[:, :cut])
        second = reader.read(words[:, cut:], reader.last_states(first))
        pieces = concatenate([first, second], dim=1)
        _require_same(reader, together, pieces, "in two pieces, the state carried over,")


def _check_order(reader: NetworkReader, words: Tensor, arrays: Sequence[LayerArrays]) -> None:
    """Raises ImportedModelError for a forward layer that receives the words from their end: its
    states would be shown at the wrong words."""
    other = words.clone()
    other[:, 0] = torch.where(words[:, 0] == words.max(), words.min(), words.max())
    for shape, one, two in zip(reader.shapes, arrays, reader.read(other), strict=True):
        moved = (one[shape.states[0]] != two[shape.states[0]]).any(dim=2).any(dim=0)
        if shape.direction == "forward" and moved.any() and not moved[0]:
            raise ImportedModelError(
                f"{shape.name}: another first word leaves its first state as it was and changes "
                "the last: forward reverses the words before this layer",
                repair="make it the backward direction of a bidirectional module, or provide the "
                "states in the order of the words through "
                "rnnvis_assets.model_import.state_reader.StateReader",
            )


def _require_same(
    reader: NetworkReader, expected: Sequence[LayerArrays], found: Sequence[LayerArrays], how: str
) -> None:
    for shape, one, other in zip(reader.shapes, expected, found, strict=True):
        for name in shape.arrays:
            scale = one[name].abs().clamp(min=1)
            difference = float(((one[name] - other[name]).abs() / scale).max())
            if not difference <= 10 * TOLERANCE:
                raise ImportedModelError(
                    f"{shape.name}: read {how} {name} differs by up to {difference:.3g}",
                    repair="make sure that eval() stops all that is random, and that only the "
                    "recurrent layers look at other words (else --setting sequences=sentences)",
                )


def require_room(reader: NetworkReader, num_words: int) -> None:
    """Reads the last of the words. Raises ImportedModelError where the network cannot."""
    words = probe_words(num_words, batch=1).clone()
    words[0, -1] = num_words - 1
    try:
        reader.read(words)
    except ImportedModelError as error:
        raise ImportedModelError(
            f"the vocabulary has {num_words:,} words, of which the network cannot read the last: "
            f"{error.message}",
            repair=GIVE_ITS_WORDS,
        ) from error
