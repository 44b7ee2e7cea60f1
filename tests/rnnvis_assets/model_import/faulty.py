"""Factories that go wrong, each in a way of its own."""

from torch import nn

from tests.rnnvis_assets.model_import.user_models import SIZE, UNITS


def raising(**_):
    raise RuntimeError("no such file: config.pt")


def nothing(**_):
    return None


def without_recurrence(words):
    return nn.Sequential(nn.Embedding(words, 4), nn.Linear(4, words))


class Two(nn.Module):
    """Two candidates, of which forward calls one."""

    def __init__(self, words):
        super().__init__()
        self.embedding = nn.Embedding(words, SIZE)
        self.encoder = nn.GRU(SIZE, UNITS, batch_first=True)
        self.idle = nn.GRU(SIZE, UNITS)
        self.decoder = nn.Linear(UNITS, words)

    def forward(self, tokens):
        return self.decoder(self.encoder(self.embedding(tokens))[0])


def two(words):
    return Two(words)


def half(words):
    return Two(words).half()


def on_another_device(words):
    return Two(words).to("meta")


class Summarised(Two):
    """Starts from a state that depends on the sequence."""

    def forward(self, tokens):
        state = self.embedding(tokens).mean((1, 2)).view(1, -1, 1).expand(1, -1, UNITS).contiguous()
        return self.decoder(self.encoder(self.embedding(tokens), state)[0])


def summarised(words):
    return Summarised(words)


class Broken(Two):
    def forward(self, tokens):
        raise ValueError("expected 3 dimensions")


def broken(words):
    return Broken(words)


class Residual(Two):
    """Its output layer reads more than h."""

    def forward(self, tokens):
        entered = self.embedding(tokens)
        output = self.encoder(entered)[0]
        return self.decoder(output + entered.sum(-1, keepdim=True))


def residual(words):
    return Residual(words)


class Headless(Two):
    """Returns h."""

    def forward(self, tokens):
        return self.encoder(self.embedding(tokens))[0]


def headless(words):
    return Headless(words)
