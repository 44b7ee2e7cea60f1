"""The corpus in Dagster."""

from typing import Any

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, stage_check

MAXIMUM_UNKNOWN_FRACTION = 0.2


def _settings(project: Project, dataset: str) -> Any:
    from rnnvis_assets.corpus.corpus_stage import corpus_identity

    config = project.datasets[dataset]
    described = config.model_dump(mode="json", exclude={"description"})
    return {"dataset": described, **corpus_identity(config)}


def _run(context: RunContext, dataset: str) -> StageOutput:
    from rnnvis_assets.corpus.corpus_stage import make_corpus

    return make_corpus(context, dataset)


STAGE = Stage(name="corpus", upstream=(), settings=_settings, run=_run, libraries=("nltk", "numpy"))


@stage_check("Every split has tokens.")
def _no_split_is_empty(_: RunContext, manifest: Manifest) -> CheckOutcome:
    counts = {
        name: value for name, value in manifest.figures.items() if name.startswith("tokens of ")
    }
    return CheckOutcome(bool(counts) and all(counts.values()), counts)


@stage_check("At most a fifth of the test split lies outside the vocabulary.", blocking=False)
def _few_words_are_unknown(_: RunContext, manifest: Manifest) -> CheckOutcome:
    fraction = manifest.figures.get("unknown fraction of test")
    known = isinstance(fraction, float) and fraction <= MAXIMUM_UNKNOWN_FRACTION
    return CheckOutcome(known, {"unknown fraction": fraction, "limit": MAXIMUM_UNKNOWN_FRACTION})


ASSET = StageAsset(
    stage=STAGE,
    description="Text in, numbered words out: splits, vocabulary and part-of-speech tags.",
    kinds=frozenset({"parquet", "nltk"}),
    group="corpus",
    partitioned_by="dataset",
    checks=(_no_split_is_empty, _few_words_are_unknown),
)
