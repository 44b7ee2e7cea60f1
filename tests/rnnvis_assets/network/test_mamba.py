"""Mamba's blocks are those of transformers, and the gradient of their scan that of its values."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.network.mamba import Mamba
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.network.selective_scan import selective_scan
from tests.rnnvis_assets.checkpoint.small_runs import make_config

CONFIGS = Path(__file__).parents[3] / "configs"
WIDTH, STREAMS, STEPS = 24, 3, 11


def make_mamba(num_layers: int = 1) -> Mamba:
    mamba = Mamba(WIDTH, WIDTH, num_layers, 0.0)
    with torch.no_grad():
        mamba.initialise(torch.Generator().manual_seed(0))
    return mamba.eval()


@pytest.mark.slow
def test_a_block_is_that_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    from transformers.models.mamba.modeling_mamba import MambaBlock

    config = transformers.MambaConfig(hidden_size=WIDTH, num_hidden_layers=1)
    block, mamba = MambaBlock(config, 0).eval(), make_mamba()
    own = dict(mamba.layers[0].state_dict())
    block.norm.weight.data = own.pop("norm.weight")
    block.mixer.load_state_dict(own)
    inputs = torch.randn(STREAMS, STEPS, WIDTH, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = mamba.norm(block(inputs))
        found, _ = mamba(inputs, mamba.initial_state(STREAMS))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_starting_weights_are_those_of_the_authors() -> None:
    (block,) = make_mamba().layers
    torch.testing.assert_close(block.rate, -torch.arange(1.0, 17).expand(2 * WIDTH, 16))
    steps = torch.nn.functional.softplus(block.dt_proj.bias)
    assert 1e-3 <= steps.min() < 2e-3 < 5e-2 < steps.max() <= 0.1001
    assert torch.equal(block.D, torch.ones(2 * WIDTH))


@pytest.mark.slow
def test_the_models_of_penn_treebank_have_as_many_parameters() -> None:
    models = load_project(CONFIGS).models
    sizes = [
        RecurrentNetwork(models[name], 10_000, 10_000).num_parameters
        for name in ("ptb-lstm-small", "ptb-mamba")
    ]
    assert sizes == [2_653_200, 2_646_594]
    assert abs(sizes[1] / sizes[0] - 1) < 0.005


def test_its_stream_is_as_wide_as_what_enters_it() -> None:
    with pytest.raises(ValueError, match="cell: mamba: embedding_size 8 must equal hidden_size 6"):
        make_config(cell="mamba", hidden_size=6)
    assert make_config(cell="mamba").units == 16


@pytest.mark.slow
def test_the_gradient_of_the_scan_is_that_of_its_values() -> None:
    def make(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)

    generator = torch.Generator().manual_seed(0)
    steps, value, key, query = make(4, 2, 3), make(4, 2, 3), make(4, 2, 5), make(4, 2, 5)
    rate, start = make(3, 5), make(2, 3, 5).detach()
    memory, expected = start, []
    for d, u, k, q in zip(steps, value, key, query, strict=True):
        memory = torch.exp(d[..., None] * rate) * memory + u[..., None] * k[:, None]
        expected.append((memory * q[:, None]).sum(-1))
    inputs = (steps, value, rate, key, query, start)
    read, end = selective_scan(*inputs)
    torch.testing.assert_close(read, torch.stack(expected))
    torch.testing.assert_close(end, memory.detach())
    assert torch.autograd.gradcheck(lambda *own: selective_scan(*own)[0], inputs)
    with torch.no_grad():
        torch.testing.assert_close(selective_scan(*inputs), (read, end))
