"""Families: the networks that ``seeds: N`` of a file stands for, which differ in the seed only."""

from collections.abc import Iterator, Mapping

from rnnvis_assets.configuration.analysis_config import ComparisonConfig
from rnnvis_assets.configuration.model_config import Model, ModelConfig


def family_names(name: str, config: Model) -> tuple[str, ...]:
    """The names of a file's networks, the file's own first: ``a``, ``a.seed-2``, ``a.seed-3``.

    No file has such a name, since a name has no dots.
    """
    if not isinstance(config, ModelConfig):
        return (name,)
    further = range(config.seed + 1, config.seed + config.seeds)
    return (name, *(f"{name}.seed-{seed}" for seed in further))


def expand_families(models: Mapping[str, Model]) -> Iterator[tuple[str, Model]]:
    """Every network by name; those after a family's first are of a single seed."""
    for name, config in models.items():
        yield name, config
        for place, member in enumerate(family_names(name, config)):
            if place and isinstance(config, ModelConfig):
                yield member, config.model_copy(update={"seed": config.seed + place, "seeds": 1})


def family_comparisons(models: Mapping[str, Model]) -> Iterator[tuple[str, ComparisonConfig]]:
    """What holds over the seeds of each family that has several."""
    for name, config in models.items():
        if (seeds := len(family_names(name, config))) > 1:
            described = f"What holds over {seeds} seeds of {name}."
            yield (
                f"{name}.seeds",
                ComparisonConfig(description=described, kind="seeds", models={"network": name}),
            )
