"""An imported network: how it is read, and what it predicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import UserNetwork, load_network
from rnnvis_assets.model_import.reading.network_readers import HookedReader, NetworkReader
from rnnvis_assets.model_import.reading.output_layer import OutputSearch, find_output
from rnnvis_assets.model_import.reading.reading_checks import require_room
from rnnvis_assets.model_import.reading.state_reader_adapter import StateReaderAdapter
from rnnvis_assets.model_import.reading.weight_probe import embedding_size, probe_weights
from rnnvis_assets.model_import.state_reader import StateReader
from rnnvis_assets.network.model_metadata import PredictedTask
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError

_TASKS: dict[str, PredictedTask] = {"next_word": "language_model", "class": "classification"}


@dataclass(frozen=True)
class ImportedNetwork:
    """``tensors`` are all weights by name, copied before anything was run: a forward may replace
    some (as weight drop does). ``note`` says why predictions are unknown, if they are."""

    tensors: Mapping[str, Tensor]
    num_parameters: int | None
    reader: NetworkReader
    task: PredictedTask
    classes: tuple[str, ...]
    output: OutputLayer | None
    embedding_size: int | None
    note: str = ""


def make_reader(network: UserNetwork, config: PytorchModel, num_words: int) -> NetworkReader:
    """The reader that fits a network; for ``sentences`` it never continues from earlier states.

    Raises ImportedModelError where none fits, or it cannot read as asked.
    """
    reader = _fitting_reader(network, config, num_words)
    if config.sequences == "streams" and not reader.carries:
        raise ImportedModelError(
            "sequences: streams are read in pieces, but a layer that reads backward needs whole "
            "sequences",
            repair="set sequences to sentences, or leave it out",
        )
    reader.carries = reader.carries and config.sequences != "sentences"
    return reader


def _fitting_reader(network: UserNetwork, config: PytorchModel, num_words: int) -> NetworkReader:
    if isinstance(network.module, StateReader):
        return StateReaderAdapter(network.module, num_words)
    if isinstance(network.module, nn.Module):
        return HookedReader(network, config, num_words)
    raise ImportedModelError(
        f"the factory {config.factory} returned a {type(network.module).__name__}, expected a "
        "torch.nn.Module or a rnnvis_assets.model_import.state_reader.StateReader",
        repair="return the network itself from the factory",
    )


def import_network(
    config: PytorchModel, weights: Path | None, num_words: int, classes: Sequence[str]
) -> ImportedNetwork:
    """The network that a configuration describes, for so many words and the classes of its dataset.

    Raises ImportedModelError for whatever keeps it from being read and recorded exactly.
    """
    network = load_network(config, weights)
    tensors, parameters = _copy_weights(network.module)
    reader = make_reader(network, config, num_words)
    probe = probe_weights(reader, num_words)
    size = embedding_size(network.module, probe, config.embedding, num_words)
    require_room(reader, num_words)
    meaning = config.output.meaning or ("class" if classes else "next_word")
    named = _named_classes(config, classes) if meaning == "class" else ()
    found = OutputSearch(None)
    if meaning != "none":
        outputs = len(named) if meaning == "class" else num_words
        found = find_output(network.module, reader, probe, config.output, outputs)
    return ImportedNetwork(
        tensors=tensors,
        num_parameters=parameters,
        reader=reader,
        task="none" if found.layer is None else _TASKS[meaning],
        classes=() if found.layer is None else named,
        output=found.layer,
        embedding_size=size,
        note=f"predictions are unknown: {found.reason}" if found.reason else "",
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
