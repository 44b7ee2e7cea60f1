"""A bidirectional tagger: a label for every word, from both directions of an LSTM together."""

from torch import Tensor, nn


class Tagger(nn.Module):
    def __init__(self, words: int, size: int, hidden: int, tags: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, size)
        self.lstm = nn.LSTM(size, hidden, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(2 * hidden, tags)

    def forward(self, sentences: Tensor) -> Tensor:
        return self.tags(self.lstm(self.embed(sentences))[0])


def build(words: int, size: int = 6, hidden: int = 7, tags: int = 5) -> Tagger:
    return Tagger(words, size, hidden, tags)
