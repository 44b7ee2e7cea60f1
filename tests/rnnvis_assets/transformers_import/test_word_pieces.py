"""Words as pieces: by tokenizers of the usual kinds, each cut as it is in running text."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from rnnvis_assets.transformers_import.word_pieces import read_pieces
from warehouse.errors import ImportedModelError

WORDS = ("<unk>", "<eos>", "the", "there", "é")
TEXT = np.array([2, 3, 2, 4, 1], np.int32)


def save(folder: Path, tokenizer: Tokenizer, **special: Any) -> Path:
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(special))
    return folder


def byte_level(*merges: tuple[str, str]) -> Tokenizer:
    """Byte-level BPE: the bytes from id 0, then what the merges make."""
    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *("".join(pair) for pair in merges)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def test_byte_level_pieces_keep_their_blank_and_are_readable(tmp_path):
    merges = (("t", "h"), ("th", "e"), ("Ġ", "the"), ("r", "e"))
    found = read_pieces(save(tmp_path, byte_level(*merges)), WORDS, TEXT, 260, None)
    assert found.texts[2:] == ((" the",), (" the", "re"), (" ", "<C3>", "<A9>"))
    assert found.texts[1] == ("\n",)
    assert found.ids[2] == (258,)
    assert not found.note


def test_word_pieces_need_no_blank(tmp_path):
    vocabulary = {"[UNK]": 0, "the": 1, "##re": 2, "[SEP]": 3}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = save(tmp_path, tokenizer, eos_token="[SEP]")
    found = read_pieces(folder, WORDS, TEXT, 4, None)
    assert found.ids == ((0,), (3,), (1,), (1, 2), (0,))
    assert found.unknown == {0, 4}
    assert found.unknown_share(TEXT) == pytest.approx(1 / 5)


def test_a_blank_that_is_part_of_a_piece_is_not_doubled(tmp_path):
    vocabulary = {"▁": 0, "t": 1, "h": 2, "e": 3, "r": 4, "é": 5, "▁t": 6, "▁th": 7, "▁the": 8,
                  "<0x0A>": 9}  # fmt: skip
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e")]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    found = read_pieces(save(tmp_path, tokenizer), WORDS[1:], TEXT - 1, 10, "the")
    assert found.ids == ((8,), (8,), (8, 4, 3), (0, 5))


def test_what_is_read_at_the_end_of_a_sentence_can_be_named(tmp_path):
    tokenizer = byte_level()
    tokenizer.add_special_tokens(["<end>"])
    folder = save(tmp_path, tokenizer, eos_token={"content": "<end>"})
    assert read_pieces(folder, WORDS, TEXT, 257, None).texts[1] == ("\n",)
    assert read_pieces(folder, WORDS, TEXT, 257, "<end>").ids[1] == (256,)


def test_a_tokenizer_that_cuts_by_context_is_noted(tmp_path):
    vocabulary = {"▁": 0, "t": 1, "h": 2, "e": 3, "r": 4, "é": 5, "e▁": 6}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[("e", "▁")], fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    found = read_pieces(save(tmp_path, tokenizer), WORDS, TEXT, 7, "t")
    assert "it cuts a word by what precedes it" in found.note


@pytest.mark.parametrize(
    ("rows", "words", "says"),
    [
        (200, WORDS, "numbers pieces up to 255, the network has an embedding of 200"),
        (256, ("<unk>", "<eos>", "the", "", ""), "gives no piece for"),
    ],
)
def test_a_tokenizer_of_another_network_is_refused(tmp_path, rows, words, says):
    tokenizer = byte_level()
    if "" in words:
        tokenizer.normalizer = normalizers.Strip()
    with pytest.raises(ImportedModelError, match=says):
        read_pieces(save(tmp_path, tokenizer), words, TEXT, rows, None)


def test_a_tokenizer_that_knows_no_word_is_refused(tmp_path):
    tokenizer = Tokenizer(models.WordLevel(vocab={"[UNK]": 0, "other": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(ImportedModelError, match="knows none of the words"):
        read_pieces(save(tmp_path, tokenizer), WORDS, TEXT, 2, None)


def test_a_damaged_tokenizer_is_named(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ImportedModelError, match=r"tokenizer.json cannot be read as a tokenizer"):
        read_pieces(tmp_path, WORDS, TEXT, 2, None)
