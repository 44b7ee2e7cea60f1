"""Stretches like a given one, against every window compared one after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.examples import SPEC
from tests.warehouse.synthetic_states import states_of, write_made_up_recording
from warehouse import pattern_search
from warehouse.errors import RecordingError
from warehouse.pattern_search import (
    STEPS,
    CodedStates,
    coded,
    coded_states,
    nearest_windows,
)
from warehouse.recordings import Recording
from warehouse.storage import Storage


def one_by_one(
    states: CodedStates, pattern: np.ndarray, units: np.ndarray, limit: int, own: int | None
) -> list[tuple[int, float]]:
    """(start, distance) of the nearest windows, chosen greedily."""
    length, found = pattern.shape[1], []
    for start in range(states.codes.shape[1] - length + 1):
        if len(set(states.runs[start : start + length].tolist())) > 1:
            continue
        if own is not None and abs(start - own) < length:
            continue
        window = states.codes[units, start : start + length].astype(float)
        found.append((float(np.sqrt(np.mean((window - pattern) ** 2))) / STEPS, start))
    chosen: list[tuple[int, float]] = []
    for distance, start in sorted(found):
        if len(chosen) < limit and all(abs(start - other) >= length for other, _ in chosen):
            chosen.append((start, distance))
    return chosen


@settings(max_examples=60, deadline=None)
@given(
    tokens=st.integers(1, 60), length=st.integers(1, 6), units=st.integers(1, 4),
    span=st.integers(1, 3), limit=st.integers(1, 12), seed=st.integers(0, 2**16),
    recorded=st.booleans(),
)  # fmt: skip
def test_the_nearest_windows_are_those_of_plain_loops(
    tokens: int, length: int, units: int, span: int, limit: int, seed: int, recorded: bool
) -> None:
    random = np.random.default_rng(seed)
    # Few different codes: many windows are equally near.
    codes = random.integers(-span, span + 1, (5, tokens), np.int8)
    states = CodedStates(codes, np.cumsum(random.random(tokens) < 0.2).astype(np.int32))
    chosen = random.choice(5, units, replace=False)
    own = int(random.integers(0, max(tokens - length, 0) + 1)) if recorded else None
    pattern = random.integers(-span, span + 1, (units, length), np.int8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pattern_search, "BLOCK", 7)
        found = nearest_windows(states, pattern, chosen, limit=limit, own=own)
    expected = one_by_one(states, pattern, chosen, limit, own)
    assert found.starts.tolist() == [start for start, _ in expected]
    np.testing.assert_allclose(found.distances, [distance for _, distance in expected])


def test_a_code_is_a_thirty_second_of_a_standard_deviation() -> None:
    values = np.array([[1.0, 5.0, 2.0], [3.0, 5.0, 2.5], [99.0, 5.0, -99.0]], np.float32)
    codes = coded(values, np.array([1, 5, 2], np.float32), np.array([2, 0, 0.5], np.float32))
    assert codes.tolist() == [[0, 0, 0], [32, 0, 32], [127, 0, -127]]


@pytest.fixture(scope="module")
def recording(storage: Storage) -> Recording:
    return write_made_up_recording(storage, SPEC)


def test_a_recording_is_read_once_and_cut_at_sentences_and_sequences(recording: Recording) -> None:
    values = states_of(SPEC, 1, "cell")
    mean, std = values.mean(axis=0), values.std(axis=0)
    sentences = (np.arange(len(values)) // 2 * 2).astype(np.int32)
    found = coded_states(recording, sentences, layer=1, state="cell", mean=mean, std=std)
    np.testing.assert_array_equal(found.codes, coded(values, mean, std).T)
    sequences = np.arange(len(values)) // SPEC.sentence_length
    pairs = list(zip(sentences.tolist(), sequences.tolist(), strict=True))
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    assert found.runs.tolist() == [numbers[pair] for pair in pairs]


def test_more_than_fits_is_refused(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_search, "MOST_BYTES", 100)
    zeros = np.zeros(SPEC.num_units, np.float32)
    with pytest.raises(RecordingError, match="at most 100 are searched"):
        coded_states(
            recording, np.zeros(SPEC.num_tokens, np.int32), layer=0, state="cell",
            mean=zeros, std=zeros,
        )  # fmt: skip
