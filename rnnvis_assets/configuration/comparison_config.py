"""What a file in ``configs/comparisons`` may say: which models are compared."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from rnnvis_assets.configuration.dataset_config import Strict

Kind = Literal["cells", "class_balance"]
ROLES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {"cells": ("rnn", "lstm", "gru"), "class_balance": ("as_it_comes", "balanced")}
)
"""The models that each kind of comparison takes."""


class ComparisonConfig(Strict):
    """Models of one dataset whose memories are compared."""

    description: str = ""
    kind: Kind = Field(description="what is compared")
    models: dict[str, str] = Field(description="the model in every role of the kind")

    @model_validator(mode="after")
    def _every_role_once(self) -> "ComparisonConfig":
        expected = ROLES[self.kind]
        if set(self.models) != set(expected):
            raise ValueError(
                f"models: found {', '.join(self.models) or 'none'}, "
                f"expected {', '.join(expected)} for {self.kind}"
            )
        return self
