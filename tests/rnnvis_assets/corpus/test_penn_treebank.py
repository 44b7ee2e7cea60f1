import os
from pathlib import Path

import pytest

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.build_corpus import build_corpus, number_documents
from rnnvis_assets.corpus.sources import read_source
from warehouse.storage import Storage

MIRROR = os.environ.get("RNNVIS_MIRROR")
"""As the run of the tests began: projects that later tests share do without."""


@pytest.mark.skipif(not MIRROR, reason="needs RNNVIS_MIRROR with the text")
def test_penn_treebank_comes_out_as_mikolov_counted_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNVIS_MIRROR", str(MIRROR))
    config = load_project().datasets["ptb"]
    text = read_source(config, Storage(tmp_path), lambda _: None)
    corpus = build_corpus("ptb", config, number_documents(text.documents, config.tokenizer), None)
    tokens = {name: split.num_tokens for name, split in corpus.splits.items()}
    sentences = {name: split.num_sentences for name, split in corpus.splits.items()}
    assert tokens == {"train": 929_589, "validation": 73_760, "test": 82_430}
    assert sentences == {"train": 42_068, "validation": 3_370, "test": 3_761}
    assert len(corpus.vocabulary) == 10_000
    assert corpus.vocabulary.words[:3] == ("the", "<unk>", "<eos>")
