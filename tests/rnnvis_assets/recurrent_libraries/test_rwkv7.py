"""RWKV-7, compared with the package that its author reads it with."""

import numpy as np
import pytest
import torch

from rnnvis_assets.recurrent_libraries.rwkv7_file import Rwkv7Capture
from tests.examples.tiny_networks import trained_folder
from warehouse.errors import ImportedModelError


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return trained_folder(tmp_path_factory, "rwkv7") / "model.pth"


@pytest.fixture(scope="module")
def pieces():
    return torch.from_numpy(np.random.default_rng(4).integers(1, 280, size=(2, 17)))


@pytest.fixture(scope="module")
def capture(file):
    return Rwkv7Capture(file)


@pytest.fixture(scope="module")
def read(capture, pieces):
    return capture.read(pieces)


@pytest.fixture(scope="module")
def package(capture, pieces):
    return capture.step(pieces, capture.depths)


def stepped(factors, row):
    """S after every step, as the paper has it (Eq. 17: values x keys), in float64."""
    w, k, v, e, r = (
        np.asarray(each[row], np.float64)
        for each in (
            np.exp(factors.decay_step.double()),
            factors.key, factors.value, factors.erase, factors.erase_key,
        )
    )  # fmt: skip
    steps, heads, size = v.shape
    state, states = np.zeros((heads, size, size)), []
    for t in range(steps):
        for h in range(heads):
            kept = state[h] * w[t, h]
            state[h] = kept - np.outer(kept @ r[t, h], e[t, h]) + np.outer(v[t, h], k[t, h])
        states.append(state.transpose(0, 2, 1).copy())
    return np.stack(states)


def test_logits_are_those_of_the_package(capture, pieces, package):
    np.testing.assert_allclose(capture.logits(pieces), package[1], atol=1e-5)


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("layer", [0, 1])
def test_factors_give_the_states_of_the_package(read, package, layer, row):
    _, factors = read[layer]
    np.testing.assert_allclose(stepped(factors, row), package[0][layer][row], atol=1e-5)


def test_decays_are_between_their_bounds(read):
    for _, factors in read.values():
        keep = torch.exp(factors.decay_step)
        assert keep.min() > 0.545
        assert keep.max() < 1


def test_a_sequence_does_not_depend_on_what_follows_or_on_its_batch(capture, pieces, read):
    for layer, (_, factors) in capture.read(pieces[1:, :9]).items():
        for name, tensor in factors.tensors.items():
            expected = read[layer][1].tensors[name][1:, :9]
            np.testing.assert_allclose(tensor, expected, atol=1e-6, err_msg=name)


def test_files_with_unused_values_of_the_first_layer_are_read(file, tmp_path, pieces, capture):
    tensors = torch.load(file, weights_only=True)
    unused = {f"blocks.0.att.v{n}": torch.ones(2, 2) for n in range(3)}
    torch.save(tensors | unused, tmp_path / "more.pth")
    found = Rwkv7Capture(tmp_path / "more.pth").logits(pieces)
    np.testing.assert_array_equal(found, capture.logits(pieces))


def test_another_version_is_refused(file, tmp_path):
    tensors = torch.load(file, weights_only=True)
    del tensors["blocks.0.att.r_k"]
    torch.save(tensors, tmp_path / "rwkv6.pth")
    with pytest.raises(ImportedModelError, match=r"no RWKV-7 network: 'blocks.0.att.r_k'"):
        Rwkv7Capture(tmp_path / "rwkv6.pth")


def test_a_tensor_of_another_shape_is_named(file, tmp_path):
    tensors = torch.load(file, weights_only=True)
    tensors["blocks.1.att.k_a"] = torch.zeros(1, 1, 5)
    torch.save(tensors, tmp_path / "odd.pth")
    with pytest.raises(ImportedModelError, match=r"blocks.1.att.k_a has the shape \[1, 1, 5\]"):
        Rwkv7Capture(tmp_path / "odd.pth")


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    torch.save({"emb.weight": torch.zeros(2), "code": np.array}, tmp_path / "code.pth")
    with pytest.raises(ImportedModelError, match="would have to run code"):
        Rwkv7Capture(tmp_path / "code.pth")
