"""One function over many shards of work: in this process, in processes of this machine, or in Ray.

A function makes the files of a shard, publishes them under a name that depends on the shard only,
and returns a manifest of them, never arrays. It is a module's own, and skips what is there already:
a shard is given to another worker where its first one died, and may be given to two.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.engine.code_version import code_version
from rnnvis_assets.engine.freshness import library_version
from rnnvis_assets.engine.worker_processes import map_in_processes
from warehouse.errors import WorkerError

Shard = TypeVar("Shard")
Manifest = TypeVar("Manifest")

_LIBRARIES = ("numpy", "torch", "pyarrow")


def worker_versions(function: Callable[..., object]) -> dict[str, str]:
    """The versions that must be the same in all processes for their bytes to be the same."""
    libraries = {name: library_version(name) for name in _LIBRARIES}
    return {"code": code_version(function), **libraries}


def call_checked(
    function: Callable[[Shard], Manifest], versions: Mapping[str, str], shard: Shard
) -> Manifest:
    """Calls a function as a worker does. Raises WorkerError where this process does not have the
    versions of who asks."""
    found = worker_versions(function)
    for name, expected in versions.items():
        if found[name] != expected:
            raise WorkerError(
                f"a worker has {name} {found[name]}, expected {expected}, that of the process "
                "which asks it",
                repair="install the same version on every machine, let no source change while "
                "workers run, then run the same command again",
            )
    return function(shard)


def map_shards(
    function: Callable[[Shard], Manifest], shards: Sequence[Shard], engine: EngineConfig
) -> Iterator[Manifest]:
    """What ``function`` returns for each of the shards, in the order in which these are finished.

    Raises what the function raises, after which no worker is left; WorkerError where workers die
    again and again or have other versions, or no cluster answers; ModuleNotFoundError without Ray.
    """
    if engine.in_process:
        return map(function, shards)
    call = partial(call_checked, function, worker_versions(function))
    if engine.executor == "local":
        return map_in_processes(call, shards, engine.workers, function.__module__)
    from rnnvis_assets.engine.ray_tasks import map_in_ray  # Ray is an extra

    return map_in_ray(call, shards, engine)
