"""What a file in ``configs/models`` may say: a network to train, or an external one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from pydantic import Field, model_validator

from rnnvis_assets.configuration.cell_kinds import CELLS, Cell
from rnnvis_assets.configuration.dataset_config import Strict
from rnnvis_assets.configuration.external_model_config import (
    PytorchModel,
    RecordedModel,
    TransformersModel,
)


class Dropout(Strict):
    """Fractions of activations dropped in training, and of the weights from state to state."""

    embedding: float = Field(0.0, ge=0, lt=1, description="of the embedded words")
    between_layers: float = Field(0.0, ge=0, lt=1, description="of what a layer hands to the next")
    output: float = Field(
        0.0, ge=0, lt=1, description="of what the last layer hands to the output layer"
    )
    recurrent_weights: float = Field(
        0.0, ge=0, lt=1, description="language model: other weights are dropped in every batch"
    )
    locked: bool = Field(
        False, description="language model: activations are dropped alike at all steps of a batch"
    )


class Schedule(Strict):
    """Learning rate over time; ``learning_rate`` is its peak."""

    kind: Literal["constant", "one_cycle", "cosine", "plateau"] = Field(
        "one_cycle", description="how the learning rate changes"
    )
    warmup_share: float = Field(
        0.3, ge=0, lt=1, description="one_cycle: fraction of steps to the peak"
    )
    factor: float = Field(0.25, gt=0, lt=1, description="plateau: rate times this")
    patience: int = Field(0, ge=0, description="plateau: epochs without progress allowed")


class Training(Strict):
    """How the network is trained."""

    epochs: int = Field(ge=1, description="passes over the training split")
    batch_size: int = Field(ge=1, description="streams or documents read at once")
    steps: int = Field(35, ge=1, description="language model: words per truncated back-propagation")
    optimizer: Literal["sgd", "adam", "adamw"] = Field(
        "adamw", description="torch.optim's, by name"
    )
    learning_rate: float = Field(gt=0, description="largest rate of the schedule")
    weight_decay: float = Field(0.0, ge=0, description="of the optimizer")
    gradient_clipping: float = Field(0.25, gt=0, description="largest 2-norm of all gradients")
    schedule: Schedule = Schedule()
    early_stopping_patience: int | None = Field(None, ge=0, description="epochs without progress")
    forget_bias: float = Field(
        1.0, description="LSTM and minLSTM: starting bias of the forget gate"
    )
    cell_penalty: float = Field(
        0.0,
        ge=0,
        description="LSTM language model: this times the mean of each layer's c² after a batch is "
        "added to the loss, which keeps c where tanh(c) is not saturated",
    )
    class_balance: Literal["as_is", "oversample"] = Field(
        "as_is", description="oversample: repeat the smaller classes of the training split"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: what is fastest on this machine"
    )


class ModelConfig(Strict):
    """A network to train: its shape, its training and the analysis it gets."""

    description: str = ""
    dataset: str
    source: Literal["trained"] = "trained"
    analysis: str = "default"
    cell: Cell = Field(description="what a recurrent layer computes")
    num_layers: int = Field(ge=1, description="recurrent layers")
    hidden_size: int = Field(
        ge=1, description="units of each layer; of a mamba, half of them: what a block hands on"
    )
    embedding_size: int = Field(ge=1, description="numbers that stand for a word")
    tied_embedding: bool = Field(False, description="the output layer uses the embedding's weights")
    dropout: Dropout = Dropout()
    seed: int = Field(0, ge=0, description="of weights, order and dropout")
    seeds: int = Field(
        1, ge=1, le=100, description="networks trained, of this seed and the next ones: NAME, "
        "NAME.seed-2 and so on; the comparison NAME.seeds is what holds over them"
    )  # fmt: skip
    training: Training

    @model_validator(mode="after")
    def _equal_sizes_agree(self) -> "ModelConfig":
        why = "tied_embedding" if self.tied_embedding else f"cell: {self.cell}"
        alike = self.tied_embedding or CELLS[self.cell].matrix
        if alike and self.embedding_size != self.hidden_size:
            raise ValueError(
                f"{why}: embedding_size {self.embedding_size} must equal "
                f"hidden_size {self.hidden_size}"
            )
        return self

    @model_validator(mode="after")
    def _penalised_cell_is_an_lstms(self) -> "ModelConfig":
        if self.training.cell_penalty and self.cell != "lstm":
            raise ValueError(f"training.cell_penalty: found it for a {self.cell}, expected an lstm")
        return self

    @model_validator(mode="after")
    def _dropped_weights_are_there(self) -> "ModelConfig":
        if self.dropout.recurrent_weights and CELLS[self.cell].linear:
            raise ValueError(
                f"dropout.recurrent_weights: found it for a {self.cell}, which has no weights from "
                "state to state; expected 0"
            )
        return self

    @property
    def summary(self) -> str:
        """The network in a few words."""
        return f"{self.num_layers}×{self.units} {self.cell}"

    @property
    def units(self) -> int:
        """Units of each layer."""
        return (2 if CELLS[self.cell].matrix else 1) * self.hidden_size


def training_settings(config: ModelConfig) -> dict[str, Any]:
    """What the weights depend on: the whole configuration but its description, its analysis and how
    many others are trained."""
    apart = {"description", "analysis", "source", "seeds"}
    settings = config.model_dump(mode="json", exclude=apart)
    if not config.training.cell_penalty:
        del settings["training"]["cell_penalty"]  # so that earlier trainings stay as good as new
    return settings


Model: TypeAlias = ModelConfig | PytorchModel | TransformersModel | RecordedModel

MODELS: Mapping[str, type[Model]] = MappingProxyType(
    {
        "trained": ModelConfig,
        "pytorch": PytorchModel,
        **dict.fromkeys(("transformers", "xlstm", "rwkv"), TransformersModel),
        "recording": RecordedModel,
    }
)
"""The kinds of models by their ``source``; a file that names none is of the first."""
