"""What a file in ``configs/models`` may say of an external network."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from rnnvis_assets.configuration.dataset_config import Strict

Meaning = Literal["next_word", "class", "none"]
Layout = Literal["batch_first", "time_first", "single"]


class OwnVocabulary(Strict):
    """The words of a model by id, where they are not those of its dataset."""

    file: str | None = Field(
        None,
        description="a text file of one word a line, or of an id, a tab and a word; or JSON: a "
        "list, or ids by word",
    )
    words: tuple[str, ...] | None = Field(
        None, strict=False, min_length=1, description="the words themselves"
    )
    unknown: str | None = Field(None, description="the word that stands for unknown ones")
    end_of_sentence: str | None = Field(None, description="the word that ends a sentence")

    @model_validator(mode="after")
    def _one_place(self) -> "OwnVocabulary":
        if (self.file is None) == (self.words is None):
            raise ValueError("exactly one of file and words is needed")
        return self


class Input(Strict):
    """How tokens become the input of a module's ``forward``."""

    layout: Layout | None = Field(
        None,
        description="[batch, steps], [steps, batch] or [steps] of one sequence; default: as its "
        "first recurrent module has it (batch_first)",
    )
    encoding: Literal["ids", "one_hot"] = Field("ids", description="whole numbers, or float32")
    state: str | None = Field(
        None, description="a method, called with the batch size, that gives forward's second input"
    )
    batch: int | None = Field(
        None,
        gt=0,
        description="the sequences of every call, where the network takes no other number",
    )
    call: str | None = Field(
        None, description="in place of all that: function(module, tokens[batch, steps]), as factory"
    )


class Output(Strict):
    """What the network predicts."""

    layer: str | None = Field(
        None,
        description="the linear layer over the last h, where it sits in the module; default: the "
        "one that gives what forward returns",
    )
    meaning: Meaning | None = Field(None, description="default: as the dataset's task has it")
    classes: tuple[str, ...] | None = Field(None, strict=False, description="default: dataset's")


class PytorchModel(Strict):
    """A PyTorch module of your own, trained already."""

    description: str = ""
    source: Literal["pytorch"]
    dataset: str
    analysis: str = "default"
    factory: str = Field(
        pattern=r"^[^:]+:[A-Za-z_]\w*$", description="package.module:function or file.py:function"
    )
    path: str | None = Field(
        None,
        description="a folder that your modules are imported from, after the one that holds the "
        "factory's file or its package",
    )
    arguments: dict[str, Any] = Field(default={}, description="the factory's keyword arguments")
    weights: str | None = Field(
        None, description="safetensors or a file of torch.save; null: the factory loads them"
    )
    checkpoint_key: str | None = Field(
        None, description="of a file with several sets of weights, the key of these; default: found"
    )
    recurrent: tuple[str, ...] | None = Field(
        None, strict=False, description="the recurrent modules, lowest first; default: all found"
    )
    embedding: str | None = Field(None, description="the embedding; default: the one there is")
    input: Input = Input()
    output: Output = Output()
    vocabulary: OwnVocabulary | None = Field(
        None, description="its words, as a list or a section; default: the dataset's"
    )
    accept_loss: bool = Field(
        False, description="take a language model that predicts worse than word frequencies do"
    )
    sequences: Literal["streams", "sentences"] | None = Field(
        None, description="what is read in one go; default: sentences where a layer reads backward"
    )

    @field_validator("vocabulary", mode="before")
    @classmethod
    def _list_of_words(cls, given: Any) -> Any:
        return {"words": given} if isinstance(given, list) else given

    @property
    def summary(self) -> str:
        """The network in a few words."""
        place = self.factory.rpartition(":")[0].removesuffix(".py").replace("/", ".")
        return f"PyTorch, {place.rpartition('.')[2]}"


class TransformersModel(Strict):
    """A language model that a library has saved, with layers that keep a recurrent state."""

    description: str = ""
    source: Literal["transformers", "xlstm", "rwkv"] = Field(
        description="the library: transformers, or the packages xlstm and rwkv (RWKV-7)"
    )
    dataset: str
    analysis: str = "default"
    folder: str = Field(
        description="what `save_pretrained` of a network and its tokenizer wrote; of `xlstm` a "
        "folder of config.yaml, model.safetensors and tokenizer.json; of `rwkv` a .pth file; "
        "relative to the folder of `configs`"
    )
    layers: tuple[int, ...] | None = Field(
        None,
        strict=False,
        min_length=1,
        description="the recurrent layers that are recorded, by their place in the depth, from 0; "
        "default: four, spread over the depth",
    )
    end_of_sentence: str | None = Field(
        None,
        description="the text that is read at the end of a sentence; default: a line break, or "
        "where the tokenizer has no piece for it, its own end",
    )

    sequences: Literal["streams", "sentences"] = Field(
        "streams", description="what is read in one go from an empty memory, by a language model"
    )

    @property
    def summary(self) -> str:
        """The network in a few words."""
        return f"{self.source}, {self.folder.rstrip('/').rpartition('/')[2]}"


class RecordedModel(Strict):
    """A network of which there is nothing but a recording."""

    description: str = ""
    source: Literal["recording"]
    analysis: str = "default"
    folder: str = Field(description="the recording; relative to the folder of `configs`")

    @property
    def dataset(self) -> None:
        """Its text came with it."""

    @property
    def summary(self) -> str:
        """The network in a few words."""
        return "recording"
