"""Checkpoints: a faithful round trip, and a clear word on everything that does not fit."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rnnvis_assets.network.checkpoint_files import (
    SPEC_FILE,
    WEIGHTS_FILE,
    Checkpoint,
    check_fit,
    describe_network,
    load_checkpoint,
    num_outputs,
    save_checkpoint,
)
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.rnnvis_assets.checkpoint.small_runs import make_config, make_reviews, make_text
from warehouse.atomic_files import sha256_of_file
from warehouse.errors import CheckpointError

CONFIG, TEXT = make_config(tied_embedding=True), make_text()


def save(folder: Path, config=CONFIG, corpus=TEXT) -> Checkpoint:
    network = RecurrentNetwork(config, len(corpus.vocabulary), num_outputs(corpus))
    initialise(network, seed=0, forget_bias=1.0)
    spec = describe_network(
        config, corpus, precision="float32", device="cpu", versions={"torch": "2"}
    )
    save_checkpoint(folder, network.state_dict(), spec)
    return Checkpoint(network, spec, "", Path("m"))


def change_weights(folder: Path, change) -> None:
    weights = load_file(folder / WEIGHTS_FILE)
    change(weights)
    save_file(weights, folder / WEIGHTS_FILE)


@pytest.mark.parametrize("tied", [True, False])
def test_round_trip(tmp_path: Path, tied: bool) -> None:
    saved = save(tmp_path, make_config(tied_embedding=tied))
    loaded = load_checkpoint(tmp_path)
    expected = saved.network.state_dict()
    assert loaded.network.state_dict().keys() == expected.keys()
    assert all(torch.equal(v, expected[k]) for k, v in loaded.network.state_dict().items())
    assert not loaded.network.training
    assert loaded.weights_sha256 == sha256_of_file(tmp_path / WEIGHTS_FILE)


def test_tied_weights_are_stored_once(tmp_path: Path) -> None:
    save(tmp_path)
    assert "decoder.weight" not in load_file(tmp_path / WEIGHTS_FILE)


def test_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    save(tmp_path / "a")
    save(tmp_path / "b")
    for name in (WEIGHTS_FILE, SPEC_FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_spec_says_what_the_weights_are(tmp_path: Path) -> None:
    save(tmp_path)
    spec = json.loads((tmp_path / SPEC_FILE).read_text())
    assert spec["model"]["hidden_size"] == 8
    assert (spec["dataset"], spec["task"], spec["classes"]) == ("text", "language_model", [])
    assert spec["vocabulary_sha256"] == TEXT.vocabulary.sha256
    assert spec["vocabulary_size"] == spec["num_outputs"] == len(TEXT.vocabulary)
    assert spec["versions"] == {"torch": "2"}


def test_classifier_has_an_output_for_each_class(tmp_path: Path) -> None:
    save(tmp_path, make_config(dataset="reviews"), make_reviews())
    assert load_checkpoint(tmp_path).network.decoder.bias.shape == (2,)


def test_loading_leaves_the_global_generator_alone(tmp_path: Path) -> None:
    save(tmp_path)
    before = torch.get_rng_state()
    load_checkpoint(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, SPEC_FILE])
def test_missing_file(tmp_path: Path, name: str) -> None:
    save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} is missing") as caught:
        load_checkpoint(tmp_path)
    assert "rnnvis materialize" in caught.value.repair


@pytest.mark.parametrize("name", [WEIGHTS_FILE, SPEC_FILE])
@pytest.mark.parametrize("kept", [0, 5, 100])
def test_truncated_file(tmp_path: Path, name: str, kept: int) -> None:
    save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"damaged|not a checkpoint"):
        load_checkpoint(tmp_path)


def test_pickle_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    torch.save({"embedding.weight": torch.ones(2)}, tmp_path / WEIGHTS_FILE)
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_checkpoint(tmp_path)


def test_foreign_spec(tmp_path: Path) -> None:
    save(tmp_path)
    (tmp_path / SPEC_FILE).write_text('{"architecture": "transformer"}')
    with pytest.raises(CheckpointError, match="not a checkpoint of this project: it lacks model"):
        load_checkpoint(tmp_path)


def test_every_misfit_is_listed(tmp_path: Path) -> None:
    save(tmp_path)

    def spoil(weights: dict[str, torch.Tensor]) -> None:
        del weights["decoder.bias"]
        weights["attention.weight"] = torch.ones(2)
        weights["embedding.weight"] = torch.ones(3, 8)
        weights["rnn.bias_ih_l0"] = weights["rnn.bias_ih_l0"].half()

    change_weights(tmp_path, spoil)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(tmp_path)
    for fault in (
        "decoder.bias is missing",
        "attention.weight is unexpected",
        "embedding.weight is torch.float32[3, 8], expected torch.float32[12, 8]",
        "rnn.bias_ih_l0 is torch.float16[32], expected torch.float32[32]",
    ):
        assert fault in caught.value.message


def test_weights_of_another_run(tmp_path: Path) -> None:
    save(tmp_path)
    change_weights(tmp_path, lambda weights: weights["decoder.bias"].add_(1))
    with pytest.raises(CheckpointError, match="one of the two was replaced or damaged"):
        load_checkpoint(tmp_path)


def test_fits_its_own_corpus_and_configuration(tmp_path: Path) -> None:
    save(tmp_path)
    loaded = load_checkpoint(tmp_path)
    check_fit(loaded, CONFIG, TEXT)
    assert loaded.config == CONFIG


def test_other_vocabulary_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    with pytest.raises(CheckpointError, match="vocabulary_size: the checkpoint has 12"):
        check_fit(load_checkpoint(tmp_path), CONFIG, make_text(words=13))


def test_other_shape_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    with pytest.raises(CheckpointError, match=r"hidden_size: the checkpoint has 8, .* 9"):
        check_fit(load_checkpoint(tmp_path), make_config(hidden_size=9), TEXT)
