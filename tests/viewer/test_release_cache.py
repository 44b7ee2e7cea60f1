"""What is derived from releases: kept while there is room, forgotten with its release."""

import gc
from dataclasses import dataclass
from functools import partial
from weakref import ref

import numpy as np
import pytest

from viewer.data.release_cache import ReleaseCache, size_of

ROOM = 10_000


class Release:
    """Stands for an opened release."""


def _array(size: int) -> np.ndarray:
    return np.zeros(size, np.uint8)


def test_the_oldest_answers_make_room() -> None:
    cache, release = ReleaseCache(ROOM), Release()
    for number in range(5):
        cache.keep(release, (number,), _array(3_000))
        assert cache.find(release, (0,)) is not None
    assert cache.num_bytes == 9_000
    assert [bool(cache.find(release, (number,))) for number in range(5)] == [
        True, False, False, True, True
    ]  # fmt: skip


def test_an_answer_larger_than_the_room_is_kept_until_the_next() -> None:
    cache, release = ReleaseCache(ROOM), Release()
    cache.keep(release, ("large",), _array(2 * ROOM))
    assert cache.find(release, ("large",)) is not None
    cache.keep(release, ("small",), _array(1))
    assert (cache.find(release, ("large",)), cache.num_bytes) == (None, 1)


@dataclass
class _Network:
    """As large as one of 2,000 units, its weights as they are stored and as they are read."""

    nbytes: int = 350 * 2**20


def test_a_large_network_stays_next_to_what_it_answers() -> None:
    cache, release = ReleaseCache(), Release()
    cache.keep(release, ("network",), _Network())
    cache.keep(release, ("sentence",), _array(2**20))
    assert cache.find(release, ("network",)) is not None


def test_nothing_is_an_answer_too() -> None:
    cache, release = ReleaseCache(ROOM), Release()
    cache.keep(release, (), None)
    assert cache.find(release, ()) == (None,)


@pytest.mark.slow
def test_a_release_is_not_held_and_takes_its_answers_with_it() -> None:
    cache, kept, release = ReleaseCache(ROOM), Release(), Release()
    cache.keep(kept, (), _array(10))
    cache.keep(release, (), answer := _array(20))
    gone = ref(release)
    held = ref(answer)
    del release, answer
    gc.collect()
    assert (gone(), held(), cache.num_bytes) == (None, None, 10)


@pytest.mark.slow
def test_a_release_that_ends_while_the_cache_is_at_work_is_forgotten_next() -> None:
    cache, kept, release = ReleaseCache(ROOM), Release(), Release()
    cache.keep(release, (), _array(20))
    with cache._lock:
        del release
        gc.collect()
    assert cache.find(kept, ()) is None
    assert cache.num_bytes == 0


@dataclass(frozen=True)
class Answer:
    matrix: np.ndarray
    words: tuple[str, ...]


def _enclosing(array: np.ndarray):
    return lambda: array


@pytest.mark.parametrize(
    "value",
    [
        Answer(_array(ROOM), ("a",)),
        {"a": [_array(ROOM)]},
        _enclosing(_array(ROOM)),
        partial(max, _array(ROOM)),
        Answer(_array(ROOM), ()).__eq__,
        ("x" * ROOM, 1),
    ],
)
def test_what_an_answer_refers_to_counts(value: object) -> None:
    assert ROOM <= size_of(value) < 1.2 * ROOM


def test_what_is_referred_to_twice_counts_once() -> None:
    array = _array(ROOM)
    assert size_of([array, array]) < 1.2 * ROOM
