"""The states that a sentence is read from.

A language model never has a zero state when it reads, save before the first word of all: there,
sentences are read from the mean state before one, from the state after a recorded one, or, to see
the difference, from zero. A classifier starts every document from zero.
"""

from typing import TYPE_CHECKING

import numpy as np

from viewer.data.release_cache import cached_by_release
from warehouse.arrays import Float32Array, Int32Array
from warehouse.errors import RecordingError
from warehouse.reader import Release

if TYPE_CHECKING:
    from rnnvis_assets.recording.layer_states import FirstStates

WARM, ZERO = "warm", "zero"
"""The mean state before a sentence; no state. Any other start is the number of a recorded sentence,
after which the text is read."""


@cached_by_release
def runs_on(release: Release) -> bool:
    """Whether the network's state runs on from sentence to sentence, so that there is a state to
    start from. A layer that reads backward starts from the text's end."""
    forward = all(layer.direction == "forward" for layer in release.layers)
    return forward and release.model["task"] == "language_model"


def chooses_start(release: Release) -> bool:
    """Whether typed sentences can be read from more than one state.

    Raises CheckpointError where the network is missing.
    """
    if not runs_on(release):
        return False
    from viewer.data.typed_sentences import network_of  # imports PyTorch

    return network_of(release).carries


def start_text(release: Release, start: str) -> str:
    """What typed sentences are read from, in words; "" where there is no choice.

    Raises CheckpointError where the network is missing.
    """
    if not runs_on(release):
        return ""
    if not chooses_start(release):
        return "read from a zero state, as this network reads every typed sentence"
    if start == ZERO:
        return "read from a zero state, which the network never has within a text"
    if start == WARM:
        return "read from the mean state before a sentence"
    return f"read after sentence {start}"


@cached_by_release
def typed_start(release: Release, start: str) -> "FirstStates | None":
    """The states that a typed sentence is read from, layer by layer; None for zero.

    Raises RecordingError where the state after a recorded sentence is asked for and the recording
    is missing, and ReleaseError where there is no such sentence.
    """
    if start == ZERO or not runs_on(release):
        return None
    if start == WARM:
        return mean_states(release)
    last = int(release.sentences.tokens(int(start))["token"][-1].as_py())
    return [
        {state: recorded[state] for state in layer.states}
        for layer, recorded in zip(release.layers, _recorded_at(release, last), strict=True)
    ]


def recorded_start(release: Release, sentence_id: int) -> "FirstStates | None":
    """The states before a recorded sentence, or their mean where the recording is missing; None
    for zero. Raises ReleaseError where there is no such sentence."""
    if not runs_on(release):
        return None
    first = int(release.sentences.tokens(sentence_id)["token"][0].as_py())
    try:
        found = _recorded_at(release, first)
    except RecordingError:
        return mean_states(release)
    return [
        {state: recorded[state] - recorded[f"{state}_delta"] for state in layer.states}
        for layer, recorded in zip(release.layers, found, strict=True)
    ]


def words_before(release: Release, sentence_id: int) -> Int32Array:
    """int32[words]: those that the network had read before a recorded sentence since its state was
    zero; none where the recording is missing. Raises ReleaseError where there is no such sentence.
    """
    first = int(release.sentences.tokens(sentence_id)["token"][0].as_py())
    try:
        recording = release.recording()
        (position,) = recording.rows(0, ["position"], first, first + 1)["position"]
        found: Int32Array = recording.rows(0, ["word_id"], first - position, first + 1)["word_id"]
    except RecordingError:
        return np.empty(0, np.int32)
    return found[:-1]


def mean_states(release: Release) -> "FirstStates":
    """The mean state before a sentence, layer by layer."""
    return [
        {state: release.units.sentence_start(layer=number, state=state) for state in layer.states}
        for number, layer in enumerate(release.layers)
    ]


def _recorded_at(release: Release, token: int) -> list[dict[str, Float32Array]]:
    """States and changes at a token of the recording, float32[units] by name, layer by layer."""
    recording = release.recording()
    found = []
    for number, layer in enumerate(release.layers):
        names = [name for state in layer.states for name in (state, f"{state}_delta")]
        rows = recording.rows(number, names, token, token + 1)
        found.append({name: values[0] for name, values in rows.items()})
    return found
