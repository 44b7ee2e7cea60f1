"""A network from elsewhere, made by its factory, weighted, understood and held against itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.model_import.loading.factory import foreign_code, load_function
from rnnvis_assets.model_import.reading.input_embedding import embedding_size, require_room
from rnnvis_assets.model_import.reading.network_readers import HookedReader, Reader
from rnnvis_assets.model_import.reading.output_layer import find_output
from rnnvis_assets.model_import.reading.state_reader_adapter import ToldReader
from rnnvis_assets.model_import.reading.tolerance import TOLERANCE
from rnnvis_assets.model_import.state_reader import StateReader
from rnnvis_assets.network.model_metadata import PredictedTask
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError

FEW_STEPS = 6
_MEANINGS: dict[str, PredictedTask] = {
    "next_word": "language_model",
    "class": "classification",
    "none": "none",
}


@dataclass(frozen=True)
class ImportedNetwork:
    """``tensors`` are all weights by name, before anything was run: a forward may set some anew
    (as weight drop does). ``note`` says why nothing is predicted, if so."""

    tensors: Mapping[str, Tensor]
    num_parameters: int | None
    reader: Reader
    task: PredictedTask
    classes: tuple[str, ...]
    output: OutputLayer | None
    embedding_size: int | None
    note: str = ""


def make_module(config: PytorchModel, weights: Path | None) -> Any:
    """What the factory returns, with the weights of a file, float32, on the CPU, for evaluation.

    Raises ImportedModelError.
    """
    factory = load_function(config.factory, config.path)
    with foreign_code(f"the factory {config.factory}"):
        made = factory(**config.arguments)
    if not isinstance(made, nn.Module):
        if weights is None:
            return made
        raise ImportedModelError(
            f"the factory returned a {type(made).__name__}, which cannot take weights",
            repair="return a torch.nn.Module, or let the factory load them and leave weights out",
        )
    with foreign_code(f"taking what {config.factory} returned to the CPU, as float32,"):
        made = made.to("cpu", torch.float32).eval()
    if weights is not None:
        fit_weights(made, read_weights(weights, made.state_dict()))
    return made


def make_reader(network: Any, config: PytorchModel, num_words: int) -> Reader:
    """The reader that fits what a factory returned; one that is to read ``sentences`` never goes
    on from earlier states.

    Raises ImportedModelError where none fits, or it cannot read as asked.
    """
    reader = _fitting_reader(network, config, num_words)
    if config.sequences == "streams" and not reader.carries:
        raise ImportedModelError(
            "sequences: streams are read in pieces, but a layer that reads backward needs the "
            "whole of a sequence",
            repair="say sequences: sentences, or leave it out",
        )
    reader.carries = reader.carries and config.sequences != "sentences"
    return reader


def _fitting_reader(network: Any, config: PytorchModel, num_words: int) -> Reader:
    if isinstance(network, StateReader):
        return ToldReader(network, num_words)
    if isinstance(network, nn.Module):
        return HookedReader(network, config, num_words)
    raise ImportedModelError(
        f"the factory {config.factory} returned a {type(network).__name__}, expected a "
        "torch.nn.Module or a rnnvis_assets.model_import.state_reader.StateReader",
        repair="return the network itself from the factory",
    )


def import_network(
    config: PytorchModel,
    weights: Path | None,
    num_words: int,
    classes: Sequence[str],
) -> ImportedNetwork:
    """The network that a configuration describes, for so many words and the classes of its dataset.

    Raises ImportedModelError for whatever keeps it from being read and recorded exactly.
    """
    module = make_module(config, weights)
    taken = _taken(module)
    reader = make_reader(module, config, num_words)
    size = embedding_size(module, reader, config.embedding, num_words)
    require_room(reader, num_words)
    meaning = config.output.meaning or ("class" if classes else "next_word")
    if meaning == "none":
        return ImportedNetwork(*taken, reader, "none", (), None, size)
    named = _named_classes(config, classes) if meaning == "class" else ()
    outputs = len(named) if meaning == "class" else num_words
    found = find_output(module, reader, config.output, outputs, num_words)
    if found.layer is None:
        note = f"nothing is told of predictions: {found.reason}"
        return ImportedNetwork(*taken, reader, "none", (), None, size, note)
    return ImportedNetwork(*taken, reader, _MEANINGS[meaning], named, found.layer, size)


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


def _taken(module: Any) -> tuple[dict[str, Tensor], int | None]:
    """Copies of all weights, and how many trained numbers there are, tied ones counted once."""
    if not isinstance(module, nn.Module):
        return {}, None
    tensors = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
    return tensors, sum(parameter.numel() for parameter in module.parameters())


def _check_order(reader: Reader, words: Tensor, arrays: Sequence[Mapping[str, Tensor]]) -> None:
    """Raises ImportedModelError for a layer that is fed the words from their end: its states would
    be told of the wrong words."""
    other = words.clone()
    other[:, 0] = torch.where(words[:, 0] == words.max(), words.min(), words.max())
    for shape, one, two in zip(reader.shapes, arrays, reader.read(other).arrays, strict=True):
        moved = (one[shape.states[0]] != two[shape.states[0]]).any(dim=2).any(dim=0)
        if shape.direction == "forward" and moved.any() and not moved[0]:
            raise ImportedModelError(
                f"{shape.name}: another first word leaves its first state as it was and changes "
                "the last: forward turns the words round before this layer",
                repair="make it the backward direction of a bidirectional module, or tell the "
                "states in the order of the words through rnnvis_assets.model_import.state_reader",
            )


def check_reading(reader: Reader, words: Tensor) -> None:
    """Reads int64[batch, steps] words once more, each sequence alone, and in two pieces.

    Raises ImportedModelError where that gives other states than reading all at once. A network
    that magnifies its last bits does so too, but not within a few steps, which then count alone.
    """
    try:
        _check_steps(reader, words)
    except ImportedModelError:
        if words.shape[1] <= FEW_STEPS:
            raise
        _check_steps(reader, words[:, :FEW_STEPS])


def _check_steps(reader: Reader, words: Tensor) -> None:
    whole = reader.read(words)
    _check_order(reader, words, whole.arrays)
    _require_same(reader, whole.arrays, reader.read(words).arrays, "a second time")
    alone = [reader.read(row.unsqueeze(0)).arrays for row in words]
    joined = [
        {name: torch.cat([arrays[layer][name] for arrays in alone]) for name in shape.arrays}
        for layer, shape in enumerate(reader.shapes)
    ]
    _require_same(reader, whole.arrays, joined, "one sequence at a time")
    if reader.carries and words.shape[1] > 1:
        cut = words.shape[1] // 2
        first = reader.read(words[:, :cut])
        second = reader.read(words[:, cut:], first.after)
        pieces = [
            {name: torch.cat([one[name], other[name]], dim=1) for name in one}
            for one, other in zip(first.arrays, second.arrays, strict=True)
        ]
        _require_same(reader, whole.arrays, pieces, "in two pieces, the state carried on,")


def _require_same(reader: Reader, expected: Any, found: Any, how: str) -> None:
    for shape, one, other in zip(reader.shapes, expected, found, strict=True):
        for name in shape.arrays:
            scale = one[name].abs().clamp(min=1)
            difference = float(((one[name] - other[name]).abs() / scale).max())
            if not difference <= 10 * TOLERANCE:
                raise ImportedModelError(
                    f"{shape.name}: read {how} {name} differs by up to {difference:.3g}",
                    repair="see that eval() stops all that is random, and that nothing but the "
                    "recurrent layers looks at other words (else say sequences: sentences)",
                )
