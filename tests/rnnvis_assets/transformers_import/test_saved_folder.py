"""Which saved folders are refused, and what the message names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from rnnvis_assets.in_memory.analyse_module import describe_model
from rnnvis_assets.transformers_import import libraries
from rnnvis_assets.transformers_import.saved_folder import check_folder, load_module, open_folder
from tests.examples.tiny_networks import trained_folder
from tests.rnnvis_assets.transformers_import.tiny_modules import tiny_module
from warehouse.errors import ImportedModelError

pytestmark = pytest.mark.slow


def write(folder: Path, files: tuple[str, ...] = ("model.safetensors",), **config: Any) -> Path:
    (folder / "config.json").write_text(json.dumps({"model_type": "mamba"} | config))
    for name in (*files, "tokenizer.json"):
        (folder / name).write_text("")
    return folder


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"auto_map": {"AutoModel": "theirs.Model"}}, "names code of its own .auto_map."),
        ({"quantization_config": {"bits": 4}}, "holds quantised weights"),
        ({"model_type": "mamba3"}, "the type 'mamba3'; .* did you mean 'mamba' or 'mamba2'"),
        ({"model_type": "llama"}, "known are mamba, .*recurrent_gemma"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(tmp_path, config, says):
    with pytest.raises(ImportedModelError, match=says):
        check_folder(write(tmp_path, **config))


def test_an_unknown_family_is_shown_the_protocol(tmp_path):
    with pytest.raises(ImportedModelError) as refused:
        check_folder(write(tmp_path, model_type="llama"))
    assert "class Mine(nn.Module, StateReader)" in refused.value.repair


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (("pytorch_model.bin",), "only pickled ones .pytorch_model.bin., which can run code"),
        ((), "no weights in safetensors: found none"),
    ],
)
def test_pickled_and_missing_weights_are_refused(tmp_path, files, says):
    with pytest.raises(ImportedModelError, match=says):
        check_folder(write(tmp_path, files))


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(ImportedModelError, match=r"config.json cannot be read"):
        check_folder(tmp_path)
    (write(tmp_path) / "tokenizer.json").unlink()
    with pytest.raises(ImportedModelError, match=r"has no tokenizer.json"):
        check_folder(tmp_path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    tiny_module("mamba").save_pretrained(folder)
    return folder


def change_weights(saved: Path, folder: Path, change: Any) -> Path:
    weights = load_file(saved / "model.safetensors")
    save_file(change(weights), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text((saved / "config.json").read_text())
    return folder


def test_half_precision_is_read_as_float32(saved, tmp_path):
    halved = change_weights(saved, tmp_path, lambda w: {n: t.bfloat16() for n, t in w.items()})
    found = load_module(halved)
    assert {weight.dtype for weight in found.parameters()} == {torch.float32}
    assert not found.training


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda w: {n: t for n, t in w.items() if "layers.1.mixer.A_log" not in n},
         "layers.1.mixer.A_log is missing"),
        (lambda w: {n: t[:-1] if "A_log" in n else t for n, t in w.items()},
         r"layers.0.mixer.A_log has the shape \[15, 4\], expected \[16, 4\]"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_named(saved, tmp_path, change, says):
    with pytest.raises(ImportedModelError, match=says):
        load_module(change_weights(saved, tmp_path, change))


@pytest.mark.parametrize(("found", "warned"), [("5.24.3", False), ("5.25.0", True), ("4.9", True)])
def test_another_version_is_warned_of(monkeypatch, found, warned):
    monkeypatch.setattr(libraries, "version", lambda _: found)
    said = libraries.untested_version("transformers")
    assert (f"warning: transformers {found} was not tested" in said) == warned


@pytest.mark.parametrize("source", libraries.TESTED)
def test_the_tested_versions_are_those_of_the_extra(source):
    project = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    first, last = (".".join(map(str, ends)) for ends in libraries.TESTED[source])
    assert re.search(rf'"{source}>={first}(\.\d+)?,<{last}"', project)


def test_a_library_that_is_not_installed_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    with pytest.raises(ImportedModelError) as refused:
        libraries.open_library("rwkv", tmp_path)
    assert refused.value.repair == "pip install 'rnnvis[rwkv]'"


def test_an_xlstm_of_a_gpu_is_read_by_the_same_equations_on_the_cpu(tmp_path_factory, tmp_path):
    saved = trained_folder(tmp_path_factory, "xlstm")
    for file in saved.iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = json.loads((saved / "config.json").read_text())
    triton = {"chunkwise_kernel": "chunkwise--triton_xl_chunk", "step_kernel": "triton"}
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config | triton))
    pieces = torch.arange(1, 20).unsqueeze(0)
    found, expected = (open_folder(folder).logits(pieces) for folder in (tmp_path, saved))
    assert torch.equal(found, expected)
    siging = {"chunkwise_kernel": "chunkwise--triton_xl_chunk_siging"}
    (tmp_path / "config.json").write_text(json.dumps(config | siging))
    with pytest.raises(ImportedModelError, match="sigmoid input gate"):
        open_folder(tmp_path)


@pytest.mark.parametrize(
    ("file", "named", "library"),
    [
        ("config.json", "", "transformers"),
        ("config.yaml", "", "xlstm"),
        ("model.pth", "model.pth", "rwkv"),
        ("nothing", "", "transformers"),
    ],
)
def test_the_library_that_saved_a_network_is_seen(tmp_path, file, named, library):
    (tmp_path / file).touch()
    described = describe_model(tmp_path / named)
    assert described == {"source": library, "folder": str(tmp_path / named)}
