"""Caches of what is derived from releases, which keep no release open."""

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import ref

from warehouse.reader import Release

P = ParamSpec("P")
R = TypeVar("R")


def cached_by_release(
    maxsize: int,
) -> Callable[[Callable[Concatenate[Release, P], R]], Callable[Concatenate[Release, P], R]]:
    """Keeps the ``maxsize`` latest answers of a function of a release and of scalars.

    A plain cache would keep every release that it was ever asked about open. This one holds them
    weakly, and forgets its answers once one of their releases is gone.
    """

    def decorate(
        function: Callable[Concatenate[Release, P], R],
    ) -> Callable[Concatenate[Release, P], R]:
        @lru_cache(maxsize)
        def answer(kept: ref[Release], *args: Any, **kwargs: Any) -> R:
            release = kept()
            assert release is not None, "the caller holds it"
            return function(release, *args, **kwargs)

        def cached(release: Release, /, *args: P.args, **kwargs: P.kwargs) -> R:
            kept = ref(release, lambda _: answer.cache_clear())
            return answer(kept, *args, **cast("dict[str, Any]", kwargs))

        update_wrapper(cached, function)
        return cached

    return decorate
