"""The words that the example queries ask for are frequent in the demo's texts, so that
the queries find rows in its releases: these need five occurrences in a tenth of the text."""

import re

import pytest

from rnnvis_assets.configuration.dataset_config import DocstringSource
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.sources import read_source
from rnnvis_assets.corpus.tokenization import tokenize
from warehouse.storage import CHECKOUT, Storage

QUERIES = (CHECKOUT / "warehouse" / "example_queries.sql").read_text("utf-8")
WORDS = re.findall(r"word = '(.+?)'", QUERIES)
TENTH_WITH_FIVE, MARGIN = 50, 2


@pytest.mark.parametrize("dataset", ["docstrings", "toy_reviews"])
def test_words_of_the_queries_are_frequent_in_the_demo(dataset, tmp_path):
    config = load_project(CHECKOUT / "configs").datasets[dataset]
    if isinstance(config.source, DocstringSource):  # one library has enough of them
        source = config.source.model_copy(update={"packages": ("numpy",)})
        config = config.model_copy(update={"source": source})
    text = read_source(config, Storage(tmp_path), lambda _: None)
    counts = dict.fromkeys(WORDS, 0)
    for document in text.documents:
        for sentence in document.sentences:
            tokens = tokenize(sentence, config.tokenizer)
            counts = {word: count + tokens.count(word) for word, count in counts.items()}
    assert counts
    assert min(counts.values()) >= TENTH_WITH_FIVE * MARGIN
