"""Every configuration of the checkout, read, checked and joined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    ComparisonConfig,
    ScheduleConfig,
)
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.configuration.model_config import Model
from rnnvis_assets.configuration.seed_families import family_names


@dataclass(frozen=True)
class Project:
    """All configurations by name (a file's name without its suffix)."""

    folder: Path
    datasets: Mapping[str, DatasetConfig]
    models: Mapping[str, Model]
    analyses: Mapping[str, AnalysisConfig]
    schedules: ScheduleConfig
    comparisons: Mapping[str, ComparisonConfig] = field(default_factory=dict)

    def dataset_of(self, model: str) -> DatasetConfig | None:
        """The dataset that a model reads; None where its text came with it."""
        name = self.models[model].dataset
        return None if name is None else self.datasets[name]

    def corpus_of(self, model: str) -> str:
        """The corpus that a model reads, by its name in the storage: its dataset's, or one of its
        own where its words or its text came with it."""
        config = self.models[model]
        own_words = isinstance(config, PytorchModel) and config.vocabulary is not None
        return model if own_words or config.dataset is None else config.dataset

    def analysis_of(self, model: str) -> AnalysisConfig:
        return self.analyses[self.models[model].analysis]

    def family_of(self, model: str) -> tuple[str, ...]:
        """The networks that a model's file stands for: itself first, then those of other seeds.

        A network of a further seed is a family of its own, and so is what cannot be trained here.
        """
        return family_names(model, self.models[model])

    def siblings(self, model: str) -> tuple[str, ...]:
        """The other networks of the file that describes a model."""
        family = next(family for _, family in self.families() if model in family)
        return tuple(member for member in family if member != model)

    def families(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every model that a file describes, by name, with its networks."""
        families = {name: self.family_of(name) for name in sorted(self.models)}
        further = {member for family in families.values() for member in family[1:]}
        yield from ((name, family) for name, family in families.items() if name not in further)

    def compared(self, comparison: str) -> Mapping[str, tuple[str, ...]]:
        """The family in every role of a comparison."""
        roles = self.comparisons[comparison].models
        return {role: self.family_of(model) for role, model in roles.items()}

    def settings_of(self, model: str) -> dict[str, Any]:
        """The configurations of a model, its dataset and its analysis, as JSON can hold them."""
        parts = {
            "model": self.models[model],
            "dataset": self.dataset_of(model),
            "analysis": self.analysis_of(model),
        }
        return {name: config and config.model_dump(mode="json") for name, config in parts.items()}
