"""What ``rnnvis import model`` refuses, and in which words; nothing of it is ever listed."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.model_kinds.register_model import add_model
from tests.rnnvis_assets.model_import.faulty import two
from warehouse.errors import ConfigurationError, ImportedModelError

FAULTY = Path(__file__).with_name("faulty.py")


@pytest.fixture
def import_it(context, words):
    """Imports the factory of ``faulty.py`` of that name."""

    def run(function, name="mine", **settings):
        content = {
            "source": "pytorch", "dataset": "tiny_text", "analysis": "tiny",
            "factory": f"{FAULTY}:{function}", "arguments": {"words": words},
            "accept_loss": True, **settings,
        }  # fmt: skip
        return add_model(context, name, content, FAULTY.parent)

    yield run
    assert set(load_project(context.project.folder).models) == {"tiny-gru", "tiny-lstm"}


def refusal(error, call, *parts):
    with pytest.raises(error) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        ("raising", ["raised RuntimeError: no such file: config.pt", "fix that code"]),
        ("missing", ["no function 'missing', only", "name one of them"]),
        ("tow", ["did you mean 'two'?"]),
        ("on_another_device", ["to the CPU, as float32, raised NotImplementedError"]),
        ("nothing", ["returned a NoneType, expected a torch.nn.Module"]),
        ("without_recurrence", ["found no nn.RNN", "Embedding", "Linear", "StateReader"]),
        ("summarised", ["encoder starts from a state that differs between sequences"]),
        (
            "broken",
            [
                "forward of Broken, given ids [3, 7] (batch_first), raised ValueError: expected 3",
                "(it runs in float32, on the CPU), or say what forward takes: --setting input",
            ],
        ),
    ],
)
def test_a_factory_or_a_network_that_goes_wrong_is_named(import_it, function, parts):
    refusal(ImportedModelError, lambda: import_it(function), *parts)


def test_a_file_or_package_that_is_not_there(import_it, context):
    refusal(
        ImportedModelError,
        lambda: import_it("two", factory="gone.py:two"),
        "gone.py is missing", "name the file",
    )  # fmt: skip
    refusal(
        ImportedModelError,
        lambda: import_it("two", factory="no.such.package:two"),
        "importing no.such.package found no module 'no'",
        "folder/module.py:function",
    )


def test_weights_that_do_not_fit_are_listed_by_name(import_it, words, tmp_path):
    module = two(words)
    tensors = module.state_dict()
    del tensors["idle.bias_hh_l0"]
    tensors["extra"] = torch.zeros(1)
    tensors["decoder.bias"] = torch.zeros(3)
    tensors["decoder.weight"] = tensors["decoder.weight"] * float("nan")
    save_file(tensors, tmp_path / "w.safetensors")
    refusal(
        ImportedModelError,
        lambda: import_it("two", weights=str(tmp_path / "w.safetensors")),
        "idle.bias_hh_l0 is missing", "extra is unexpected",
        f"decoder.bias has the shape [3], expected [{words}]", "decoder.weight holds values",
    )  # fmt: skip


class Anything:
    """Code of a user's, which a pickle would run."""


def test_a_pickle_is_never_run(import_it, tmp_path):
    path = tmp_path / "whole.pt"
    torch.save({"model": Anything()}, path)
    message = refusal(
        ImportedModelError,
        lambda: import_it("two", weights=str(path)),
        "asks for more than tensors", "Anything", "save_model(model, 'weights.safetensors')",
    )  # fmt: skip
    assert "safe_globals" not in message, "torch's advice would run it"


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_weights_cut_short_or_missing(import_it, words, tmp_path, suffix):
    path = tmp_path / f"w.{suffix}"
    refusal(ImportedModelError, lambda: import_it("two", weights=str(path)), "is missing")
    save = save_file if suffix == "safetensors" else torch.save
    save(two(words).state_dict(), path)
    path.write_bytes(path.read_bytes()[:500])
    refusal(ImportedModelError, lambda: import_it("two", weights=str(path)), "cut short")


def test_a_pickled_list_is_no_state_dict(import_it, tmp_path):
    torch.save([1, 2], tmp_path / "list.pt")
    path = str(tmp_path / "list.pt")
    refusal(ImportedModelError, lambda: import_it("two", weights=path), "holds a list")


@pytest.mark.parametrize("more", [2, -5])
def test_a_vocabulary_of_another_size_than_the_embedding(import_it, words, more):
    refusal(
        ImportedModelError,
        lambda: import_it("two", arguments={"words": words + more}),
        f"the vocabulary has {words} words, the embedding 'embedding' {words + more} rows",
    )


def test_tokens_that_a_vocabulary_lacks(import_it, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("the\na\ncat\nUNK\n")
    vocabulary = {"file": str(path)}
    refusal(
        ImportedModelError,
        lambda: import_it("two", vocabulary=vocabulary, arguments={"words": 4}),
        "words that the vocabulary lacks", "vocabulary.unknown",
    )  # fmt: skip
    wrong = vocabulary | {"unknown": "<UNK>"}
    refusal(
        ImportedModelError,
        lambda: import_it("two", vocabulary=wrong),
        "no word '<UNK>'", "did you mean 'UNK'?",
    )  # fmt: skip
    path.write_text("the\na\nthe\n")
    refusal(ImportedModelError, lambda: import_it("two", vocabulary=vocabulary), "more than once")
    (tmp_path / "w.json").write_text(json.dumps({"the": 1, "a": 3}))
    json_file = {"file": str(tmp_path / "w.json")}
    refusal(ImportedModelError, lambda: import_it("two", vocabulary=json_file), "neither a list")


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"recurrent": ["encodr"]}, ["found encodr, expected some of encoder, idle", "'encoder'?"]),
        ({"recurrent": ["idle"]}, ["forward did not call idle"]),
        ({"embedding": "decoder"}, ["found 'decoder', expected one of embedding"]),
        ({"output": {"layer": "encoder"}}, ["no linear layer at 'encoder', only decoder"]),
        (
            {"input": {"layout": "time_first"}},
            ["encoder received [steps, batch, values]", "input.layout"],
        ),
        ({"input": {"call": "nowhere:run"}}, ["importing nowhere found no module 'nowhere'"]),
    ],
)
def test_a_wrong_place_in_the_module_is_reported_with_what_is_there(import_it, settings, parts):
    refusal(ImportedModelError, lambda: import_it("two", **settings), *parts)


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"dataset": "tiny_txt"}, ["dataset: found 'tiny_txt'", "did you mean 'tiny_text'?"]),
        ({"analysis": "deep"}, ["analysis: found 'deep', expected the name of an analysis (tiny)"]),
        ({"output": {"meaning": "class"}}, ["output.meaning", "expected 'next_word' or 'none'"]),
        ({"factory": "no colon"}, ["factory: found 'no colon', expected text, matching"]),
        ({"wieghts": "x"}, ["found an unknown key", "did you mean 'weights'?"]),
        ({"input": "single"}, ["input: found 'single'"]),
        ({"weights": 3}, ["weights: found 3"]),
        ({"vocabulary": 5}, ["vocabulary: found 5"]),
        ({"vocabulary": []}, ["vocabulary.words", "at least 1 entry"]),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_run(import_it, settings, parts):
    refusal(ConfigurationError, lambda: import_it("raising", **settings), *parts)


def test_a_name_that_is_taken_or_cannot_be_used(import_it):
    refusal(
        ConfigurationError,
        lambda: import_it("two", name="tiny-lstm"),
        "found the name tiny-lstm, which a model", "rnnvis import model tiny-lstm-2",
    )  # fmt: skip
    refusal(ConfigurationError, lambda: import_it("two", name="tiny_text"), "already")
    refusal(ConfigurationError, lambda: import_it("two", name="../x"), "found the name '../x'")


def test_what_is_imported_says_what_it_predicts(import_it, context, words):
    """Its layer reads more than h; what forward returns counts."""
    lines = []
    heard = type(context)(context.project, context.storage, lines.append)
    content = {
        "source": "pytorch", "dataset": "tiny_text", "analysis": "tiny",
        "factory": f"{FAULTY}:residual", "arguments": {"words": words}, "accept_loss": True,
    }  # fmt: skip
    path = add_model(heard, "quiet", content, FAULTY.parent)
    path.unlink()
    assert "  predicts: next word" in lines
    assert any("it is not a linear layer over the last h" in line for line in lines)
    assert any("your own code and runs with all your permissions" in line for line in lines)


def test_without_predictions_the_meaning_cannot_be_named(import_it):
    refusal(
        ImportedModelError,
        lambda: import_it("headless", output={"meaning": "next_word"}),
        "output: forward returned a Tensor of [3, 7, 6]", "output.meaning=none",
    )  # fmt: skip
