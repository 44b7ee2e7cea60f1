"""The trained network in Dagster."""

import math

from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.previews import draw_loss_curve
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, schema_checks, stage_check
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT, TRAINED, kind_of
from warehouse.parquet_tables import read_table


def _evaluation(context: RunContext, model: str) -> dict[str, float]:
    rows = read_table(context.storage.table(model, "evaluation")).to_pylist()
    return {f"{row['split']} {row['metric']}": row["value"] for row in rows}


@stage_check("No figure is NaN.")
def _figures_are_finite(context: RunContext, manifest: Manifest) -> CheckOutcome:
    figures = _evaluation(context, manifest.partition)
    there = bool(figures) or kind_of(context.project, manifest.partition) is not TRAINED
    finite = all(map(math.isfinite, figures.values()))
    return CheckOutcome(there and finite, figures or {"evaluated": False})


@stage_check("Better than a uniform guess.", blocking=False)
def _beats_guessing(context: RunContext, manifest: Manifest) -> CheckOutcome:
    """A language model must beat a uniform guess over its words, a classifier one over classes."""
    model = manifest.partition
    figures, dataset = _evaluation(context, model), context.project.dataset_of(model)
    if not figures or dataset is None:
        return CheckOutcome(True, {"evaluated": False})
    if found := _last_of(figures, " perplexity"):
        bound = float(dataset.vocabulary.size or 10_000)
        passed = figures[found] < bound
    else:
        bound, found = 1 / len(dataset.classes or (0, 1)), _last_of(figures, " accuracy")
        passed = figures[found] > bound
    return CheckOutcome(passed, {found: figures[found], "uniform guess": bound})


def _last_of(figures: dict[str, float], metric: str) -> str:
    """The figure of that metric, of the test split if there is one (an imported network's is of the
    split that is recorded)."""
    found = [name for name in figures if name.endswith(metric)]
    return next((name for name in found if name.startswith("test")), found[-1] if found else "")


def _picture(context: RunContext, model: str) -> bytes:
    log = read_table(context.storage.table(model, "training_log")).to_pydict()
    return draw_loss_curve(log, log["metric"][0]) if log["metric"] else b""


ASSET = StageAsset(
    stage=CHECKPOINT,
    description="The network, trained or imported; training log and test figures.",
    kinds=frozenset({"pytorch"}),
    group="network",
    checks=(*schema_checks("evaluation", "training_log"), _figures_are_finite, _beats_guessing),
    picture=_picture,
    pool="gpu",
)
