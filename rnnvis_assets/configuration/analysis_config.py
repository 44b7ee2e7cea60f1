"""What a file in ``configs/analyses``, ``comparisons`` or ``schedules.yaml`` may say."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field, field_validator, model_validator

from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.configuration.dataset_config import SplitName, Strict
from warehouse.recording_schema import AnalysedState, Layout, Precision, RecordingFormat


class RecordingSettings(Strict):
    """What is recorded, and how a language model's split is cut."""

    split: SplitName = Field("test", description="the split that is read")
    streams: int = Field(32, ge=1, le=1024, description="contiguous streams read side by side")
    tokens: int | None = Field(
        None,
        ge=1,
        description="most tokens recorded, the first of the split in whole sentences or "
        "documents; null: all",
    )
    precision: Precision = Field(
        "float32",
        description="of the recorded numbers; float16 halves their room, and rounds each by at "
        "most 1/2048 of itself (or 3e-8)",
    )
    layout: Layout = Field(
        "rows",
        description="of the files; unit_blocks takes about half the room and loses "
        "nothing: columns of at most 128 units, compressed, without the changes that states give",
    )
    factors: Precision = Field(
        "float16",
        description="of the keys, values and queries that are stored of a layer with a matrix "
        "memory, from which its states are replayed; float32 doubles their room",
    )
    readers: int = Field(
        1,
        ge=1,
        description="of each head of a matrix memory: its mean query, then the principal "
        "directions of its queries about that; units, room and time grow with them",
    )

    @property
    def stored(self) -> RecordingFormat:
        """How the files are stored."""
        return RecordingFormat(self.precision, self.layout)


class CoClusterSettings(Strict):
    """Which words are co-clustered with the units, and into how many clusters."""

    num_words: int | None = Field(
        500,
        ge=2,
        description="most frequent words of the recorded split, <unk>, <eos> and N among them; "
        "null: all",
    )
    minimum_count: int = Field(5, ge=1, description="fewest recorded occurrences of a word")
    minimum_clusters: int = Field(2, ge=2, description="fewest clusters")
    maximum_clusters: int = Field(20, ge=2, description="most clusters")
    seeds: int = Field(5, ge=2, description="k-means seeds compared for stability")
    sinks: bool = Field(
        True,
        description="whether units of the heads that mostly store the first token are clustered; "
        "false: these are in no chip",
    )


class GlyphSettings(Strict):
    """The co-clustering that sentence glyphs are computed for."""

    affinity: Affinity = Field("signed", description="of the co-clustering")
    num_clusters: int | None = Field(
        None, ge=2, description="of the co-clustering; null: as many as stand out from chance most"
    )


class AblationSettings(Strict):
    """How much of the recorded split is read while parts of the state are silenced."""

    num_tokens: int = Field(20_000, ge=100, description="most tokens read for each set of units")
    minutes: float = Field(
        2.0, gt=0, description="fewer tokens are read where two plain cores would take longer"
    )
    num_sets: int = Field(20, ge=2, description="random sets that each cluster is compared with")
    num_clusters: tuple[int, ...] = Field(
        (), strict=False, description="further co-clusterings silenced, next to that of the glyphs"
    )
    seed: int = Field(0, ge=0, description="of the random sets")


class ReleaseSettings(Strict):
    """How many releases are kept; the one that CURRENT names always is."""

    keep: int = Field(3, ge=1, description="newest releases kept")


class AnalysisConfig(Strict):
    """One way of analysing a trained network."""

    description: str = ""
    states: tuple[AnalysedState, ...] = Field(
        ("hidden", "cell"),
        strict=False,
        description="states that are analysed, of layers that have them: hidden (h, always), "
        "cell (c of an LSTM), cell_output (its tanh c)",
    )
    recording: RecordingSettings = RecordingSettings()
    co_clusters: CoClusterSettings = CoClusterSettings()
    glyphs: GlyphSettings = GlyphSettings()
    ablation: AblationSettings = AblationSettings()
    releases: ReleaseSettings = ReleaseSettings()

    @field_validator("states")
    @classmethod
    def _hidden_is_analysed(cls, states: tuple[AnalysedState, ...]) -> tuple[AnalysedState, ...]:
        if "hidden" not in states:
            raise ValueError(f"found {', '.join(states) or 'none'}, expected hidden among them")
        return states

    @model_validator(mode="after")
    def _glyphs_are_clustered(self) -> "AnalysisConfig":
        low, high = self.co_clusters.minimum_clusters, self.co_clusters.maximum_clusters
        if low > high:
            raise ValueError(f"co_clusters: minimum_clusters {low} exceeds maximum_clusters {high}")
        number = self.glyphs.num_clusters
        if number is not None and not low <= number <= high:
            raise ValueError(
                f"glyphs.num_clusters {number} is outside the co_clusters range {low} to {high}"
            )
        outside = [k for k in self.ablation.num_clusters if not low <= k <= high]
        if outside:
            raise ValueError(
                f"ablation.num_clusters: {outside[0]} is outside the co_clusters range {low} to "
                f"{high}"
            )
        return self


class Nightly(Strict):
    """The nightly schedule."""

    enabled: bool = Field(False, description="whether it runs")
    cron: str = Field("0 2 * * *", description="when, as minute, hour, day, month, weekday")
    timezone: str = Field("UTC", description="a name such as Europe/Berlin")
    models: tuple[str, ...] | None = Field(None, strict=False, description="null: every model")


class Automation(Strict):
    """Declarative automation of the cheap downstream assets."""

    enabled: bool = Field(False, description="whether it runs")


class ScheduleConfig(Strict):
    """``configs/schedules.yaml``."""

    nightly: Nightly = Nightly()
    automation: Automation = Automation()


Kind = Literal["cells", "mamba", "class_balance", "seeds"]
ROLES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "cells": ("rnn", "lstm", "gru"),
        "mamba": ("lstm", "mamba"),
        "class_balance": ("as_it_comes", "balanced"),
        "seeds": ("network",),
    }
)
"""The models that each kind of comparison takes."""


class ComparisonConfig(Strict):
    """Models of one dataset whose memories are compared; with several ``seeds``, over these."""

    description: str = ""
    kind: Kind = Field(description="what is compared; seeds: made for every model of several")
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
