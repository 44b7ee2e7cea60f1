"""Every configuration of the checkout, read, checked and joined."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rnnvis_assets.configuration.analyses import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.comparisons import ComparisonConfig
from rnnvis_assets.configuration.datasets import DatasetConfig
from rnnvis_assets.configuration.models import ModelConfig


@dataclass(frozen=True)
class Project:
    """All configurations by name (a file's name without its suffix)."""

    folder: Path
    datasets: Mapping[str, DatasetConfig]
    models: Mapping[str, ModelConfig]
    analyses: Mapping[str, AnalysisConfig]
    schedules: ScheduleConfig
    comparisons: Mapping[str, ComparisonConfig] = field(default_factory=dict)

    def dataset_of(self, model: str) -> DatasetConfig:
        return self.datasets[self.models[model].dataset]

    def analysis_of(self, model: str) -> AnalysisConfig:
        return self.analyses[self.models[model].analysis]
