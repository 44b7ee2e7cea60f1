"""Networks that magnify the last bits of their states, as their own forward takes their steps."""

import pytest
import torch
from torch import nn

from rnnvis_assets.model_import.reading.imported_network import check_reading
from tests.rnnvis_assets.model_import.test_network_readers import reader_of
from tests.rnnvis_assets.model_import.user_models import SIZE, WORDS, Plain
from warehouse.errors import ImportedModelError

UNITS, STEPS = 60, 300
CLOSE = {"rtol": 0, "atol": 1e-5}


class Loop(nn.Module):
    """Takes every step by itself, and returns h alone; ``kept`` of the state goes on."""

    def __init__(self, rnn: nn.Module, kept: float = 1) -> None:
        super().__init__()
        self.embedding, self.rnn, self.kept = nn.Embedding(WORDS, SIZE), rnn, kept

    def step(self, entered, state):
        if isinstance(self.rnn, nn.RNNCellBase):
            state = self.rnn(entered, state)
            return state[0] if isinstance(state, tuple) else state, state
        output, state = self.rnn(entered.unsqueeze(1), state)
        return output[:, 0], state

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        state, outputs = None, []
        for entered in self.embedding(tokens).unbind(1):
            output, state = self.step(entered, state)
            outputs.append(output)
            if self.kept != 1:
                state = state * self.kept
        return torch.stack(outputs, 1)


class Bare(Plain):
    """Returns h alone."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.rnn(self.embedding(tokens))[0]


def chaotic(module: nn.Module, gain: float) -> nn.Module:
    """Sompolinsky et al. 1988: from so large a gain on, small differences grow."""
    torch.manual_seed(0)
    for name, weight in module.named_parameters():
        if "weight_hh" in name:
            nn.init.normal_(weight, std=gain * weight.shape[1] ** -0.5)
    return module.eval()


def words_of(steps: int) -> torch.Tensor:
    return torch.randint(WORDS, (2, steps), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: chaotic(Loop(nn.RNNCell(SIZE, UNITS)), 3),
        lambda: chaotic(Loop(nn.LSTMCell(SIZE, UNITS)), 8),
        lambda: chaotic(Loop(nn.GRU(SIZE, UNITS, 2, batch_first=True)), 8),
        lambda: chaotic(Loop(nn.LSTM(SIZE, UNITS, 2, batch_first=True)), 8),
        lambda: chaotic(Bare(nn.RNN(SIZE, UNITS, batch_first=True, bidirectional=True)), 3),
        lambda: chaotic(Bare(nn.GRU(SIZE, UNITS, batch_first=True, bidirectional=True)), 8),
        lambda: chaotic(Bare(nn.LSTM(SIZE, UNITS, batch_first=True, bidirectional=True)), 8),
        lambda: chaotic(
            Bare(nn.LSTM(SIZE, UNITS, batch_first=True, bidirectional=True, proj_size=40)), 8
        ),
    ],
)
def test_what_is_recorded_is_close_to_the_modules_own(make):
    module = make()
    reader, words = reader_of(module), words_of(STEPS)
    check_reading(reader, words[:, :24])
    read = reader.read(words)
    hidden = [arrays["hidden"] for arrays in read.arrays if "hidden" in arrays]
    top = hidden[-2:] if reader.shapes[-1].direction == "backward" else hidden[-1:]
    with torch.inference_mode():
        torch.testing.assert_close(torch.cat(top, dim=2), module(words), **CLOSE)
    for shape, arrays in zip(reader.shapes, read.arrays, strict=True):
        order = [1] if shape.direction == "backward" else []
        for state in shape.states:
            values, deltas = arrays[state].flip(order), arrays[f"{state}_delta"].flip(order)
            torch.testing.assert_close(deltas[:, 1:], values.diff(dim=1), **CLOSE)


@pytest.mark.parametrize("kept", [0.5, 1 + 1e-4, 0])
def test_a_state_that_is_changed_between_steps_is_refused_all_the_same(kept):
    module = chaotic(Loop(nn.RNNCell(SIZE, UNITS), kept), 3)
    with pytest.raises(ImportedModelError, match="hidden at the next call"):
        reader_of(module).read(words_of(STEPS))
