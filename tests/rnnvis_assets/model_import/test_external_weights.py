"""Weights as others save them: what is read, what is left out of their names, what is refused."""

from pathlib import Path

import pytest
import torch

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.model_import.loading.user_code import load_network
from tests.examples.published_networks import AwdLstm
from tests.rnnvis_assets.model_import.faulty import two
from warehouse.errors import ImportedModelError

WORDS = 10


def test_an_archive_of_torchscript_is_never_run(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "scripted.pt"
    torch.jit.script(torch.nn.Linear(2, 2)).save(path)
    with pytest.raises(ImportedModelError, match="is a TorchScript archive") as caught:
        read_weights(path, {})
    assert "with torch.jit.load, run: from safetensors.torch" in str(caught.value)
    assert "weights_only" not in str(caught.value), "torch's advice would run it"
    assert not [warned for warned in recwarn if "torch.load" in str(warned.message)]


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "model.", "module._orig_mod."])
def test_what_a_wrapper_puts_before_every_name_is_left_out(wrapper: str) -> None:
    module = two(WORDS)
    wanted = {name: torch.rand_like(tensor) for name, tensor in module.state_dict().items()}
    fit_weights(module, {f"{wrapper}{name}": tensor for name, tensor in wanted.items()})
    found = module.state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in wanted.items())


def test_a_wrapper_does_not_hide_what_does_not_fit() -> None:
    module = two(WORDS)
    tensors = {f"model.{name}": tensor for name, tensor in module.state_dict().items()}
    tensors["model.extra"] = torch.zeros(1)
    with pytest.raises(ImportedModelError) as caught:
        fit_weights(module, tensors)
    assert str(caught.value).count("unexpected") == 1


NAMES = two(WORDS).state_dict()
OTHER = {"mean": torch.zeros(1)}


@pytest.mark.parametrize(
    ("checkpoint", "place"),
    [
        ({"epoch": 3, "state_dict": NAMES, "callbacks": {"average": OTHER}}, "state_dict"),
        ({"callbacks": OTHER, "network": NAMES}, "network"),
        ({"ema": NAMES, "model": NAMES}, "model"),
        ({"optimizer": {"state": {0: OTHER}}, "net": {"encoder.x": OTHER["mean"]}}, "net"),
    ],
)
def test_of_a_training_checkpoint_the_modules_own_weights_are_taken(tmp_path, checkpoint, place):
    torch.save(checkpoint, tmp_path / "c.pt")
    assert read_weights(tmp_path / "c.pt", NAMES).keys() == checkpoint[place].keys()


def test_where_several_could_be_the_weights_an_option_chooses(tmp_path):
    other = {name: tensor + 1 for name, tensor in NAMES.items()}
    torch.save({"first": NAMES, "second": {"net": other}}, tmp_path / "c.pt")
    with pytest.raises(
        ImportedModelError, match=r"(?s)could be any of first, second\.net.*checkpoint_key=KEY"
    ):
        read_weights(tmp_path / "c.pt", NAMES)
    found = read_weights(tmp_path / "c.pt", NAMES, "second.net")
    assert all(torch.equal(found[name], tensor) for name, tensor in other.items())
    with pytest.raises(ImportedModelError, match="no weights under 'third', only under first"):
        read_weights(tmp_path / "c.pt", NAMES, "third")


def test_what_stands_next_to_the_module_in_a_larger_one_is_left_out():
    """A Lightning module keeps the weights of its loss, say."""
    module = two(WORDS)
    wanted = {name: torch.rand_like(tensor) for name, tensor in module.state_dict().items()}
    tensors = {"loss.weight": torch.ones(2)} | {f"net.{n}": t for n, t in wanted.items()}
    assert fit_weights(module, tensors) == ("loss.weight",)
    found = module.state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in wanted.items())


CODE = """
import torch
from torch import nn
from tests.rnnvis_assets.model_import.faulty import two

def compiled(words):
    return torch.compile(two(words))

def in_place(words):
    module = two(words)
    module.compile()
    return module

def parallel(words):
    return nn.DataParallel(two(words))

def quantised(words):
    return torch.ao.quantization.quantize_dynamic(two(words), {nn.Linear})

def turning(words):
    module = two(words).double()
    module.turn = torch.nn.Buffer(torch.tensor([1j, 2 + 1j]), persistent=False)
    return module

def scripted(words):
    return torch.jit.script(nn.Linear(1, 2))
"""


def load(function: str, folder: Path):
    (folder / "made.py").write_text(CODE)
    torch.save(NAMES, folder / "w.pt")
    config = PytorchModel.model_validate({
        "source": "pytorch", "dataset": "d", "factory": f"{folder}/made.py:{function}",
        "arguments": {"words": WORDS},
    })  # fmt: skip
    return load_network(config, folder / "w.pt").module


@pytest.mark.parametrize(
    "function", [pytest.param("compiled", marks=pytest.mark.slow), "in_place", "parallel"]
)
def test_a_module_that_the_factory_wraps_takes_weights_without_a_wrapper(tmp_path, function):
    module = load(function, tmp_path)
    assert type(module).__name__ == "Two"
    assert module._compiled_call_impl is None
    assert torch.equal(module.decoder.weight, NAMES["decoder.weight"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:torch.quantize:UserWarning")
def test_a_quantised_network_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(ImportedModelError, match=r"(?s)is quantised .*decoder.*float32"):
        load("quantised", tmp_path)


def test_weights_next_to_other_values_are_read(tmp_path):
    torch.save({**NAMES, "vocabulary": ["the"], "epoch": 3}, tmp_path / "w.pt")
    assert read_weights(tmp_path / "w.pt", NAMES).keys() == NAMES.keys()


@pytest.mark.parametrize("kind", [torch.int8, torch.complex64])
def test_numbers_of_another_kind_are_no_weights(kind: torch.dtype) -> None:
    wrong = {"decoder.bias": NAMES["decoder.bias"].to(kind)}
    with pytest.raises(ImportedModelError, match=f"decoder.bias holds {kind}, expected torch.flo"):
        fit_weights(two(WORDS), {**NAMES, **wrong})


def test_dropped_weights_are_saved_undropped_too_once_a_module_was_evaluated() -> None:
    """As AWD-LSTM was published; safetensors keeps one name of the two."""
    evaluated, fresh = AwdLstm(WORDS).eval(), AwdLstm(WORDS)
    evaluated(torch.zeros(2, 1, dtype=torch.int64), evaluated.init_hidden(1))
    both = evaluated.state_dict()
    single = {name: tensor for name, tensor in both.items() if not name.endswith("_raw")}
    assert len(both) == len(single) + 2 == len(fresh.state_dict()) + 2
    for saved in (both, single):
        fit_weights(fresh, saved)
        raw = fresh.rnns[1].module.weight_hh_l0_raw
        assert torch.equal(raw, evaluated.rnns[1].module.weight_hh_l0_raw)
    both["rnns.0.module.weight_hh_l0"] = both["rnns.0.module.weight_hh_l0"] + 1
    with pytest.raises(ImportedModelError, match="weight_hh_l0 is unexpected"):
        fit_weights(fresh, both)


def test_complex_weights_stay_complex(tmp_path) -> None:
    module = load("turning", tmp_path)
    assert module.turn.tolist() == [1j, 2 + 1j]
    assert module.decoder.weight.dtype == torch.float32


def test_a_torchscript_module_is_refused_with_the_way_out(tmp_path) -> None:
    with pytest.raises(ImportedModelError, match="a TorchScript module, whose recurrent layers"):
        load("scripted", tmp_path)
