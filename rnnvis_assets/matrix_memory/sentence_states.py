"""The states of a network with a matrix memory over one sentence, without a recording of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from rnnvis_assets.matrix_memory.factor_files import StoredFactors
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_replay import replay
from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, MemorySource, VectorStates
from rnnvis_assets.matrix_memory.word_states import Readings, states_at_words
from rnnvis_assets.network.checkpoint_files import write_tensors
from rnnvis_assets.recording.layer_states import FirstStates, LayerStates
from warehouse.errors import CheckpointError

READERS_FILE = "mean_queries.safetensors"
"""In a checkpoint: the readers of every head, its mean query over the recorded text first, by
number of the layer."""


def write_readers(checkpoint: Path, factors: StoredFactors) -> Path:
    """Keeps the readers of a recording next to their network; returns the file."""
    path = checkpoint / READERS_FILE
    write_tensors(path, {str(n): layer.reader for n, layer in factors.layers.items()})
    return path


def load_readers(checkpoint: Path) -> dict[int, Tensor]:
    """float[heads, readers * key_size] by number of the layer. Raises CheckpointError where the
    network was not recorded."""
    path = checkpoint / READERS_FILE
    if not path.exists():
        raise CheckpointError(
            f"{path} is missing: how the memory is read is known once it is recorded",
            repair=f"rnnvis materialize {checkpoint.name}",
        )
    return {int(number): reader for number, reader in load_file(path).items()}


@torch.no_grad()
def read_sentence(
    network: MemorySource,
    readers: Mapping[int, Tensor],
    word_ids: Sequence[int],
    *,
    before: FirstStates | None = None,
) -> list[LayerStates]:
    """Every layer's states at the words of one sequence, from zero; ``readers`` float[heads,
    readers * key_size] by number of the layer."""
    assert before is None, "a whole pass begins from zero"
    pieces = network.pieces(np.array(word_ids, np.int32))
    if not pieces:
        return [LayerStates() for _ in network.layers]
    starts = np.cumsum([0, *map(len, pieces[:-1])])
    read = network.read(torch.tensor([[piece for word in pieces for piece in word]]))
    found = enumerate(zip(network.layers, read, strict=True))
    readings = (_readings(layer, own, readers.get(number)) for number, (layer, own) in found)
    return [LayerStates(**states_at_words(each, starts)) for each in readings]


def _readings(
    layer: LayerOfMemory, read: MemoryFactors | VectorStates, reader: Tensor | None
) -> Readings:
    """The arrays of one sequence at every piece, float32[pieces, units]."""
    if not isinstance(read, MemoryFactors):
        return {name: values[0].numpy() for name, values in read.items()}
    assert layer.memory is not None
    assert reader is not None
    columns = replay(layer.memory, read, reader).columns
    return {name: values[0].numpy() for name, values in columns.items()}
