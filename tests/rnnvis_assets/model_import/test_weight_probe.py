"""The embedding of an imported network, and the words that it has room for."""

import pytest
import torch
from torch import nn

from rnnvis_assets.model_import.reading.imported_network import require_room
from rnnvis_assets.model_import.reading.weight_probe import probe_weights, word_embedding
from tests.rnnvis_assets.model_import.test_network_readers import reader_of, seeded
from tests.rnnvis_assets.model_import.user_models import SIZE, UNITS, WORDS, Plain
from warehouse.errors import ImportedModelError

WORD_IDS = torch.arange(5)


class WithCase(Plain):
    """Words enter one embedding; whether they are capitals, another."""

    def __init__(self) -> None:
        super().__init__(nn.GRU(SIZE + 2, UNITS, batch_first=True))
        self.case = nn.Embedding(2, 2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        entered = torch.cat([self.embedding(tokens), self.case(tokens % 2)], dim=2)
        return self.decoder(self.rnn(entered)[0])


class Twice(WithCase):
    """Words enter both."""

    def __init__(self) -> None:
        super().__init__()
        self.case = nn.Embedding(WORDS, 2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        entered = torch.cat([self.embedding(tokens), self.case(tokens)], dim=2)
        return self.decoder(self.rnn(entered)[0])


def plain() -> Plain:
    return Plain(nn.GRU(SIZE, UNITS, batch_first=True))


@pytest.mark.parametrize(("make", "size"), [(plain, SIZE), (WithCase, SIZE), (Twice, None)])
@pytest.mark.parametrize("words", [WORDS - 1, WORDS, WORDS + 1])
def test_the_one_that_words_enter_has_a_row_for_each(make, size, words):
    module = seeded(make)
    probe = probe_weights(reader_of(module), WORD_IDS)
    if words == WORDS:
        found = word_embedding(module, probe, None, words)
        assert (found and found.embedding_dim) == size
        return
    message = f"the vocabulary has {words} words, the embedding 'embedding' {WORDS} rows"
    with pytest.raises(ImportedModelError, match=message):
        word_embedding(module, probe, None, words)


def test_a_network_without_one():
    probe = probe_weights(reader_of(seeded(plain)), WORD_IDS)
    assert word_embedding(nn.GRU(2, 3), probe, None, WORDS) is None


class Table(Plain):
    """Words enter a table of its own, which is none of PyTorch's embeddings."""

    def __init__(self) -> None:
        super().__init__(nn.GRU(SIZE, UNITS, batch_first=True))
        self.embedding = None
        self.table = nn.Parameter(torch.zeros(WORDS, SIZE))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.rnn(self.table[tokens])[0])


def test_the_last_word_must_be_readable_whatever_it_enters():
    reader = reader_of(seeded(Table))
    require_room(reader, WORDS, WORD_IDS)
    with pytest.raises(ImportedModelError, match=r"has 12 words, of which .* cannot read the last"):
        require_room(reader, WORDS + 1, WORD_IDS)
