"""The tokenizer of RWKV's World models, compared with the package's."""

from importlib.resources import files

import pytest
from hypothesis import given, strategies

from rnnvis_assets.recurrent_libraries.rwkv_tokenizer import (
    longest_match_tokenizer,
    world_tokenizer,
)

LONGER = ["the", " the", " then", "n ", "日本", " 日", "\n\n", "é"]
PIECES = {bytes([byte]): 1 + byte for byte in range(256)}
PIECES |= {piece.encode(): 300 + number for number, piece in enumerate(LONGER)}
TOKENIZER = longest_match_tokenizer(PIECES)


def longest_match(text: bytes) -> list[int]:
    found = []
    while text:
        piece = max((piece for piece in PIECES if text.startswith(piece)), key=len)
        found.append(PIECES[piece])
        text = text[len(piece) :]
    return found


@given(
    strategies.lists(
        strategies.one_of(strategies.text(max_size=3), strategies.sampled_from(LONGER))
    )
)
def test_the_longest_piece_is_taken(parts):
    text = "".join(parts)
    found = TOKENIZER.encode(text, add_special_tokens=False).ids
    assert found == longest_match(text.encode())
    assert TOKENIZER.decode(found) == text


@pytest.mark.slow
def test_pieces_are_those_of_the_package():
    from rwkv.rwkv_tokenizer import TRIE_TOKENIZER

    ours = world_tokenizer()
    package = TRIE_TOKENIZER(str(files("rwkv") / "rwkv_vocab_v20230424.txt"))
    text = " the cat — naïve 日本語\n\n  hello's  😀 don't x=1.5 \x00\xff"
    assert ours.encode(text, add_special_tokens=False).ids == package.encode(text)
