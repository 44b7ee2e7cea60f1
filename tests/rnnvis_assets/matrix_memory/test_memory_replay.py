"""Replayed readings of every kind of memory, compared with its equations in NumPy."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.matrix_memory import memory_replay
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_replay import is_attended, replay, states
from tests.rnnvis_assets.matrix_memory.memories import (
    KINDS,
    expected_readings,
    random_reader,
    scalar_decay,
)


def _sequence(number: int, factor: torch.Tensor) -> torch.Tensor:
    return factor[number : number + 1]


NAMES = ("hidden", "cell", "written", "lost")


@pytest.mark.parametrize("kind", KINDS)
def test_readings_are_those_of_the_equations(kind: str) -> None:
    generator = np.random.default_rng(1)
    shape, factors = KINDS[kind](generator)
    reader = random_reader(shape, generator)

    found = replay(shape, factors, reader)

    expected = expected_readings(shape, factors, reader)
    for name in NAMES:
        wanted = getattr(expected, name)
        wanted = wanted.reshape(*wanted.shape[:2], shape.units)
        np.testing.assert_allclose(
            getattr(found, name), wanted, rtol=1e-9, atol=1e-10, err_msg=name
        )
    np.testing.assert_allclose(found.keep, expected.keep, rtol=1e-9)
    np.testing.assert_allclose(found.after.memory, expected.states[:, -1], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(
        states(shape, factors)[1:].transpose(0, 1), expected.states, rtol=1e-9, atol=1e-10
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_and_what_is_lost_are_the_change(kind: str) -> None:
    generator = np.random.default_rng(2)
    shape, factors = KINDS[kind](generator, steps=150)
    found = replay(shape, factors, random_reader(shape, generator))

    change = np.diff(found.cell, axis=1, prepend=0)

    np.testing.assert_allclose(found.written + found.lost, change, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        (found.written + found.lost).sum(1), found.cell[:, -1], rtol=1e-9, atol=1e-8
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15)
@given(cut=st.integers(1, 149), seed=st.integers(0, 99))
def test_a_replay_continues_from_any_step(kind: str, cut: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    shape, factors = KINDS[kind](generator, steps=150)
    reader = random_reader(shape, generator)
    whole = replay(shape, factors, reader)

    first = replay(shape, factors.between(0, cut), reader)
    second = replay(shape, factors.between(cut, 150), reader, first.after)

    for name in (*NAMES, "keep"):
        joined = torch.cat([getattr(first, name), getattr(second, name)], 1)
        np.testing.assert_allclose(joined, getattr(whole, name), rtol=1e-7, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_neither_batch_nor_padding_changes_a_sequence(kind: str) -> None:
    generator = np.random.default_rng(3)
    shape, factors = KINDS[kind](generator, batch=3)
    reader = random_reader(shape, generator)
    padded = factors.map(
        lambda each: torch.nn.functional.pad(each, (0,) * (2 * each.ndim - 3) + (7,))
    )

    together = replay(shape, padded, reader)

    for number in range(3):
        one = replay(shape, factors.map(partial(_sequence, number)), reader)
        for name in (*NAMES, "keep"):
            np.testing.assert_allclose(
                getattr(together, name)[number, : factors.steps], getattr(one, name)[0], rtol=1e-9,
                atol=1e-10,
            )  # fmt: skip
        np.testing.assert_allclose(together.after.memory[number], one.after.memory[0], rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_is_within_a_hundred_thousandth(kind: str) -> None:
    generator = np.random.default_rng(4)
    shape, factors = KINDS[kind](generator, steps=200)
    reader = random_reader(shape, generator)

    exact = replay(shape, factors, reader)
    found = replay(shape, factors.map(torch.Tensor.float), reader)

    for name in NAMES:
        wanted = getattr(exact, name)
        error = (getattr(found, name) - wanted).abs().max() / wanted.abs().max()
        assert error < 1e-5, name


def test_attention_reads_what_stepping_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(5)
    shape, factors = scalar_decay(generator, steps=100)
    reader = random_reader(shape, generator)
    attended = replay(shape, factors, reader)
    monkeypatch.setattr(memory_replay, "is_attended", lambda *_: False)

    stepped = replay(shape, factors, reader)

    for name in (*NAMES, "keep"):
        np.testing.assert_allclose(
            getattr(attended, name), getattr(stepped, name), rtol=1e-7, atol=1e-9
        )


@pytest.mark.parametrize("kind", KINDS)
def test_one_reader_may_serve_all_heads(kind: str) -> None:
    generator = np.random.default_rng(9)
    shape, factors = KINDS[kind](generator)
    one = random_reader(shape, generator)[:1]

    found = replay(shape, factors, one)

    wanted = replay(shape, factors, one.expand(shape.heads, -1))
    for name in (*NAMES, "keep"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-9)


def test_only_one_decay_a_head_without_erasing_is_attended() -> None:
    generator = np.random.default_rng(6)
    found = {kind: is_attended(*make(generator)) for kind, make in KINDS.items()}
    assert found == {
        "scalar_decay": True,
        "channel_decay": False,
        "delta_rule": False,
        "channel_erase": False,
        "normalised": True,
    }


def test_strong_decays_keep_their_digits() -> None:
    """Sums of log decays would lose those of the last steps in float32."""
    generator = np.random.default_rng(7)
    shape, factors = scalar_decay(generator, steps=64)
    step = factors.decay_step.clone()
    step[:, :32] = 500
    factors = replace(factors, decay_step=step)
    reader = random_reader(shape, generator)

    exact = replay(shape, factors, reader)
    found = replay(shape, factors.map(torch.Tensor.float), reader)

    assert (found.cell - exact.cell).abs().max() < 1e-5 * exact.cell.abs().max()


def test_a_step_of_zeros_leaves_the_memory_as_it_is() -> None:
    generator = np.random.default_rng(8)
    shape, factors = scalar_decay(generator)
    reader = random_reader(shape, generator)
    first = replay(shape, factors, reader)

    nothing: MemoryFactors = factors.between(0, 1).map(torch.zeros_like)
    found = replay(shape, nothing, reader, first.after)

    assert torch.equal(found.after.memory, first.after.memory)
    assert not found.written.any()
    assert not found.lost.any()
