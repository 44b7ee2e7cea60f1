"""The tokenizer of RWKV's World models: always the longest piece that the text goes on with.

The package ``rwkv`` has its pieces in a text file, and a slower tokenizer.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_VOCABULARY = "rwkv_vocab_v20230424.txt"
_END = "<|endoftext|>"


def world_tokenizer() -> "Tokenizer":
    """The tokenizer of the package's own pieces; piece 0 ends a text."""
    return longest_match_tokenizer(dict(_read_vocabulary()))


def _read_vocabulary() -> Iterator[tuple[bytes, int]]:
    """From lines of a number, a Python literal and its number of bytes."""
    for line in (files("rwkv") / _VOCABULARY).read_text("utf-8").split("\n")[:-1]:
        number, literal = line.split(" ", 1)
        piece = ast.literal_eval(literal.rpartition(" ")[0])
        yield piece.encode() if isinstance(piece, str) else piece, int(number)


def longest_match_tokenizer(pieces: Mapping[bytes, int]) -> "Tokenizer":
    """A tokenizer of the numbers of ``pieces``, among them every single byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    signs = byte_signs()
    vocabulary = {"".join(signs[byte] for byte in piece): n for piece, n in pieces.items()}
    # WordPiece without a prefix is the longest match; as one word it takes the whole text.
    tokenizer = Tokenizer(
        models.WordPiece(
            vocabulary | {_END: 0},
            unk_token=_END,
            max_input_chars_per_word=2**31,
            continuing_subword_prefix="",
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@cache
def byte_signs() -> list[str]:
    """The characters that byte-level tokenizers (Radford et al. 2019) write bytes as."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(b if b in printable else 256 + others.index(b)) for b in range(256)]
