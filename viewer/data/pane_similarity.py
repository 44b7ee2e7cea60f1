"""How alike what two panes show is, whatever their units: linear CKA, next to chance."""

from typing import NamedTuple

from viewer.data.release_store import facts_of, vocabulary_of
from warehouse.errors import RecordingError
from warehouse.reader import Release
from warehouse.representation_similarity import (
    Pairs,
    Similarity,
    linear_cka,
    read_same_tokens,
    shared_responses,
    shared_states,
)
from warehouse.word_queries import ResponseMatrix

TOKENS = 5_000
"""The first tokens that states are compared at: enough for two digits."""


class Place(NamedTuple):
    """A state of a layer of a release."""

    release: Release
    layer: int
    state: str


def _responses(place: Place) -> tuple[ResponseMatrix, tuple[str, ...]]:
    release = place.release
    matrix = release.words.response_matrix(
        layer=place.layer, state=place.state, minimum_count=facts_of(release).minimum_count
    )
    return matrix, vocabulary_of(release).words


def _states(first: Place, second: Place) -> Pairs:
    one, other = (
        (place.release.recording(), place.layer, place.state) for place in (first, second)
    )
    return shared_states(one, other, TOKENS) if read_same_tokens(one[0], other[0]) else ()


def similarity_text(first: Place, second: Place) -> str:
    """Linear CKA of the mean responses to shared words, and of the states where both read the same
    tokens and the recordings are there. Reads recordings: call it from a thread."""
    responses = linear_cka(shared_responses(_responses(first), _responses(second)))
    parts = [_text(responses, "responses to {:,} shared words")]
    try:
        parts.append(_text(linear_cka(_states(first, second)), "states at {:,} shared tokens"))
    except RecordingError as error:
        parts.append(f"states are not compared: {error}")
    known = list(filter(None, parts))
    return f"Alike by linear CKA: {'; '.join(known)}" if known else "Nothing to compare is shared."


def _text(found: Similarity, of: str) -> str:
    if found.cka is None or found.chance is None:
        return ""
    return f"{of.format(found.shared)} {found.cka:.2f} (by chance {found.chance:.2f})"
