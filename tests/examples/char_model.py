"""A character-level model that reads one sign at a time and is looped from outside, as many
tutorials have it: ``run`` is the function that a configuration names as ``input.call``."""

import torch
from torch import Tensor, nn


class CharRNN(nn.Module):
    def __init__(self, chars: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.encoder = nn.Embedding(chars, hidden)
        self.rnn = nn.GRU(hidden, hidden)
        self.decoder = nn.Linear(hidden, chars)

    def forward(self, sign: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        output, state = self.rnn(self.encoder(sign).unsqueeze(0), state)
        return self.decoder(output.squeeze(0)), state


def run(model: CharRNN, tokens: Tensor) -> Tensor:
    state, logits = torch.zeros(1, len(tokens), model.hidden), []
    for sign in tokens.unbind(1):
        after, state = model(sign, state)
        logits.append(after)
    return torch.stack(logits, dim=1)


def build(chars: int, hidden: int = 9) -> CharRNN:
    return CharRNN(chars, hidden)
