"""How alike compared networks represent the same text, for the table ``model_similarity``."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path
from typing import Any

from rnnvis_assets.findings.finding_inputs import FindingInputs
from warehouse.parquet_tables import write_table
from warehouse.representation_similarity import (
    Pairs,
    linear_cka,
    read_same_tokens,
    shared_responses,
    shared_states,
)
from warehouse.schema import MODEL_SIMILARITY

Place = tuple[str, FindingInputs, int]
"""A role, its network, and a layer."""


def write_similarity(path: Path, compared: Mapping[str, FindingInputs]) -> Path:
    """Writes linear CKA between the layers of every two networks, for the states that both have."""
    rows = [row for pair in combinations(compared.items(), 2) for row in _rows_of_pair(*pair)]
    write_table(path, MODEL_SIMILARITY, MODEL_SIMILARITY.columns_of(rows))
    return path


def _rows_of_pair(
    first: tuple[str, FindingInputs], second: tuple[str, FindingInputs]
) -> Iterator[Mapping[str, Any]]:
    places = (
        [(role, inputs, layer) for layer in range(inputs.reading.recording.num_layers)]
        for role, inputs in (first, second)
    )
    for one, other in product(*places):
        states = [inputs.reading.recording.states_of(layer) for _, inputs, layer in (one, other)]
        for state in (state for state in states[0] if state in states[1]):
            yield from _rows_of_state(one, other, state)


def _rows_of_state(one: Place, other: Place, state: str) -> Iterator[Mapping[str, Any]]:
    for measured, pairs in _compared(one, other, state):
        yield {
            "first": one[0],
            "first_layer": one[2],
            "second": other[0],
            "second_layer": other[2],
            "state": state,
            "measured": measured,
            **vars(linear_cka(pairs)),
        }


def _compared(one: Place, other: Place, state: str) -> Iterator[tuple[str, Pairs]]:
    """Responses, and states where both networks read the same tokens."""
    both = (one[1:], other[1:])
    recordings = [inputs.reading.recording for inputs, _ in both]
    responses = [
        (inputs.responses(layer, state), tuple(inputs.vocabulary.words)) for inputs, layer in both
    ]
    yield "responses", shared_responses(*responses)
    if read_same_tokens(*recordings):
        first, second = recordings
        yield "states", shared_states((first, one[2], state), (second, other[2], state))
