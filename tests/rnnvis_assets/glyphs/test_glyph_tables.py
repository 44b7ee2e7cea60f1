"""Rows of a model without a network: every token, with the predictions of its recording if any."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rnnvis_assets.glyphs.glyph_inputs import Reading, SentenceBlock, read_model
from rnnvis_assets.glyphs.glyph_tables import write_given_words, write_next_words
from rnnvis_assets.network.external_predictions import NEXT_WORDS, given_path
from rnnvis_assets.network.recurrent_network import OutputLayer
from tests.rnnvis_assets.glyphs.made_up_model import LENGTHS, make_model
from warehouse.parquet_tables import open_table_writer, read_table, write_table
from warehouse.schema import TOKEN

TOKENS = sum(LENGTHS)


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return read_model(make_model(tmp_path, "gru", sequences=(0, len(LENGTHS))).context, "m")


def token_rows(reading: Reading, path: Path) -> dict[str, list[object]]:
    with open_table_writer(path, TOKEN) as writer:
        write_given_words(writer, reading)
    found: dict[str, list[object]] = read_table(path).to_pydict()
    return found


def test_without_predictions_every_token_has_a_row(reading: Reading, tmp_path: Path) -> None:
    found = token_rows(reading, tmp_path / "token.parquet")
    assert found["token"] == list(range(TOKENS))
    assert found["word_id"] == reading.split.word_ids.tolist()
    assert found["next_probability"] == [None] * TOKENS
    assert found["position"] == [step for length in LENGTHS for step in range(length)]


def test_predictions_of_the_recording_are_kept(reading: Reading, tmp_path: Path) -> None:
    chances = np.linspace(0, 1, TOKENS, dtype=np.float32)
    given = {"next_probability": chances, "top_words": None, "top_probabilities": None}
    write_table(given_path(reading.checkpoint, NEXT_WORDS), NEXT_WORDS, given)
    found = token_rows(reading, tmp_path / "token.parquet")
    assert found["token"] == list(range(TOKENS))
    assert found["next_probability"] == chances.tolist()
    assert found["sentence_id"] == np.repeat(np.arange(len(LENGTHS)), LENGTHS).tolist()


def test_nothing_is_expected_after_the_only_word_of_a_text(tmp_path: Path) -> None:
    first, hidden = np.zeros(1, np.int32), np.zeros((1, 2), np.float32)
    block = SentenceBlock(0, 1, first, first, {"hidden": hidden})
    split = SimpleNamespace(tokens=np.array([3], np.int32))
    reading = SimpleNamespace(split=split, top_layer=0, blocks=lambda *_: [block])
    output = OutputLayer(torch.zeros(5, 2), torch.zeros(5))
    with open_table_writer(tmp_path / "token.parquet", TOKEN) as writer:
        assert write_next_words(writer, reading, output) == 0
    assert read_table(tmp_path / "token.parquet")["next_probability"].to_pylist() == [None]
