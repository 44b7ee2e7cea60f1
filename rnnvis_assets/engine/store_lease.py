"""Leases: which run works on a model, of all machines that share an object store.

One object for each model, dataset or comparison says which run holds it and for which stages, and
is changed by comparing and swapping. Who holds it renews it as long as a stage runs; where it has
not been renewed for the time that it states, by the store's own clock, another run takes it over.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import uuid4

from rnnvis_assets.engine.process_identity import this_process
from rnnvis_assets.engine.stage import RunContext
from warehouse.errors import BusyError, StorageError
from warehouse.object_store import ObjectStore, StoredObject

LEASE_SECONDS = 60.0
RENEWALS = 4
"""In that time, so that a store which is gone for some seconds costs nobody the lease."""
_ROUNDS = 20


@dataclass(frozen=True)
class _Lease:
    """What the object says; no two have the same ``nonce``, so that no two have the same tag."""

    run: str
    stages: list[str]
    process: str
    since: str
    seconds: float
    nonce: str


@contextmanager
def hold_lease(context: RunContext, partition: str, stage: str) -> Iterator[None]:
    """Holds one stage for the context's run until the end of the block.

    Raises BusyError where another run holds any stage of ``partition``, StorageError where the
    store cannot be asked.
    """
    lease = _HeldLease(context, context.store, partition, stage) if context.store else None
    if lease is None:
        yield
        return
    lease.update(held=True)
    stop = threading.Event()
    renewing = threading.Thread(target=lease.renew_until, args=(stop,), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        stop.set()
        renewing.join()
        with suppress(BusyError, StorageError):  # it ends by itself, or is another run's by now
            lease.update(held=False)


@dataclass(frozen=True)
class _HeldLease:
    context: RunContext
    store: ObjectStore
    partition: str
    stage: str

    @property
    def key(self) -> str:
        return f"leases/{self.partition}.json"

    def update(self, *, held: bool) -> None:
        """Adds the stage to those that the run holds, or takes it away; either renews the lease."""
        for _ in range(_ROUNDS):
            found = self.store.get(self.key)
            stages = set(self._stages_of_run(found)) - {self.stage}
            lease = _Lease(
                run=self.context.run,
                stages=sorted(stages | {self.stage}) if held else sorted(stages),
                process=this_process().name,
                since=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=LEASE_SECONDS,
                nonce=uuid4().hex,
            )
            text = json.dumps(asdict(lease)).encode()
            if self.store.swap(self.key, text, found.tag if found else None):
                return
        raise BusyError(
            f"{self.partition} is being leased by others", repair="run the same command again"
        )

    def renew_until(self, stop: threading.Event) -> None:
        """Renews it until then, or until another run has it, which publishing will find out."""
        while not stop.wait(LEASE_SECONDS / RENEWALS):
            with suppress(StorageError):  # the store is gone for a while
                try:
                    self.update(held=True)
                except BusyError:
                    return

    def _stages_of_run(self, found: StoredObject | None) -> list[str]:
        """The stages that the context's run holds already. Raises BusyError where another does."""
        lease = _parse(found)
        if found is None or lease is None or not lease.stages:
            return []
        if lease.run == self.context.run:
            return lease.stages
        if found.age < lease.seconds:
            raise BusyError(
                f"{self.partition} is being worked on by {lease.run} ({', '.join(lease.stages)}, "
                f"{lease.process}), which has leased it in {self.store.address}",
                repair="wait for that run to end, or stop it (its lease then ends within "
                f"{lease.seconds:.0f} s); then run the same command again",
            )
        self.context.report(
            f"{self.partition}: taking over the lease of {lease.run}, {lease.process}, which was "
            f"last renewed {found.age:.0f} s ago"
        )
        return []


def _parse(found: StoredObject | None) -> _Lease | None:
    """What an object says; None where it is no lease."""
    try:
        return _Lease(**json.loads(found.content)) if found else None
    except (ValueError, TypeError):
        return None
