"""Shards in a pool of processes of this machine, which survives the death of some of them."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from warehouse.errors import WorkerError

Shard = TypeVar("Shard")
Manifest = TypeVar("Manifest")

MOST_DEATHS = 3
"""Deaths of workers, no shard finished in between, after which it is the shards that kill them."""
_FORK_SERVER = "forkserver"
"""Workers are forked from a process that has imported what they need, and has started no threads
and no CUDA, which do not survive a fork."""


def deadly(shards: int) -> WorkerError:
    """The error where workers died too often."""
    return WorkerError(
        f"workers died {MOST_DEATHS} times in a row, with {shards} shards unfinished; a system "
        "that runs out of memory kills them",
        repair="set fewer workers in configs/engine.yaml, then run the same command again; it goes "
        "on where this one ended",
    )


def map_in_processes(
    call: Callable[[Shard], Manifest], shards: Sequence[Shard], workers: int, module: str
) -> Iterator[Manifest]:
    """``map_shards`` over processes of this machine, which import ``module`` and end with this."""
    waiting, deaths = dict(enumerate(shards)), 0
    while waiting:
        try:
            with _processes(min(workers, len(waiting)), module) as pool:
                futures = {pool.submit(call, shard): key for key, shard in waiting.items()}
                for future in as_completed(futures):
                    manifest = future.result()
                    del waiting[futures[future]]
                    deaths = 0
                    yield manifest
        except BrokenProcessPool as error:  # of all that is unfinished, whichever worker died
            deaths += 1
            if deaths == MOST_DEATHS:
                raise deadly(len(waiting)) from error


@contextmanager
def _processes(workers: int, module: str) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes, which need ``module``, end with the block, also amidst a shard."""
    others = multiprocessing.active_children()
    has_server = _FORK_SERVER in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context(_FORK_SERVER if has_server else "spawn")
    context.set_forkserver_preload([module])
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)
    try:
        yield pool
    except BaseException:
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Ends this process as soon as the one that started it has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
