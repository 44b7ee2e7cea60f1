"""A network of Mamba's blocks as what it takes to read it block by block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor, nn

from rnnvis_assets.network.cells import SteppedNetwork
from rnnvis_assets.network.mamba import STATE_SIZE, Mamba, MambaBlock
from rnnvis_assets.network.recurrent_network import OutputLayer, RecurrentNetwork


@dataclass(frozen=True)
class MambaLayer:
    """A block, the ``norm`` of the stream after it (of the last block), and the ``readers``
    float32[readers, 16] that every channel is recorded by, its mean query first."""

    block: MambaBlock
    norm: nn.Module
    readers: Tensor


@dataclass(frozen=True)
class SteppedMamba:
    """``embedding`` float32[words, width], the blocks from the input up, and what reads the norm of
    the last stream."""

    embedding: Tensor
    layers: Sequence[MambaLayer]
    output: OutputLayer


Stepped: TypeAlias = SteppedNetwork | SteppedMamba


def stepped_mamba(network: RecurrentNetwork, readers: Mapping[int, Tensor]) -> SteppedMamba:
    """The parts of a network that was trained here; ``readers`` float[channels, readers * 16] by
    number of the block, the same for every channel, since they share their queries."""
    assert isinstance(network.rnn, Mamba)
    blocks = network.rnn.blocks
    norms = [*(nn.Identity() for _ in blocks[1:]), network.rnn.norm]
    layers = [
        MambaLayer(block, norm, readers[number][0].view(-1, STATE_SIZE))
        for number, (block, norm) in enumerate(zip(blocks, norms, strict=True))
    ]
    return SteppedMamba(network.embedding.weight.detach(), layers, network.output_layer)
