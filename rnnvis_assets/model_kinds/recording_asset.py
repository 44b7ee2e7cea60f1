"""The recording in Dagster."""

from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, stage_check
from rnnvis_assets.model_kinds.model_kinds import RECORDING

MAXIMUM_DRIFT = 1e-3
MAXIMUM_HIDDEN = 1 + 1e-4
"""An external recording may have been rounded."""


@stage_check("|h| is at most 1, where h is that of a tanh (RNN, LSTM or GRU).")
def _states_are_bounded(_: RunContext, manifest: Manifest) -> CheckOutcome:
    """States that are not a tanh's need not be, and have no figure."""
    largest = manifest.figures.get("largest hidden")
    passed = largest is None or (isinstance(largest, float) and largest <= MAXIMUM_HIDDEN)
    return CheckOutcome(passed, {"largest |h|": largest})


@stage_check("The changes of a sequence add up to its final state.")
def _changes_add_up(_: RunContext, manifest: Manifest) -> CheckOutcome:
    drift = manifest.figures.get("largest drift")
    passed = isinstance(drift, float) and drift <= MAXIMUM_DRIFT
    return CheckOutcome(passed, {"largest |sum of changes - state|": drift, "limit": MAXIMUM_DRIFT})


@stage_check("The Parquet parts hold every token of the split once.")
def _every_token_is_recorded(context: RunContext, manifest: Manifest) -> CheckOutcome:
    expected = manifest.figures.get("tokens")
    found = open_recorded(context, manifest.partition).num_tokens
    return CheckOutcome(found == expected, {"recorded": found, "in the split": expected})


ASSET = StageAsset(
    stage=RECORDING,
    description="Every state, change and gate of every unit at every token of the recorded split.",
    kinds=frozenset({"pytorch", "parquet"}),
    group="network",
    checks=(_states_are_bounded, _changes_add_up, _every_token_is_recorded),
    pool="gpu",
)
