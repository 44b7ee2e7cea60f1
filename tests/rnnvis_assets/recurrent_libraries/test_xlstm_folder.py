"""Cells of the package xlstm, and xLSTM 7B's in transformers, compared with their own states."""

from functools import partial

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file, save_model

from rnnvis_assets.matrix_memory.memory_replay import replay
from rnnvis_assets.recurrent_libraries.xlstm_capture import TransformersXlstm
from rnnvis_assets.recurrent_libraries.xlstm_folder import NATIVE_KERNELS, load_xlstm
from tests.examples.tiny_networks import trained_folder
from warehouse.errors import ImportedModelError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return trained_folder(tmp_path_factory, "xlstm_package")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A network of the package with xLSTM 7B's blocks, its configuration that of a GPU."""
    from xlstm.xlstm_large.model import xLSTMLarge, xLSTMLargeConfig

    folder = tmp_path_factory.mktemp("large")
    sizes = {"embedding_dim": 32, "num_heads": 2, "num_blocks": 2, "vocab_size": 280}
    torch.manual_seed(2)
    module = xLSTMLarge(xLSTMLargeConfig(**sizes, **NATIVE_KERNELS))
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    save_model(module, str(folder / "model.safetensors"))
    content = {**sizes, "chunkwise_kernel": "chunkwise--triton_xl_chunk", "mode": "train"}
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    return folder


def in_transformers(factory):
    from transformers import AutoModelForCausalLM

    module = AutoModelForCausalLM.from_pretrained(trained_folder(factory, "xlstm")).eval()
    return TransformersXlstm(module)


@pytest.fixture(scope="module")
def captures(tmp_path_factory, folder, large):
    """By name, networks that have been read."""
    return {
        "package": load_xlstm(folder), "large": load_xlstm(large),
        "transformers": in_transformers(tmp_path_factory),
    }  # fmt: skip


@pytest.fixture(scope="module")
def pieces():
    return torch.from_numpy(np.random.default_rng(4).integers(1, 280, size=(2, 19)))


@pytest.fixture(params=["package", "large", "transformers"])
def capture(request, captures):
    return captures[request.param]


def stepped_mlstm(factors, row):
    """(C, n) after every step (Beck et al. 2024, Eq. 19 and 20), in float64."""
    keep = np.exp(np.asarray(factors.decay_step[row, ..., 0], np.float64))
    key, value = (np.asarray(each[row], np.float64) for each in (factors.key, factors.value))
    memory, states = np.zeros((key.shape[1], key.shape[2], value.shape[2])), []
    for t in range(len(keep)):
        for h in range(key.shape[1]):
            memory[h] = keep[t, h] * memory[h] + np.outer(key[t, h], value[t, h])
        states.append(memory.copy())
    return np.stack(states)


def test_a_whole_pass_remembers_what_stepping_does(capture, pieces):
    read = capture.read(pieces)
    states, stepped = capture.step(pieces, capture.depths)
    np.testing.assert_allclose(capture.logits(pieces), stepped, rtol=1e-4, atol=2e-5)
    assert list(read) == list(states)
    for depth, found in read.items():
        for row in range(2):
            if isinstance(found, tuple):
                ours = stepped_mlstm(found[1], row)
            else:
                ours = found["hidden"][row]
            np.testing.assert_allclose(ours, states[depth][row], atol=2e-5)


def test_a_sequence_does_not_depend_on_what_follows_or_on_its_batch(capture, pieces):
    whole = capture.read(pieces)
    shorter = capture.read(pieces[1:, :9])
    for depth, found in shorter.items():
        tensors = found[1].tensors if isinstance(found, tuple) else found
        expected = whole[depth][1].tensors if isinstance(found, tuple) else whole[depth]
        for name, tensor in tensors.items():
            np.testing.assert_allclose(tensor, expected[name][1:, :9], rtol=2e-5, atol=2e-5)


def test_readouts_are_what_the_cell_goes_on_with(captures, pieces):
    """q^T C / max(|q^T n|, exp(-m)), Eq. 21."""
    capture = captures["package"]
    cell, kept = capture.module.xlstm_block_stack.blocks[0].xlstm.mlstm_cell, []
    hook = cell.outnorm.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    _, factors = capture.read(pieces)[0]
    hook.remove()
    memory = np.stack([stepped_mlstm(factors, row) for row in range(2)])
    found = np.einsum("bshk,bshkv->bshv", factors.query.double(), memory)
    divisor = np.maximum(np.abs(found[..., -1]), factors.floor)[..., None]
    np.testing.assert_allclose(found[..., :-1] / divisor, kept[0].transpose(1, 2), atol=1e-5)


def test_an_mlstm_keeps_by_its_forget_gate_whatever_the_scale(captures, pieces):
    capture = captures["package"]
    cell, kept = capture.module.xlstm_block_stack.blocks[0].xlstm.mlstm_cell, []
    hook = cell.fgate.register_forward_hook(lambda module, _, returned: kept.append(returned))
    shape, factors = capture.read(pieces)[0]
    hook.remove()
    found = replay(shape, factors, torch.zeros(shape.heads, shape.key_size)).keep
    np.testing.assert_allclose(found, torch.sigmoid(kept[0]), rtol=1e-5)


def test_an_slstm_keeps_by_its_own_forget_gate(folder, pieces):
    """c / n is a mean of what was stored, weighted by gates: the names of the layer's gates are
    swapped, and with them this would not hold."""
    read = load_xlstm(folder).read(pieces)
    cell, keep = read[1]["cell"].double(), read[1]["keep_gate"].double()
    stored = (cell[:, 1:] - keep[:, 1:] * cell[:, :-1]) / (1 - keep[:, 1:])
    assert (keep[:, 0] == 0).all()
    assert ((keep >= 0) & (keep <= 1)).all()
    assert stored.abs().max() <= 1 + 1e-4  # tanh(z)
    layer = load_xlstm(folder).module.xlstm_block_stack.blocks[1].xlstm
    assert keep[:, 1:].std() > 0
    assert layer.slstm_cell.config.backend == "vanilla"


@pytest.mark.slow
def test_sequences_may_be_longer_than_the_context(captures, pieces):
    longer = pieces.repeat(1, 7)  # 133 pieces, of a context of 128
    logits = captures["package"].logits(longer)
    _, stepped = captures["package"].step(longer, (0,))
    np.testing.assert_allclose(logits, stepped, rtol=1e-4, atol=2e-5)


def test_the_cells_functions_are_put_back(captures, pieces):
    capture = captures["package"]
    cell = capture.module.xlstm_block_stack.blocks[0].xlstm.mlstm_cell
    before = cell.backend_fn
    capture.read(pieces)
    assert cell.backend_fn is before


def test_weights_of_cuda_cells_are_read(folder, tmp_path, pieces):
    """Rearranged by the package's own function for its CUDA cell, which needs no GPU for it."""
    from xlstm.blocks.slstm.cell import sLSTMCell_cuda, sLSTMCell_vanilla

    tensors = load_file(folder / "model.safetensors")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    cell = load_xlstm(folder).module.xlstm_block_stack.blocks[1].xlstm.slstm_cell
    to_cuda = partial(sLSTMCell_cuda, cell.config, skip_backend_init=True)()
    assert isinstance(cell, sLSTMCell_vanilla)
    prefix = "xlstm_block_stack.blocks.1.xlstm.slstm_cell."
    recurrent, bias = f"{prefix}_recurrent_kernel_", f"{prefix}_bias_"
    external = cell._recurrent_kernel_int2ext(tensors[recurrent])
    tensors[recurrent] = to_cuda._recurrent_kernel_ext2int(external).contiguous()
    tensors[bias] = to_cuda._bias_ext2int(cell._bias_int2ext(tensors[bias])).contiguous()
    save_file(tensors, tmp_path / "model.safetensors")
    config["slstm_block"]["slstm"]["backend"] = "cuda"
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    expected, found = load_xlstm(folder), load_xlstm(tmp_path)
    np.testing.assert_array_equal(found.logits(pieces), expected.logits(pieces))
    np.testing.assert_array_equal(found.read(pieces)[1]["cell"], expected.read(pieces)[1]["cell"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vocab_sise": 3}, "no field 'vocab_sise'; did you mean 'vocab_size'"),
        ({"slstm_at": [7]}, "Invalid slstm position 7"),
        ({"embedding_dim": 48}, "the weights do not fit the module"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(folder, tmp_path, change, said):
    config = yaml.safe_load((folder / "config.yaml").read_text()) | change
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    with pytest.raises(ImportedModelError, match=said):
        load_xlstm(tmp_path)


def test_a_sigmoid_input_gate_is_refused(large, tmp_path):
    config = yaml.safe_load((large / "config.yaml").read_text())
    config["chunkwise_kernel"] = "chunkwise--triton_xl_chunk_siging"
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ImportedModelError, match="sigmoid input gate"):
        load_xlstm(tmp_path)


def test_a_folder_without_a_configuration_says_how_to_save_one(tmp_path):
    with pytest.raises(ImportedModelError, match=r"config.yaml: cannot be read") as error:
        load_xlstm(tmp_path)
    assert "yaml.safe_dump" in str(error.value.repair)
