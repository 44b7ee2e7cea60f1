"""Networks whose weights are counts of a text, so that they predict it without any training."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

SHARP = 20.0


class NextWord(nn.Module):
    """h holds the last word and nothing else; the output layer, what follows it how often."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(words, words), nn.RNN(words, words)
        self.decoder = nn.Linear(words, words)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.decoder(self.rnn(self.embedding(tokens))[0])

    def count(self, word_ids: np.ndarray) -> None:
        """Sets the weights by a text in the network's own ids."""
        words = self.embedding.num_embeddings
        counts = np.ones((words, words))
        np.add.at(counts, (word_ids[1:], word_ids[:-1]), 1)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
            self.embedding.weight.copy_(SHARP * torch.eye(words))
            self.rnn.weight_ih_l0.copy_(torch.eye(words))
            self.decoder.weight.copy_(torch.from_numpy(np.log(counts)))


class Polarity(nn.Module):
    """Two units: what the words of a document added up to, for each class."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 2)
        self.rnn = nn.RNN(2, 2, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(2, 2, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.out(self.rnn(self.embedding(tokens))[1][-1])

    def count(self, shares: np.ndarray) -> None:
        """Sets the weights by float[words, 2]: what each word says for each class, not negative."""
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
            self.embedding.weight.copy_(torch.from_numpy(shares))
            for weight in (self.rnn.weight_ih_l0, self.rnn.weight_hh_l0):
                weight.copy_(torch.eye(2))
            self.out.weight.copy_(3 * torch.eye(2))


class Cumulative(NextWord):
    """Predicts from the sum of all states so far."""

    def forward(self, tokens: Tensor) -> Tensor:
        return self.decoder(self.rnn(self.embedding(tokens))[0].cumsum(0))


class Tempered(NextWord):
    """With a temperature after its decoder."""

    def __init__(self, words: int) -> None:
        super().__init__(words)
        self.register_buffer("temperature", torch.tensor(1.7))

    def forward(self, tokens: Tensor) -> Tensor:
        return super().forward(tokens) / self.temperature


def tempered(words: int) -> Tempered:
    return Tempered(words)


def cumulative(words: int) -> Cumulative:
    return Cumulative(words)


def next_word(words: int) -> NextWord:
    return NextWord(words)


def polarity(words: int) -> Polarity:
    return Polarity(words)


class Padded(nn.Module):
    """Leaves out the id 0, and packs its sequences by the lengths of what remains."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 4, padding_idx=0)
        self.rnn, self.decoder = nn.GRU(4, 6, batch_first=True), nn.Linear(6, words)

    def forward(self, tokens: Tensor) -> Tensor:
        lengths = (tokens != 0).sum(1)
        packed = pack_padded_sequence(
            self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False
        )
        return self.decoder(pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0])


def padded(words: int) -> Padded:
    return Padded(words)
