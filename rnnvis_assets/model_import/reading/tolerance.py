"""How closely what was stepped through must agree with what a module itself returned."""

from torch import Tensor

from warehouse.errors import ImportedModelError

TOLERANCE = 1e-5
"""The largest difference from the module's own outputs that is let pass; where the largest state
of a step is above 1, relative to that, as rounding is."""


class DisagreementError(ImportedModelError):
    """What was stepped through differs from what the module itself returned."""


def require_equal(name: str, what: str, ours: Tensor, own: Tensor) -> None:
    """Holds our steps against the module's. Raises DisagreementError where they differ."""
    scale = own.abs().amax(dim=-1, keepdim=True).clamp(min=1)
    difference = float(((ours - own).abs() / scale).max())
    if not difference <= TOLERANCE:
        raise DisagreementError(
            f"{name}: its {what}, stepped through once more, differ from the module's own by up "
            f"to {difference:.3g}, expected at most {TOLERANCE:g}",
            repair="something changes its states or weights between steps (a mask, noise, a norm), "
            "or its last bits grow through several levels that read both ways (then read shorter "
            "sentences): provide the states through "
            "rnnvis_assets.model_import.state_reader.StateReader",
        )
