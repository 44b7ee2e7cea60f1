"""Shards as tasks of Ray: the only module that knows Ray, which the extra ``ray`` installs."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray reads it on import, and would report

import ray
from ray.exceptions import RayError, RayTaskError

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.engine.worker_processes import MOST_DEATHS, deadly
from warehouse.errors import WorkerError

Shard = TypeVar("Shard")
Manifest = TypeVar("Manifest")

_PATIENCE_SECONDS = 10
_STORE_BYTES = 100 * 2**20
"""Of the store of a cluster of this machine only: nothing but shards and manifests passes it."""


def map_in_ray(
    call: Callable[[Shard], Manifest], shards: Sequence[Shard], engine: EngineConfig
) -> Iterator[Manifest]:
    """``map_shards`` over a running cluster, or over one that is started for it.

    Ray gives the shard of a worker that died to another one.
    """
    cores = engine.share_of(os.cpu_count() or 1)
    with _cluster(engine, cores * engine.workers):
        demands: Any = {"num_cpus": cores, "num_gpus": engine.gpus, "max_retries": MOST_DEATHS - 1}
        task: Any = ray.remote(**demands)(_call)
        waiting, running = list(shards), list[Any]()
        try:
            while waiting or running:
                while waiting and len(running) < engine.workers:
                    running.append(task.remote(call, waiting.pop(0)))
                (done, *_), running = ray.wait(running)
                yield _result(done, len(waiting) + len(running) + 1)
        finally:
            for unfinished in running:
                ray.cancel(unfinished, force=True)


def _call(call: Callable[[Shard], Manifest], shard: Shard) -> Manifest:
    return call(shard)


def _result(done: Any, unfinished: int) -> Any:
    try:
        return ray.get(done)
    except RayTaskError as error:
        raise error.cause from error
    except RayError as error:
        raise deadly(unfinished) from error


@contextmanager
def _cluster(engine: EngineConfig, cores: int) -> Iterator[None]:
    """The cluster that this process is connected to already, or else that of the configuration."""
    if ray.is_initialized():
        yield
        return
    own: dict[str, Any] = {
        "num_cpus": cores,
        "object_store_memory": _STORE_BYTES,
        "include_dashboard": False,
    }
    try:
        if engine.address:
            _require_answer(engine.address)
        ray.init(
            address=engine.address or "local",
            log_to_driver=False,
            **({} if engine.address else own),
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise WorkerError(
            f"Ray: no cluster answers at {engine.address or 'this machine'}: {error}",
            repair="start one with ray start, or correct address in configs/engine.yaml",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Raises OSError where nothing listens at HOST:PORT; Ray itself tries for minutes."""
    host, _, port = address.rpartition(":")
    if host:
        socket.create_connection((host, int(port)), timeout=_PATIENCE_SECONDS).close()
