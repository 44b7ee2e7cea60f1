from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.glyphs.aggregate_information import (
    ClusterReader,
    Glyphs,
    SplitChanges,
    sentence_glyphs,
)
from tests.examples.whole_units import whole_units
from tests.rnnvis_assets.glyphs.glyph_oracle import LISTS, SPLIT_LISTS, expect_glyphs
from warehouse.chips import Chips

STEPS, UNITS, CLUSTERS = 12, 7, 3
WHOLE = whole_units(np.array([0, 2, 0, 2, 2, 0, 2], np.int32), CLUSTERS)  # none in cluster 1
SIGNED = Chips(  # both directions of unit 3 in cluster 0
    CLUSTERS,
    units=np.tile(np.arange(UNITS, dtype=np.int32), 2),
    directions=np.repeat(np.array([1, -1], np.int32), UNITS),
    clusters=np.array([0, 2, 0, 0, 2, 0, 2, 2, 0, 2, 0, 0, 2, 2], np.int32),
)
Steps = tuple[np.ndarray, np.ndarray, np.ndarray]


def random_steps(seed: int = 0) -> Steps:
    """States (some of them 0, some as before), starts and a gate."""
    generator = np.random.default_rng(seed)
    states = generator.uniform(-1, 1, (STEPS, UNITS)).astype(np.float32)
    states[generator.random(states.shape) < 0.2] = 0
    states[3] = states[2]
    gate = generator.uniform(0, 1, (STEPS, UNITS)).astype(np.float32)
    return states, generator.random(STEPS) < 0.3, gate


ANY_STEPS = st.integers(0, 2**32 - 1).map(random_steps)


def assert_glyphs(glyphs: Glyphs, expected: dict[str, np.ndarray | None]) -> None:
    for name in SPLIT_LISTS:
        if expected[name] is None:
            assert getattr(glyphs, name) is None
        else:
            np.testing.assert_allclose(
                getattr(glyphs, name), expected[name], rtol=1e-5, atol=1e-5, err_msg=name
            )


def test_a_step_by_hand() -> None:
    states = np.array([[0.5, -0.2, 0.4], [0.2, 0.1, 0.8]], np.float32)
    gate = np.array([[0.9, 0.9, 0.9], [0.5, 1.0, 0.0]], np.float32)
    glyphs = sentence_glyphs(states, gate, whole_units(np.array([0, 0, 1], np.int32), 2))
    np.testing.assert_allclose(glyphs.positive, [[0.5, 0.4], [0.3, 0.8]], rtol=1e-6)
    np.testing.assert_allclose(glyphs.negative, [[-0.2, 0], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(glyphs.positive_change, [[0.5, 0.4], [-0.2, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(glyphs.negative_change, [[-0.2, 0], [0.2, 0]], rtol=1e-6)
    # 0.5 shrank to 0.2, -0.2 changed its sign, 0.4 grew to 0.8
    np.testing.assert_allclose(glyphs.preserved, [[0, 0], [0.2 / 0.3, 0.4 / 0.8]], rtol=1e-6)
    assert glyphs.keep is not None
    np.testing.assert_allclose(glyphs.keep, [[0, 0], [(0.25 + 0.2) / 0.7, 0]], rtol=1e-6)


@pytest.mark.parametrize("chips", [WHOLE, SIGNED], ids=["whole", "signed"])
@pytest.mark.parametrize("gated", [True, False])
def test_glyphs_are_those_of_plain_loops(gated: bool, chips: Chips) -> None:
    states, starts, gate = random_steps()
    keep_gate = gate if gated else None
    glyphs = ClusterReader(chips).read(states, starts, keep_gate)
    assert_glyphs(glyphs, expect_glyphs(states, starts, keep_gate, chips))


def matrix_memory(seed: int) -> tuple[np.ndarray, np.ndarray, SplitChanges]:
    """Values of a memory of 7 units in two heads, read by the mean query; its decays, a head each;
    and what each step wrote and lost (decay and, of the second head, erasing along the key)."""
    random = np.random.default_rng(seed)
    heads = np.array([0, 0, 0, 1, 1, 1, 1])
    keys, values, decays = (
        random.normal(0, 1, (STEPS, 2, 4)), random.normal(0, 1, (STEPS, UNITS)),
        random.uniform(0.5, 1, (STEPS, 2)),
    )  # fmt: skip
    memory, query = np.zeros((4, UNITS)), keys.mean(axis=0)
    states, written, lost = np.zeros((3, STEPS, UNITS))
    for t, unit in np.ndindex(STEPS, UNITS):
        key, reader = keys[t, heads[unit]], query[heads[unit]]
        column = memory[:, unit]
        left = decays[t, heads[unit]] * column
        if heads[unit]:
            left = left - 0.1 * key * (key @ left)
        written[t, unit] = (reader @ key) * values[t, unit]
        lost[t, unit] = reader @ left - reader @ column
        memory[:, unit] = left + key * values[t, unit]
        states[t, unit] = reader @ memory[:, unit]
    singles = [part.astype(np.float32) for part in (states, decays[:, heads], written, lost)]
    return singles[0], singles[1], SplitChanges(*singles[2:])


@pytest.mark.parametrize("chips", [WHOLE, SIGNED], ids=["whole", "signed"])
def test_a_matrix_memory_says_what_was_written_and_what_was_lost(chips: Chips) -> None:
    states, gate, split = matrix_memory(1)
    expected = expect_glyphs(
        states, np.arange(STEPS) == 0, gate, chips, (split.written, split.lost)
    )
    glyphs = sentence_glyphs(states, gate, chips, split=split)
    assert_glyphs(glyphs, expected)
    found = glyphs.written + glyphs.lost
    np.testing.assert_allclose(found, glyphs.positive_change + glyphs.negative_change, atol=1e-4)


def test_of_a_memory_that_only_decays_the_share_preserved_is_its_gate() -> None:
    """Even where what is written has the opposite sign, which would count as no overlap."""
    states = np.array([[2, -3], [-8, 8]], np.float32)
    split = SplitChanges(
        written=np.array([[2, -3], [-9, 9.5]], np.float32),
        lost=np.array([[0, 0], [-1, 1.5]], np.float32),
    )
    glyphs = sentence_glyphs(states, None, whole_units(np.zeros(2, np.int32), 1), split=split)
    np.testing.assert_allclose(glyphs.preserved, [[0], [0.5]])
    np.testing.assert_allclose(glyphs.written, [[-1], [0.5]])


@given(ANY_STEPS, st.sets(st.integers(0, UNITS - 1)))
def test_the_sign_of_units_does_not_matter_to_directions(steps: Steps, flipped: set[int]) -> None:
    states, starts, gate = steps
    units = np.isin(SIGNED.units, list(flipped))
    other = replace(SIGNED, directions=np.where(units, -1, 1) * SIGNED.directions)
    signs = np.where(np.isin(np.arange(UNITS), list(flipped)), -1, 1).astype(np.float32)
    expected = ClusterReader(SIGNED).read(states, starts, gate)
    glyphs = ClusterReader(other).read(states * signs, starts, gate)
    for name in LISTS:
        np.testing.assert_allclose(getattr(glyphs, name), getattr(expected, name), atol=1e-5)


@given(ANY_STEPS, st.sets(st.integers(1, STEPS - 1)))
def test_blocks_of_any_size_give_the_same_glyphs(steps: Steps, cuts: set[int]) -> None:
    states, starts, gate = steps
    whole = ClusterReader(WHOLE).read(states, starts, gate)
    reader = ClusterReader(WHOLE)
    pieces = [
        reader.read(states[start:stop], starts[start:stop], gate[start:stop])
        for start, stop in pairwise((0, *sorted(cuts), STEPS))
    ]
    for name in LISTS:
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_allclose(joined, getattr(whole, name), rtol=1e-5, atol=1e-6)


@given(ANY_STEPS)
def test_shares_lie_between_0_and_1(steps: Steps) -> None:
    states, starts, gate = steps
    glyphs = ClusterReader(WHOLE).read(states, starts, gate)
    for shares in (glyphs.preserved, glyphs.keep):
        assert shares is not None
        assert ((shares >= 0) & (shares <= 1)).all()


@given(ANY_STEPS)
def test_positive_and_negative_add_up_to_all_states(steps: Steps) -> None:
    states, *_ = steps
    glyphs = sentence_glyphs(states, None, WHOLE)
    total = np.abs(states).sum(axis=1)
    np.testing.assert_allclose((glyphs.positive - glyphs.negative).sum(1), total, atol=1e-5)


@given(ANY_STEPS)
def test_changes_add_up_to_the_last_value(steps: Steps) -> None:
    states, *_ = steps
    glyphs = sentence_glyphs(states, None, WHOLE)
    np.testing.assert_allclose(glyphs.positive_change.sum(0), glyphs.positive[-1], atol=1e-5)
    np.testing.assert_allclose(glyphs.negative_change.sum(0), glyphs.negative[-1], atol=1e-5)


@given(ANY_STEPS, st.permutations(range(UNITS)))
def test_the_order_of_units_does_not_matter(steps: Steps, order: list[int]) -> None:
    states, *_ = steps
    glyphs = sentence_glyphs(states, None, WHOLE)
    shuffled = sentence_glyphs(states[:, order], None, whole_units(WHOLE.clusters[order], CLUSTERS))
    np.testing.assert_allclose(shuffled.positive, glyphs.positive, atol=1e-6)
    np.testing.assert_allclose(shuffled.preserved, glyphs.preserved, rtol=1e-4, atol=1e-6)


def test_a_sentence_is_a_sequence_of_its_own() -> None:
    states, _, gate = random_steps()
    first = np.arange(STEPS) == 0
    expected = expect_glyphs(states, first, gate, WHOLE)
    assert_glyphs(sentence_glyphs(states, gate, WHOLE), expected)


def test_a_sentence_may_go_on_from_a_state() -> None:
    """The end of a sequence, read from the state before it, has the glyphs of that end."""
    states, _, gate = random_steps()
    whole = sentence_glyphs(states, gate, WHOLE)
    end = sentence_glyphs(states[5:], gate[5:], WHOLE, before=states[4])
    for name in LISTS:
        np.testing.assert_array_equal(getattr(end, name), getattr(whole, name)[5:])


def test_no_state_at_all_preserves_and_keeps_nothing() -> None:
    zeros = np.zeros((2, UNITS), np.float32)
    glyphs = sentence_glyphs(zeros, zeros + 1, WHOLE)
    assert glyphs.keep is not None
    assert not glyphs.preserved.any()
    assert not glyphs.keep.any()
