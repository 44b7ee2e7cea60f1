"""The paper's models as they are trained here, read from their releases."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from pipelines.paper import PAPER
from rnnvis_assets.configuration.models import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.findings.measurement import Verdict, combined
from warehouse.catalogue import published_models
from warehouse.comparisons import open_comparison
from warehouse.reader import Release, open_release
from warehouse.storage import Storage


@dataclass(frozen=True)
class ModelResult:
    """One model beside the paper's; what training gives is None where it is not trained here.

    ``seconds`` are of training alone; ``recall`` is that of the negative class, of classifiers.
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


@dataclass(frozen=True)
class FindingResult:
    """A claim as one model, or one comparison, answers it; ``statistics`` are the table's rows."""

    id: int
    claim: str
    source: str
    of: str
    verdict: Verdict
    statistics: tuple[Mapping[str, Any], ...]


def model_results(project: Project, storage: Storage) -> Iterator[ModelResult]:
    """Every model of the paper, in its order.

    Raises ReleaseError where a release cannot be read.
    """
    published = set(published_models(storage))
    for name in PAPER:
        if name in published:
            with open_release(name, storage=storage) as release:
                yield _released(release, project.models[name])
        else:
            yield _result(name, project.models[name])


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


def finding_results(project: Project, storage: Storage) -> Iterator[FindingResult]:
    """What every released model of the paper, and every comparison there is, answers."""
    with ExitStack() as stack:
        for name in (name for name in published_models(storage) if name in PAPER):
            release = stack.enter_context(open_release(name, storage=storage))
            yield from _claims(name, release.findings().to_pylist())
        for name in project.comparisons:
            if storage.comparison(name).is_file():
                comparison = stack.enter_context(open_comparison(storage, name))
                yield from _claims(name, comparison.findings().to_pylist())


def _claims(of: str, rows: list[Mapping[str, Any]]) -> Iterator[FindingResult]:
    for number in sorted({row["id"] for row in rows}):
        parts = tuple(row for row in rows if row["id"] == number)
        verdict = combined([row["verdict"] for row in parts])
        yield FindingResult(number, parts[0]["claim"], parts[0]["source"], of, verdict, parts)
