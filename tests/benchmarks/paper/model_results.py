"""The paper's models: its figures, and those measured here, read from releases.

A model that has no release on this machine keeps the row that another machine measured, as long as
its settings are still those that it was trained by.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any, Literal

from rnnvis_assets.configuration.model_config import ModelConfig, training_settings
from rnnvis_assets.configuration.project import Project
from warehouse.comparison_files import open_comparison, published_comparisons
from warehouse.findings_table import Claim, JudgedClaim, Measurement
from warehouse.reader import Release, open_release
from warehouse.release_index import published_models
from warehouse.storage import Storage


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the test split, as the paper (Ming et al., VAST 2017) gives it."""

    metric: Literal["perplexity", "accuracy"]
    test: float


PAPER: Mapping[str, PaperFigure] = MappingProxyType(
    {
        "ptb-lstm-small": PaperFigure("perplexity", 115.7),
        "ptb-lstm-medium": PaperFigure("perplexity", 93.5),
        "ptb-lstm-large": PaperFigure("perplexity", 88.0),
        "ptb-rnn": PaperFigure("perplexity", 119.9),
        "ptb-gru": PaperFigure("perplexity", 116.4),
        "shakespeare-lstm-small": PaperFigure("perplexity", 153.3),
        "shakespeare-lstm-medium": PaperFigure("perplexity", 134.9),
        "shakespeare-lstm-large": PaperFigure("perplexity", 129.7),
        "yelp-gru": PaperFigure("accuracy", 0.886),
        "yelp-gru-balanced": PaperFigure("accuracy", 0.919),
    }
)
"""By the names of our configurations. The paper's tokens and splits of Shakespeare and Yelp are not
known, so those figures give only an order of magnitude."""

OURS = ("docstrings-lstm", "toy-reviews-gru", "ptb-mamba")
"""Models that are judged as well: the demo's, since everyone can make them again, and a Mamba."""

Findings = Mapping[str, Sequence[JudgedClaim]]


@dataclass(frozen=True)
class ModelResult:
    """One model next to the paper's; what training gives is None where it was not trained.

    ``seconds`` are of training alone; ``recall`` is that of the negative class, of classifiers;
    ``settings`` is the SHA-256 of what it is trained by.
    """

    model: str
    network: str
    metric: str
    paper_test: float
    validation: float | None
    test: float | None
    recall: float | None
    parameters: int | None
    epochs: int | None
    seconds: float | None
    tokens_per_second: float | None
    machine: str | None
    command: str
    settings: str


def _current_releases(
    project: Project, storage: Storage, names: Collection[str]
) -> Iterator[Release]:
    """The releases of some models, each closed once the next is asked for; one that was trained by
    another configuration than the present one is left out.

    Raises ReleaseError where a release cannot be read.
    """
    configured = _configured(project, names)
    for name in (name for name in published_models(storage) if name in configured):
        with open_release(name, storage=storage) as release:
            trained = ModelConfig.model_validate(release.model["spec"]["model"])
            if training_settings(trained) == training_settings(configured[name]):
                yield release


def _configured(project: Project, names: Collection[str]) -> Mapping[str, ModelConfig]:
    """The trained models of these names, in order."""
    named = ((name, project.models.get(name)) for name in names)
    return {name: config for name, config in named if isinstance(config, ModelConfig)}


def model_results(project: Project, storage: Storage) -> list[ModelResult]:
    """Every model of the paper, in its order."""
    configured = _configured(project, PAPER)
    found = {
        release.name: _released(release, configured[release.name])
        for release in _current_releases(project, storage, PAPER)
    }
    return [found.get(name) or _result(name, config) for name, config in configured.items()]


def _result(name: str, config: ModelConfig, **trained: Any) -> ModelResult:
    nothing = dict.fromkeys((
        "validation", "test", "recall", "parameters", "epochs", "seconds", "tokens_per_second",
        "machine",
    ))  # fmt: skip
    return ModelResult(
        model=name,
        network=f"{config.num_layers}×{config.hidden_size} {config.cell}",
        metric=PAPER[name].metric,
        paper_test=PAPER[name].test,
        command=f"rnnvis materialize {name}",
        settings=sha256(json.dumps(training_settings(config), sort_keys=True).encode()).hexdigest(),
        **(nothing | trained),
    )


def _released(release: Release, config: ModelConfig) -> ModelResult:
    rows = release.evaluation().to_pylist()
    figures = {(row["split"], row["metric"]): row["value"] for row in rows}
    log = release.training_log().to_pylist()
    speeds = [row["tokens_per_second"] for row in log if row["tokens_per_second"] is not None]
    metric = PAPER[release.name].metric
    return _result(
        release.name,
        config,
        validation=figures["validation", metric],
        test=figures["test", metric],
        recall=figures.get(("test", "recall_negative")),
        parameters=release.model["num_parameters"],
        epochs=max(row["epoch"] for row in log) + 1,
        seconds=max(row["seconds"] for row in log),
        tokens_per_second=median(speeds),
        machine=release.model["versions"].get("trained_on"),
    )


def finding_results(project: Project, storage: Storage) -> Mapping[str, tuple[JudgedClaim, ...]]:
    """What every released model of the paper and the demo, and every comparison, answers."""
    names = (*PAPER, *OURS)
    found = {
        release.name: release.findings() for release in _current_releases(project, storage, names)
    }
    for name in (name for name in published_comparisons(storage) if name in project.comparisons):
        with open_comparison(storage, name) as comparison:
            found[name] = comparison.findings()
    return found


def with_earlier(
    project: Project, models: Sequence[ModelResult], findings: Findings, committed: Path
) -> tuple[list[ModelResult], Findings]:
    """The results of this machine, and those that only the file ``committed`` has."""
    if not committed.exists():
        return list(models), findings
    earlier = json.loads(committed.read_text("utf-8"))
    rows = {row["model"]: ModelResult(**row) for row in earlier["models"]}
    merged = [_newer(model, rows.get(model.model)) for model in models]
    kept = {new.model for old, new in zip(models, merged, strict=True) if old is not new}
    stay = (kept | {*OURS, *_comparisons_of(project, kept)}) - findings.keys()
    kept_findings = {
        name: claims_of(earlier["findings"][name])
        for name in sorted(stay & earlier["findings"].keys())
    }
    return merged, dict(sorted({**kept_findings, **findings}.items()))


def _newer(here: ModelResult, earlier: ModelResult | None) -> ModelResult:
    """What was measured here; else what was measured earlier, by the same settings."""
    if here.test is not None or earlier is None or earlier.test is None:
        return here
    return earlier if earlier.settings == here.settings else here


def _comparisons_of(project: Project, models: set[str]) -> Iterator[str]:
    """The comparisons that compare none of the paper's models but these."""
    for name, comparison in project.comparisons.items():
        if PAPER.keys() & set(comparison.models.values()) <= models:
            yield name


def claims_of(rows: Sequence[Mapping[str, Any]]) -> tuple[JudgedClaim, ...]:
    """The judged claims of one model or comparison, as the JSON file has them."""
    return tuple(
        JudgedClaim(Claim(**claim["about"]), tuple(Measurement(**part) for part in claim["parts"]))
        for claim in rows
    )
