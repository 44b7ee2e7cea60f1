"""A process that is killed at a step of its training."""

from rnnvis_assets.checkpoint.training_state import SaveDue


class KilledError(Exception):
    """Stands for a process that ends without a chance to tidy up."""


def killed_after(steps: int, save_every: int) -> SaveDue:
    seen = 0

    def due(since: int, _: float) -> bool:
        nonlocal seen
        seen += 1
        if seen == steps:
            raise KilledError
        return since >= save_every

    return due
