"""One cache of what is derived from releases, for all sessions. It keeps no release open, and no
more than ``MOST_BYTES``."""

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from inspect import isfunction, ismethod, ismodule
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import ref

from warehouse.reader import Release

P = ParamSpec("P")
R = TypeVar("R")
MOST_BYTES = 2**30
"""Room for a network of 2,000 units (350 MiB with its weights as they are read) and for all else
that is shown: what does not fit is read again for every sentence."""


class ReleaseCache:
    """The latest answers, at most ``most_bytes`` of them; the last one is kept whatever its size.

    A plain cache would keep every release that it was ever asked about open. This one holds them
    weakly, and forgets a release's answers once it is gone.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self.num_bytes = most_bytes, 0
        self._answers: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._releases: dict[int, ref[Release]] = {}
        self._gone: deque[int] = deque()
        self._lock = Lock()

    def find(self, release: Release, key: tuple[Any, ...]) -> tuple[Any] | None:
        """The answer, in a tuple, if it is kept."""
        with self._lock:
            self._forget_gone()
            found = self._answers.get((id(release), *key))
            if found is None:
                return None
            self._answers.move_to_end((id(release), *key))
            return found[:1]

    def keep(self, release: Release, key: tuple[Any, ...], answer: Any) -> None:
        """Keeps an answer, and forgets the oldest ones where there is no room for all."""
        size = size_of(answer)
        with self._lock:
            self._forget_gone()
            number = id(release)
            if number not in self._releases:
                self._releases[number] = ref(release, lambda _: self._note_gone(number))
            self._drop((number, *key))
            self._answers[number, *key] = answer, size
            self.num_bytes += size
            while self.num_bytes > self._most_bytes and len(self._answers) > 1:
                self._drop(next(iter(self._answers)))

    def _note_gone(self, number: int) -> None:
        """May be called at any place of this very class, whenever garbage is collected."""
        self._gone.append(number)
        if self._lock.acquire(blocking=False):
            try:
                self._forget_gone()
            finally:
                self._lock.release()

    def _forget_gone(self) -> None:
        while self._gone:
            number = self._gone.popleft()
            del self._releases[number]
            for key in [key for key in self._answers if key[0] == number]:
                self._drop(key)

    def _drop(self, key: tuple[Any, ...]) -> None:
        _, size = self._answers.pop(key, (None, 0))
        self.num_bytes -= size


CACHE = ReleaseCache()


def cached_by_release(
    function: Callable[Concatenate[Release, P], R],
) -> Callable[Concatenate[Release, P], R]:
    """Keeps the latest answers of a function of a release and of scalars in ``CACHE``."""

    @wraps(function)
    def cached(release: Release, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (function, args, tuple(sorted(kwargs.items())))
        found = CACHE.find(release, key)
        if found is not None:
            answer: R = found[0]
            return answer
        answer = function(release, *args, **kwargs)
        CACHE.keep(release, key, answer)
        return answer

    return cached


def size_of(value: Any, counted: set[int] | None = None) -> int:
    """The bytes of a value: of arrays and tensors their content; of containers, objects and what
    functions enclose all that is in them, once."""
    counted = set() if counted is None else counted
    if id(value) in counted or isinstance(value, type) or ismodule(value):
        return 0
    counted.add(id(value))
    size = getattr(value, "nbytes", None)
    if isinstance(size, int):
        return size
    return sys.getsizeof(value) + sum(size_of(part, counted) for part in _parts(value))


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if ismethod(value):
        return [value.__self__]
    if isfunction(value):
        return [cell.cell_contents for cell in value.__closure__ or ()]
    return list(getattr(value, "__dict__", {}).values())
