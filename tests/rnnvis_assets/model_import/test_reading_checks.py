"""What cannot be recorded exactly is refused, and a module's input is named where it must be."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnvis_assets.model_import.reading.imported_network import check_reading
from tests.rnnvis_assets.model_import.numpy_layers import read_module
from tests.rnnvis_assets.model_import.test_network_readers import CLOSE, TOKENS, reader_of, seeded
from tests.rnnvis_assets.model_import.user_models import (
    SIZE,
    UNITS,
    WORDS,
    Ahead,
    Looped,
    Meddled,
    Noisy,
    OneHot,
    OneSentence,
    Plain,
    TimeFirst,
    Turned,
)
from warehouse.errors import ImportedModelError

GAIN = 1.7
OWN = "(?s)differ from the module's own by up to "


class NormedCell(nn.LSTMCell):
    """Its h is normed."""

    def forward(self, inputs, state=None):
        hidden, cell = super().forward(inputs, state)
        return nn.functional.layer_norm(hidden, (UNITS,)), cell


class Residual(nn.LSTM):
    """Adds its input to its output."""

    def forward(self, inputs, state=None):
        output, state = super().forward(inputs, state)
        return output + inputs, state


class Chunks(nn.RNNCellBase):
    """A cell of one's own, with as many weights as a GRU, or as an LSTM."""

    def __init__(self, inputs, units, chunks):
        super().__init__(inputs, units, True, chunks)

    def forward(self, inputs, state=None):
        hidden = inputs.new_zeros(len(inputs), UNITS) if state is None else state
        entered = inputs @ self.weight_ih.T + hidden @ self.weight_hh.T + self.bias_ih
        return sum(entered.chunk(len(self.weight_ih) // UNITS, 1)).tanh()


class OutputOnly(nn.LSTM):
    def forward(self, inputs, state=None):
        return super().forward(inputs, state)[0]


class Swapped(nn.LSTM):
    def forward(self, inputs, state=None):
        output, (hidden, cell) = super().forward(inputs, state)
        return output, (cell, hidden)


class SwappedOnTheWay(Looped):
    """Confuses h and c from step to step."""

    def __init__(self):
        super().__init__(nn.LSTMCell(SIZE, UNITS), nn.LSTMCell(UNITS, UNITS))

    def forward(self, tokens):
        hidden = cell = torch.zeros(len(tokens), UNITS)
        for step in self.embedding(tokens).unbind(1):
            cell, hidden = self.first(step, (hidden, cell))
        return hidden


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Turned(nn.GRU(SIZE, UNITS, batch_first=True)), "reverses the words"),
        (
            lambda: Ahead(nn.GRU(SIZE, UNITS, batch_first=True)),
            "(?s)in two pieces, .*sequences=sentences",
        ),
        (lambda: Noisy(nn.GRU(SIZE, UNITS, batch_first=True)), "a second time"),
        (
            lambda: Meddled(nn.GRUCell(SIZE, UNITS), nn.GRUCell(UNITS, UNITS)),
            "forward gives it, at call 2, other states than those that it returned at call 1",
        ),
        (
            lambda: Looped(NormedCell(SIZE, UNITS), nn.GRUCell(UNITS, UNITS)),
            OWN + ".*NormedCell has a forward of its own",
        ),
        (
            lambda: Plain(Residual(UNITS, UNITS, batch_first=True)),
            OWN + ".*Residual has a forward of its own.*min_gru.py",
        ),
        (lambda: Looped(Chunks(SIZE, UNITS, 3), nn.GRUCell(UNITS, UNITS)), "a cell of your own"),
        (lambda: Looped(Chunks(SIZE, UNITS, 4), nn.GRUCell(UNITS, UNITS)), "a cell of your own"),
        (
            lambda: Plain(OutputOnly(SIZE, UNITS, batch_first=True)),
            "(?s)returned a Tensor, expected its output and its last state.*StateReader",
        ),
        (
            lambda: Plain(Swapped(SIZE, UNITS, batch_first=True)),
            "rnn returns c where PyTorch's own module returns h",
        ),
        (SwappedOnTheWay, "h and c in the other order than it returned them at call 1"),
    ],
)
def test_what_cannot_be_recorded_exactly_is_refused(make, message):
    module = seeded(make)
    if isinstance(getattr(module, "rnn", None), Residual):
        module.embedding = nn.Embedding(WORDS, UNITS)
    with pytest.raises(ImportedModelError, match=message):
        check_reading(reader_of(module), TOKENS)


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (lambda: OneSentence(nn.LSTM(SIZE, UNITS)), {"layout": "single"}),
        (lambda: TimeFirst(nn.GRU(SIZE, UNITS, batch_first=True)), {"layout": "time_first"}),
        (OneHot, {"layout": "time_first", "encoding": "one_hot"}),
    ],
)
def test_a_module_that_takes_another_input_needs_it_named(make, settings):
    module = seeded(make)
    with pytest.raises(ImportedModelError, match=r"input\.layout=batch_first .*input\.call="):
        reader_of(module)
    reader = reader_of(module, input=settings)
    table = module.embedding.weight.detach() if hasattr(module, "embedding") else torch.eye(WORDS)
    for row in TOKENS:
        (expected,) = read_module(module.rnn, table[row])
        read = reader.read(row.unsqueeze(0))
        np.testing.assert_allclose(read[0]["hidden"][0], expected["hidden"], **CLOSE)


def test_a_network_that_magnifies_rounding_differences_is_compared_in_short_pieces():
    """A weakly chaotic one (Sompolinsky et al. 1988), over more steps than it can be followed."""
    torch.manual_seed(0)
    module = Plain(nn.RNN(SIZE, 60, batch_first=True))
    with torch.no_grad():
        module.rnn.weight_hh_l0.copy_(GAIN * torch.randn(60, 60) / 60**0.5)
    reader = reader_of(module.eval())
    words = torch.randint(WORDS, (2, 600))
    with pytest.raises(ImportedModelError, match="differ from the module's own"):
        reader._read(words, None)
    read = reader.read(words)
    hidden = read[0]["hidden"]
    assert hidden.shape == (2, 600, 60)
    weight, bias = module.rnn.weight_hh_l0, module.rnn.bias_hh_l0 + module.rnn.bias_ih_l0
    entered = module.embedding(words) @ module.rnn.weight_ih_l0.T + bias
    stepped = (entered[:, 1:] + hidden[:, :-1] @ weight.T).tanh().detach()
    torch.testing.assert_close(hidden[:, 1:], stepped, rtol=0, atol=1e-5)
    torch.testing.assert_close(reader.last_states(read)[0]["hidden"], hidden[:, -1])
    check_reading(reader, words[:, :24])
