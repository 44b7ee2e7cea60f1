"""What ``rnnvis import model`` writes once a network has been loaded and read."""

from typing import Any

import pytest
import torch
import yaml

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.model_kinds.register_model import add_model
from tests.examples.importing import content_of, corpus_of, example_module
from tests.rnnvis_assets.model_import.test_register_model import FAULTY


def described(factory: str, words: int, **further: Any) -> dict[str, Any]:
    """What is asked for a factory that takes the number of words."""
    asked = {"source": "pytorch", "dataset": "tiny_text", "analysis": "tiny"}
    return (
        asked | {"factory": factory, "arguments": {"words": words}, "accept_loss": True} | further
    )


def test_half_precision_weights_are_read_as_float32(context, words, folder):
    content = described(f"{FAULTY}:half", words)
    add_model(context, "halved", content, folder).unlink()


def test_a_factory_in_a_package_of_this_folder_is_found_by_its_file(context, words, tmp_path):
    (tmp_path / "my_project").mkdir()
    (tmp_path / "my_project" / "__init__.py").write_text("")
    (tmp_path / "my_project" / "sizes.py").write_text("UNITS = 6\n")
    (tmp_path / "my_project" / "net.py").write_text(
        "import torch.nn as nn\n"
        "from my_project.sizes import UNITS\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, words):\n"
        "        super().__init__()\n"
        "        self.embedding, self.rnn = nn.Embedding(words, 4), nn.GRU(4, UNITS)\n"
        "        self.decoder = nn.Linear(UNITS, words)\n"
        "    def forward(self, tokens):\n"
        "        return self.decoder(self.rnn(self.embedding(tokens))[0])\n"
        "def build(words):\n    from .sizes import UNITS\n    return Net(words)\n"
    )
    content = described("my_project.net:build", words)
    path = add_model(context, "theirs", content, tmp_path)
    written = yaml.safe_load(path.read_text())
    path.unlink()
    assert written["factory"] == f"{tmp_path}/my_project/net.py:build"


def test_an_input_that_is_named_is_written(context, words, tmp_path):
    (tmp_path / "tagger.py").write_text(
        "import torch.nn as nn\n"
        "class Tagger(nn.Module):\n"
        "    def __init__(self, words):\n"
        "        super().__init__()\n"
        "        self.embedding, self.lstm = nn.Embedding(words, 4), nn.LSTM(4, 6)\n"
        "        self.tag = nn.Linear(6, 3)\n"
        "    def forward(self, sentence):\n"
        "        entered = self.embedding(sentence).view(len(sentence), 1, -1)\n"
        "        return self.tag(self.lstm(entered)[0].view(len(sentence), -1))\n"
    )
    content = described("tagger.py:Tagger", words, input={"layout": "single"})
    path = add_model(context, "tagger", content, tmp_path)
    written = yaml.safe_load(path.read_text())
    path.unlink()
    assert written["input"] == {"layout": "single"}


def test_a_vocabulary_may_be_a_list(context, words, folder):
    own = list(corpus_of(context, "tiny_text").vocabulary.words)
    content = described(f"{FAULTY}:two", words, vocabulary=own)
    add_model(context, "listed", content, folder).unlink()


@pytest.mark.slow
def test_the_file_that_is_written_says_all_that_was_asked(context, words, folder):
    weights = folder / "w.pt"
    module = example_module("word-lm", words)
    tensors = {f"module.{name}": tensor for name, tensor in module.state_dict().items()}
    torch.save({"epoch": 3, "state_dict": tensors}, weights)
    content = content_of("word-lm", words, weights) | {"weights": "w.pt"}
    path = add_model(context, "written", content, folder)
    written = yaml.safe_load(path.read_text())
    assert written["weights"] == str(weights)
    assert "input" not in written
    assert load_project(context.project.folder).models["written"].arguments == {"ntoken": words}
    path.unlink()
