"""Opening a network to read sentences with, whatever it came from."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rnnvis_assets.model_import.model_import_stage import open_imported
from rnnvis_assets.network.cells import make_layers
from rnnvis_assets.network.checkpoint_files import SPEC_FILE, load_checkpoint
from rnnvis_assets.network.model_metadata import load_metadata
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.recording.layer_states import LayerStates, record_sequence
from warehouse.errors import CheckpointError

ReadSentence = Callable[[Sequence[int]], list[LayerStates]]
"""Every layer's states for one sequence of word ids, read from a zero state."""


@dataclass(frozen=True)
class OpenedNetwork:
    """A network ready to read: ``output`` (None where nothing can be told) has a row a word, or a
    row each of ``classes``."""

    read: ReadSentence
    output: OutputLayer | None
    classes: tuple[str, ...]
    weights_sha256: str


def source_of(folder: Path) -> str:
    """Where the network of a checkpoint came from: ``trained``, ``pytorch`` or ``recording``."""
    try:
        return str(json.loads((folder / SPEC_FILE).read_text("utf-8"))["model"]["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return "trained"  # loading it says what is wrong, if anything is


def open_network(folder: Path) -> OpenedNetwork:
    """The network of the checkpoint in ``folder``. Raises CheckpointError where it is gone or
    damaged, or where there is only a recording of it."""
    match source_of(folder):
        case "trained":
            return _open_trained(folder)
        case "pytorch":
            facts = load_metadata(folder)
            reader = open_imported(folder)
            return OpenedNetwork(
                reader.read_sentence, facts.output, facts.classes, facts.weights_sha256
            )
        case other:
            raise CheckpointError(f"{folder}: there is no network of a {other} model to read with")


def _open_trained(folder: Path) -> OpenedNetwork:
    checkpoint = load_checkpoint(folder)
    network = checkpoint.network
    return OpenedNetwork(
        read=partial(record_sequence, network, layers=make_layers(network)),
        output=network.output_layer,
        classes=tuple(checkpoint.spec["classes"]),
        weights_sha256=checkpoint.weights_sha256,
    )
