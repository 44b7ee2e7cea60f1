"""Linear CKA by another formula, what leaves it unchanged, and what two recordings share."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.synthetic import Synthetic
from tests.warehouse.synthetic_states import states_of, write_made_up_recording
from warehouse import representation_similarity
from warehouse.errors import RecordingError
from warehouse.recordings import Recording
from warehouse.representation_similarity import (
    linear_cka,
    read_same_tokens,
    shared_responses,
    shared_states,
)
from warehouse.storage import Storage
from warehouse.word_queries import ResponseMatrix

ROWS = 300


def cka_of_grams(x: np.ndarray, y: np.ndarray) -> float:
    """Kornblith et al. (2019), Eq. 3 and 4: by the rows' similarities, not by the units'."""
    centring = np.eye(len(x)) - 1 / len(x)
    one, other = (
        centring @ z.astype(np.float64) @ z.T.astype(np.float64) @ centring for z in (x, y)
    )
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


def made_up(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two networks that share something, far from zero, float32[rows, 5] and [rows, 3]."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(ROWS, 3))
    first = np.hstack([common, generator.normal(size=(ROWS, 2))]) + 50
    second = common @ generator.normal(size=(3, 3)) + generator.normal(size=(ROWS, 3)) - 9
    return first.astype(np.float32), second.astype(np.float32)


@given(st.lists(st.integers(0, ROWS), max_size=4))
@settings(max_examples=20, deadline=None)
def test_it_is_the_cka_of_the_rows_similarities_however_they_are_cut(cuts: list[int]) -> None:
    first, second = made_up()
    bounds = [0, *sorted(set(cuts) - {0}), ROWS]
    blocks = ((first[a:b], second[a:b]) for a, b in pairwise(bounds) if b > a)
    found = linear_cka(blocks)
    assert found.shared == ROWS
    assert found.cka == pytest.approx(cka_of_grams(first, second), rel=1e-6)


def test_neither_rotations_nor_scales_change_it_and_chance_is_lower() -> None:
    first, second = made_up()
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    found = linear_cka([(first, second)])
    turned = linear_cka([(3 * first @ rotation, second)])
    assert found.cka == pytest.approx(turned.cka, rel=1e-4)
    assert linear_cka([(first, first @ rotation)]).cka == pytest.approx(1, rel=1e-6)
    assert found.chance < 0.1 < found.cka


def test_a_constant_or_nothing_has_none() -> None:
    first, _ = made_up()
    flat = linear_cka([(first, np.ones((ROWS, 2), np.float32))])
    assert (flat.cka, flat.chance) == (None, None)
    assert linear_cka([]).shared == 0


def test_responses_are_those_to_the_same_words(monkeypatch) -> None:
    def matrix(ids: list[int], scale: int) -> ResponseMatrix:
        means = scale * np.array(ids, np.float32)[:, None] * np.ones((1, 2), np.float32)
        return ResponseMatrix(np.array(ids, np.int32), np.ones(len(ids), np.int64), means)

    first = matrix([0, 2, 3], 1), ("a", "b", "c", "d")
    second = matrix([0, 1], 10), ("d", "a")
    ((one, other),) = shared_responses(first, second)
    assert one[:, 0].tolist() == [0, 3]
    assert other[:, 0].tolist() == [10, 0]
    assert list(shared_responses((matrix([1], 1), ("x", "y")), second)) == []
    monkeypatch.setattr(representation_similarity, "BLOCK", 1)
    blocks = [
        (own[:, 0].tolist(), far[:, 0].tolist()) for own, far in shared_responses(first, second)
    ]
    assert blocks == [([0], [10]), ([3], [0])]


def write_recording(root: Path, name: str, source: str) -> Recording:
    recording = write_made_up_recording(Storage(root), Synthetic(name=name))
    recording.source["words_sha256"] = source
    return recording


def test_states_are_those_at_the_same_tokens(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(representation_similarity, "BLOCK", 70)
    one, other = (write_recording(tmp_path, name, "w") for name in ("one", "other"))
    blocks = list(shared_states((one, 0, "hidden"), (other, 1, "hidden"), 200))
    assert [len(block[0]) for block in blocks] == [70, 70, 60]
    spec = Synthetic(name="other")
    expected = states_of(spec, 1, "hidden")[:200]
    np.testing.assert_array_equal(np.concatenate([block[1] for block in blocks]), expected)


def test_states_at_other_tokens_are_not_compared(tmp_path: Path) -> None:
    one, other = (write_recording(tmp_path, name, name) for name in ("one", "other"))
    assert not read_same_tokens(one, other)
    with pytest.raises(RecordingError, match="not of the same tokens"):
        list(shared_states((one, 0, "hidden"), (other, 0, "hidden")))
