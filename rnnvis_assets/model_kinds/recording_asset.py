"""The recording in Dagster."""

from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, StageCheck
from rnnvis_assets.model_kinds.model_kinds import RECORDING

MAXIMUM_DRIFT = 1e-3
MAXIMUM_HIDDEN = 1 + 1e-4
"""An external recording may have been rounded."""


def _states_are_bounded(_: RunContext, manifest: Manifest) -> CheckOutcome:
    """States that are not a tanh's need not be, and have no figure."""
    largest = manifest.figures.get("largest hidden")
    passed = largest is None or (isinstance(largest, float) and largest <= MAXIMUM_HIDDEN)
    return CheckOutcome(passed, {"largest |h|": largest})


def _changes_add_up(_: RunContext, manifest: Manifest) -> CheckOutcome:
    drift = manifest.figures.get("largest drift")
    passed = isinstance(drift, float) and drift <= MAXIMUM_DRIFT
    return CheckOutcome(passed, {"largest |sum of changes - state|": drift, "limit": MAXIMUM_DRIFT})


def _every_token_is_recorded(context: RunContext, manifest: Manifest) -> CheckOutcome:
    expected = manifest.figures.get("tokens")
    found = open_recorded(context, manifest.partition).num_tokens
    return CheckOutcome(found == expected, {"recorded": found, "in the split": expected})


ASSET = StageAsset(
    stage=RECORDING,
    description="Every state, change and gate of every unit at every token of the recorded split.",
    kinds=frozenset({"pytorch", "parquet"}),
    group="network",
    checks=(
        StageCheck(
            "states_are_bounded",
            "|h| is at most 1, where h is that of a tanh (RNN, LSTM or GRU).",
            True,
            _states_are_bounded,
        ),
        StageCheck(
            "changes_add_up",
            "The changes of a sequence add up to its final state.",
            True,
            _changes_add_up,
        ),
        StageCheck(
            "every_token_is_recorded",
            "The Parquet parts hold every token of the split once.",
            True,
            _every_token_is_recorded,
        ),
    ),
    pool="gpu",
)
