"""Waiting for a slot of a pool without using a core, and until a person interrupts it.

Dagster (up to 1.13) takes the least of 0 and the time to its next look at a pool as its pause, so
that both of its executors look without one, and a run in one process hears no interrupt meanwhile.
"""

from collections.abc import Callable
from functools import wraps
from time import sleep
from typing import ParamSpec

from dagster._core.errors import raise_execution_interrupts
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext

PAUSE_SECONDS = 0.2
P = ParamSpec("P")


def pause_between_claims() -> None:
    """Has every run of this process pause where a pool has no free slot. A second call changes
    nothing."""
    if not hasattr(InstanceConcurrencyContext.claim, "__wrapped__"):
        InstanceConcurrencyContext.claim = _pausing(InstanceConcurrencyContext.claim)  # type: ignore[method-assign]
        ActiveExecution.sleep_til_ready = _interruptible(ActiveExecution.sleep_til_ready)  # type: ignore[method-assign]


def _pausing(claim: Callable[P, bool]) -> Callable[P, bool]:
    @wraps(claim)
    def claim_or_pause(*args: P.args, **options: P.kwargs) -> bool:
        claimed = claim(*args, **options)
        if not claimed:
            sleep(PAUSE_SECONDS)
        return claimed

    return claim_or_pause


def _interruptible(sleep_til_ready: Callable[P, None]) -> Callable[P, None]:
    @wraps(sleep_til_ready)
    def sleep_or_raise(*args: P.args, **options: P.kwargs) -> None:
        with raise_execution_interrupts():
            sleep_til_ready(*args, **options)

    return sleep_or_raise
