"""The probability of a word is the product of those of its pieces, computed in plain loops."""

import numpy as np
import torch

from rnnvis_assets.transformers_import import piece_predictions
from rnnvis_assets.transformers_import.piece_predictions import next_words
from rnnvis_assets.transformers_import.word_pieces import WordPieces

IDS = ((3,), (1, 4), (2,), (5, 0, 1), (3,))
PIECES = WordPieces(IDS, tuple(tuple(map(str, ids)) for ids in IDS), frozenset())
WORDS = np.array([0, 1, 3, 2, 2, 1, 0, 3], np.int32)
SEQUENCES = np.array([0, 3, 3, 8])
TABLE = torch.randn(6, 6, generator=torch.Generator().manual_seed(4))


def logits(pieces: torch.Tensor) -> torch.Tensor:
    """Of all pieces so far: a network that only looks back."""
    return TABLE[pieces].cumsum(1)


def by_hand(start: int, word: int, following: int) -> float:
    """The log probability of a word after the words from ``start`` to ``word``."""
    read = [piece for n in WORDS[start : word + 1] for piece in IDS[n]]
    total = 0.0
    for piece in IDS[following]:
        shares = logits(torch.tensor([read]))[0, -1].double().softmax(0)
        total += float(np.log(shares[piece]))
        read.append(piece)
    return total


def test_the_next_word_has_the_product_of_its_pieces(monkeypatch):
    found = next_words(logits, PIECES, WORDS, SEQUENCES, rows=6)
    expected = [by_hand(0 if n < 3 else 3, n, WORDS[n + 1]) for n in range(7)]
    np.testing.assert_allclose(found.log_probabilities, expected, rtol=1e-5)
    monkeypatch.setattr(piece_predictions, "LOGIT_BYTES", 1)  # one sequence at a time
    again = next_words(logits, PIECES, WORDS, SEQUENCES, rows=6)
    np.testing.assert_allclose(again.log_probabilities, found.log_probabilities, rtol=1e-6)


def test_the_likeliest_words_are_of_one_piece_each():
    found = next_words(logits, PIECES, WORDS, SEQUENCES, rows=6)
    assert found.top_words.shape == (8, 2)
    for n in range(8):
        start = 0 if n < 3 else 3
        shares = {word: by_hand(start, n, word) for word in (0, 2)}  # word 4 has the piece of 0
        order = sorted(shares, key=lambda word: -shares[word])
        assert found.top_words[n].tolist() == order
        np.testing.assert_allclose(
            np.log(found.top_probabilities[n]), [shares[word] for word in order], rtol=1e-4
        )
