"""The corpus in Dagster."""

from rnnvis_assets.corpus.corpus_stage import STAGE
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, StageCheck

MAXIMUM_UNKNOWN_FRACTION = 0.2


def _no_split_is_empty(_: RunContext, manifest: Manifest) -> CheckOutcome:
    counts = {
        name: value for name, value in manifest.figures.items() if name.startswith("tokens of ")
    }
    return CheckOutcome(bool(counts) and all(counts.values()), counts)


def _few_words_are_unknown(_: RunContext, manifest: Manifest) -> CheckOutcome:
    fraction = manifest.figures.get("unknown fraction of test")
    known = isinstance(fraction, float) and fraction <= MAXIMUM_UNKNOWN_FRACTION
    return CheckOutcome(known, {"unknown fraction": fraction, "limit": MAXIMUM_UNKNOWN_FRACTION})


ASSET = StageAsset(
    stage=STAGE,
    description="Text in, numbered words out: splits, vocabulary and part-of-speech tags.",
    kinds=frozenset({"parquet", "nltk"}),
    partitioned_by="dataset",
    checks=(
        StageCheck("no_split_is_empty", "Every split has tokens.", True, _no_split_is_empty),
        StageCheck(
            "few_words_are_unknown",
            "At most a fifth of the test split lies outside the vocabulary.",
            False,
            _few_words_are_unknown,
        ),
    ),
)
