"""Modules as users write them: every way of building a recurrent network that is to be read."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

WORDS, SIZE, UNITS = 11, 4, 6


class Plain(nn.Module):
    """Embedding, one recurrent module, a linear layer."""

    def __init__(self, rnn: nn.RNNBase, outputs: int = WORDS) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, SIZE)
        self.rnn = rnn
        self.drop = nn.Dropout(0.5)
        width = (rnn.proj_size or rnn.hidden_size) * (2 if rnn.bidirectional else 1)
        self.decoder = nn.Linear(width, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        output, _ = self.rnn(self.drop(self.embedding(tokens)))
        return self.decoder(self.drop(output)).log_softmax(-1)


class Packed(Plain):
    """Sequences are packed, unsorted, and only the last h is used."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        embedded = self.embedding(tokens)
        packed = pack_padded_sequence(
            embedded, lengths, batch_first=self.rnn.batch_first, enforce_sorted=False
        )
        output, _ = self.rnn(packed)
        padded, _ = pad_packed_sequence(output, batch_first=True)
        return self.decoder(padded[:, -1])


class BothEnds(Plain):
    """A classifier over what each direction knows in the end, as in most tutorials."""

    def forward(self, tokens: Tensor) -> Tensor:
        _, last = self.rnn(self.embedding(tokens))
        h = last[0] if isinstance(last, tuple) else last
        return self.decoder(torch.cat([h[-2], h[-1]], dim=1))


class Looped(nn.Module):
    """A loop over cells, the second one reading what the first one left."""

    def __init__(self, first: nn.RNNCellBase, second: nn.RNNCellBase) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, SIZE)
        self.first, self.second = first, second
        self.out = nn.Linear(UNITS, WORDS)

    def forward(self, tokens: Tensor) -> Tensor:
        lower = upper = None
        logits = []
        for step in self.embedding(tokens).unbind(1):
            lower = self.first(step, lower)
            h = lower[0] if isinstance(lower, tuple) else lower
            upper = self.second(h, upper)
            logits.append(self.out(upper[0] if isinstance(upper, tuple) else upper))
        return torch.stack(logits, 1)


class WeightDrop(nn.Module):
    """DropConnect on recurrent weights, as AWD-LSTM has it (Merity et al. 2018): the weights that
    the inner module runs with are set at every call."""

    def __init__(self, module: nn.RNNBase, names: Sequence[str], dropout: float) -> None:
        super().__init__()
        self.module, self.names, self.dropout = module, tuple(names), dropout
        for name in names:
            raw = getattr(module, name)
            del module._parameters[name]
            module.register_parameter(f"{name}_raw", nn.Parameter(raw.data))

    def forward(self, *args: Tensor) -> tuple[Tensor, Tensor]:
        for name in self.names:
            raw = getattr(self.module, f"{name}_raw")
            dropped = nn.functional.dropout(raw, p=self.dropout, training=self.training)
            setattr(self.module, name, dropped)
        return self.module(*args)


class Noisy(Plain):
    """Dropout that does not know of eval()."""

    def forward(self, tokens: Tensor) -> Tensor:
        dropped = nn.functional.dropout(self.embedding(tokens), 0.5, training=True)
        return self.decoder(self.rnn(dropped)[0])


class Turned(Plain):
    """A second direction made by hand: the words are turned round before it."""

    def forward(self, tokens: Tensor) -> Tensor:
        return self.decoder(self.rnn(self.embedding(tokens).flip(1))[0])


class Ahead(Plain):
    """A convolution looks at the next word before the recurrent layer does."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__(rnn)
        self.convolve = nn.Conv1d(SIZE, SIZE, 3, padding=1)

    def forward(self, tokens: Tensor) -> Tensor:
        mixed = self.convolve(self.embedding(tokens).transpose(1, 2)).transpose(1, 2)
        return self.decoder(self.rnn(mixed)[0])


class Meddled(Looped):
    """A loop that changes the state between steps."""

    def forward(self, tokens: Tensor) -> Tensor:
        state = None
        for step in self.embedding(tokens).unbind(1):
            state = 0.5 * self.first(step, state)
        return self.out(state)


class OneSentence(Plain):
    """Reads the tokens of one sentence, as PyTorch's own tutorial of a tagger does."""

    def forward(self, sentence: Tensor) -> Tensor:
        output, _ = self.rnn(self.embedding(sentence).view(len(sentence), 1, -1))
        return self.decoder(output.view(len(sentence), -1))


class TimeFirst(Plain):
    """Tokens come as [steps, batch], and are turned round for a module that is batch first."""

    def forward(self, tokens: Tensor) -> Tensor:
        return self.decoder(self.rnn(self.embedding(tokens).transpose(0, 1))[0])


class OneHot(nn.Module):
    """Without an embedding: words enter as vectors with a single 1."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(WORDS, UNITS)
        self.decoder = nn.Linear(UNITS, WORDS)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.decoder(self.rnn(inputs)[0])


def normed() -> nn.LSTM:
    """An LSTM whose recurrent weights are parametrised."""
    return weight_norm(nn.LSTM(SIZE, UNITS, batch_first=True), "weight_hh_l0")


class Learned(Plain):
    """Starts from a learned state, not from zeros."""

    def __init__(self, rnn: nn.RNNBase, outputs: int = WORDS) -> None:
        super().__init__(rnn, outputs)
        self.first = nn.Parameter(torch.ones(2, rnn.num_layers, 1, UNITS))

    def forward(self, tokens: Tensor) -> Tensor:
        first = self.first.expand(-1, -1, len(tokens), -1).contiguous()
        output, _ = self.rnn(self.embedding(tokens), (first[0], first[1]))
        return self.decoder(output)


class FixedBatch(Plain):
    """Takes four sequences and no other number, with a state of its own for each."""

    def init_hidden(self) -> Tensor:
        return torch.zeros(1, 4, UNITS)

    def forward(self, tokens: Tensor, hidden: Tensor) -> Tensor:
        output, _ = self.rnn(self.embedding(tokens.view(4, -1)), hidden)
        return self.decoder(output)


class Spelled(Plain):
    """A word's letters enter an embedding and a convolution, in the place of the word."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__(rnn)
        self.embedding = nn.Embedding(5, 3)
        self.convolve = nn.Conv1d(3, SIZE, 2)
        self.register_buffer("letters", torch.arange(4 * WORDS).reshape(WORDS, 4) % 5)

    def spell(self, tokens: Tensor) -> Tensor:
        letters = self.embedding(self.letters[tokens.reshape(-1)]).transpose(1, 2)
        return self.convolve(letters).amax(2).view(*tokens.shape, SIZE)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.decoder(self.rnn(self.spell(tokens))[0])
