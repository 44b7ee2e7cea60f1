"""Results that stand in the committed file and were measured on another machine.

A model that has no release here keeps its row, so long as its settings are still those that it was
trained by; its findings, and those of comparisons of such models alone, stay with it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.paper_results.model_results import ModelResult
from rnnvis_assets.configuration.project import Project
from warehouse.findings_table import Claim, JudgedClaim, Measurement

Findings = Mapping[str, Sequence[JudgedClaim]]


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
    stay = kept | set(_comparisons_of(project, kept)) - findings.keys()
    told = {
        name: _claims(earlier["findings"][name])
        for name in sorted(stay & earlier["findings"].keys())
    }
    return merged, dict(sorted({**told, **findings}.items()))


def _newer(here: ModelResult, earlier: ModelResult | None) -> ModelResult:
    """What was measured here; else what was measured earlier, by the same settings."""
    if here.test is not None or earlier is None or earlier.test is None:
        return here
    return earlier if earlier.settings == here.settings else here


def _comparisons_of(project: Project, models: set[str]) -> Iterator[str]:
    """The comparisons of none but these models."""
    for name, comparison in project.comparisons.items():
        if set(comparison.models.values()) <= models:
            yield name


def _claims(told: Sequence[Mapping[str, Any]]) -> tuple[JudgedClaim, ...]:
    return tuple(
        JudgedClaim(Claim(**claim["about"]), tuple(Measurement(**part) for part in claim["parts"]))
        for claim in told
    )
