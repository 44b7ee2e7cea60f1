"""An imported network: how it is read, and what it predicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import UserNetwork, load_network
from rnnvis_assets.model_import.reading.hooked_reader import (
    TOLERANCE,
    DisagreementError,
    HookedReader,
)
from rnnvis_assets.model_import.reading.network_readers import NetworkReader, concatenate
from rnnvis_assets.model_import.reading.output_layer import linear_layers
from rnnvis_assets.model_import.reading.predictor import Found, Predictor, PredictorSearch
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.reading.state_reader_adapter import StateReaderAdapter
from rnnvis_assets.model_import.reading.weight_probe import (
    GIVE_ITS_WORDS,
    probe_weights,
    require_rows,
    word_embedding,
)
from rnnvis_assets.model_import.state_reader import PROVIDE_STATES, StateReader
from rnnvis_assets.network.model_metadata import PredictedTask
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError


def check_reading(reader: NetworkReader, words: Tensor) -> None:
    """Reads int64[batch, steps] words again, every sequence separately, and in two pieces.

    Raises ImportedModelError where that gives other states than reading them together.
    """
    together = reader.read(words)
    _check_order(reader, words, together)
    _require_same(reader, together, reader.read(words), "a second time")
    rows = concatenate([reader.read(row.unsqueeze(0)) for row in words], dim=0)
    _require_same(reader, together, rows, "one sequence at a time")
    if reader.carries and words.shape[1] > 1:
        cut = words.shape[1] // 2
        first = reader.read(words[:, :cut])
        second = reader.read(words[:, cut:], reader.last_states(first))
        pieces = concatenate([first, second], dim=1)
        _require_same(reader, together, pieces, "in two pieces, the state carried over,")


def _check_order(reader: NetworkReader, words: Tensor, arrays: Sequence[LayerArrays]) -> None:
    """Raises ImportedModelError for a forward layer that receives the words from their end: its
    states would be shown at the wrong words."""
    other = words.clone()
    other[:, 0] = torch.where(words[:, 0] == words.max(), words.min(), words.max())
    for shape, one, two in zip(reader.shapes, arrays, reader.read(other), strict=True):
        moved = (one[shape.states[0]] != two[shape.states[0]]).any(dim=2).any(dim=0)
        if shape.direction == "forward" and moved.any() and not moved[0]:
            raise ImportedModelError(
                f"{shape.name}: another first word leaves its first state as it was and changes "
                "the last: forward reverses the words before this layer",
                repair="make it the backward direction of a bidirectional module, or, in the order "
                f"of the words, {PROVIDE_STATES}",
            )


def _require_same(
    reader: NetworkReader, expected: Sequence[LayerArrays], found: Sequence[LayerArrays], how: str
) -> None:
    for shape, one, other in zip(reader.shapes, expected, found, strict=True):
        for name in shape.arrays:
            scale = one[name].abs().clamp(min=1)
            difference = float(((one[name] - other[name]).abs() / scale).max())
            if not difference <= 10 * TOLERANCE:
                raise ImportedModelError(
                    f"{shape.name}: read {how} {name} differs by up to {difference:.3g}",
                    repair="make sure that eval() stops all that is random, and that only the "
                    "recurrent layers look at other words (else --setting sequences=sentences)",
                )


def require_room(reader: NetworkReader, num_words: int, words: Tensor) -> None:
    """Reads int64[steps] words with the vocabulary's last one among them. Raises
    ImportedModelError where the network cannot."""
    last = words.clone()
    last[-1] = num_words - 1
    try:
        reader.read(last.unsqueeze(0))
    except DisagreementError:
        raise
    except ImportedModelError as error:
        raise ImportedModelError(
            f"the vocabulary has {num_words:,} words, of which the network cannot read the last: "
            f"{error.message}",
            repair=GIVE_ITS_WORDS,
        ) from error


@dataclass(frozen=True)
class ImportedNetwork:
    """Tried with the ``probe``, int64[batch, steps] words. ``tensors`` are all weights by name,
    copied before anything was run: a forward may replace some (as weight drop does). ``predictor``
    is None where predictions are unknown; ``notes`` say why, and whatever else a user should
    hear."""

    probe: Tensor
    tensors: Mapping[str, Tensor]
    num_parameters: int | None
    reader: NetworkReader
    predictor: Predictor | None
    classes: tuple[str, ...]
    embedding_size: int | None
    notes: tuple[str, ...] = ()

    @property
    def output(self) -> OutputLayer | None:
        """Its output layer, where it is a linear one over the last h."""
        return self.predictor.layer if self.predictor else None

    @property
    def task(self) -> PredictedTask:
        """What it predicts."""
        if self.predictor is None:
            return "none"
        return "language_model" if self.predictor.per_word else "classification"

    @property
    def predicts(self) -> str:
        """What it predicts, in a few words."""
        if self.predictor is None:
            return "none"
        if self.predictor.per_word:
            return "next word"
        return f"classes, in the order of its outputs: {', '.join(self.classes)}"


def make_reader(
    network: UserNetwork, config: PytorchModel, num_words: int, probe: Tensor
) -> NetworkReader:
    """The reader that fits a network, found with int64[batch, steps] words; for ``sentences`` it
    never continues from earlier states.

    Raises ImportedModelError where none fits, or it cannot read as asked.
    """
    reader = _fitting_reader(network, config, num_words, probe)
    if config.sequences == "streams" and not reader.carries:
        raise ImportedModelError(
            "sequences: streams are read in pieces, but a layer that reads backward needs whole "
            "sequences",
            repair="set sequences to sentences, or leave it out",
        )
    reader.carries = reader.carries and config.sequences != "sentences"
    return reader


def _fitting_reader(
    network: UserNetwork, config: PytorchModel, num_words: int, probe: Tensor
) -> NetworkReader:
    if isinstance(network.module, StateReader):
        return StateReaderAdapter(network, config, num_words, probe)
    if isinstance(network.module, nn.Module):
        return HookedReader(network, config, num_words, probe)
    raise ImportedModelError(
        f"the factory {config.factory} returned a {type(network.module).__name__}, expected a "
        "torch.nn.Module or a rnnvis_assets.model_import.state_reader.StateReader",
        repair="return the network itself from the factory",
    )


def import_network(
    config: PytorchModel,
    weights: Path | None,
    num_words: int,
    classes: Sequence[str],
    probe: Tensor,
) -> ImportedNetwork:
    """The network that a configuration describes, for so many words and the classes of its dataset,
    tried with int64[batch, steps] words of its text.

    Raises ImportedModelError for whatever keeps it from being read and recorded exactly.
    """
    network = load_network(config, weights, config.checkpoint_key)
    tensors, parameters = _copy_weights(network.module)
    try:
        reader = make_reader(network, config, num_words, probe)
    except ImportedModelError:
        require_rows(network.module, config.embedding, probe, num_words)
        raise
    calls = probe_weights(reader, probe[0])
    embedding = word_embedding(network.module, calls, config.embedding, num_words)
    require_room(reader, num_words, probe[0])
    meaning = config.output.meaning or ("class" if classes else "next_word")
    named = _named_classes(config, classes) if meaning == "class" else ()
    found = Found(None)
    if meaning != "none":
        linear = linear_layers(network.module, calls.linear)
        outputs = len(named) if meaning == "class" else num_words
        search = PredictorSearch(reader, linear, probe, outputs, per_word=meaning == "next_word")
        found = search.find(config.output)
    unknown = "" if found.predictor else "predictions are unknown: "
    notes = [f"left out of the weights: {', '.join(network.left_out)}"] if network.left_out else []
    notes += [f"{unknown}{found.note}"] if found.note else []
    return ImportedNetwork(
        probe=probe,
        tensors=tensors,
        num_parameters=parameters,
        reader=reader,
        predictor=found.predictor,
        classes=() if found.predictor is None else named,
        embedding_size=None if embedding is None else int(embedding.embedding_dim),
        notes=tuple(notes),
    )


def _named_classes(config: PytorchModel, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes in the order of the outputs."""
    named = config.output.classes or tuple(classes)
    if sorted(named) != sorted(classes):
        raise ImportedModelError(
            f"output.classes: found {', '.join(named)}, expected those of the dataset "
            f"({', '.join(classes)}) in the order of the outputs",
            repair="name them all, or leave output.classes out where the orders agree",
        )
    return named


def _copy_weights(module: object) -> tuple[dict[str, Tensor], int | None]:
    """Copies of all weights, and the number of parameters, tied ones counted once."""
    if not isinstance(module, nn.Module):
        return {}, None
    tensors = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
    return tensors, sum(parameter.numel() for parameter in module.parameters())
