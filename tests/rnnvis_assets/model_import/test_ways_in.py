"""The way into a module is found, and what cannot be recorded exactly is refused."""

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
    Meddled,
    Noisy,
    OneHot,
    OneSentence,
    Plain,
    TimeFirst,
    Turned,
)
from warehouse.errors import ImportedModelError


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Turned(nn.GRU(SIZE, UNITS, batch_first=True)), "turns the words round"),
        (
            lambda: Ahead(nn.GRU(SIZE, UNITS, batch_first=True)),
            "(?s)in two pieces, .*sequences: sentences",
        ),
        (lambda: Noisy(nn.GRU(SIZE, UNITS, batch_first=True)), "a second time"),
        (
            lambda: Meddled(nn.GRUCell(SIZE, UNITS), nn.GRUCell(UNITS, UNITS)),
            "stepped through once more, differ",
        ),
    ],
)
def test_what_cannot_be_recorded_exactly_is_refused(make, told):
    module = seeded(make)
    with pytest.raises(ImportedModelError, match=told):
        check_reading(reader_of(module), TOKENS)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: OneSentence(nn.LSTM(SIZE, UNITS)), {"layout": "single"}),
        (lambda: TimeFirst(nn.GRU(SIZE, UNITS, batch_first=True)), {"layout": "time_first"}),
        (OneHot, {"layout": "time_first", "encoding": "one_hot"}),
    ],
)
def test_the_way_in_that_fits_is_found(make, found):
    module = seeded(make)
    reader = reader_of(module)
    assert reader.found_input.model_dump(exclude_defaults=True) == found
    table = module.embedding.weight.detach() if hasattr(module, "embedding") else torch.eye(WORDS)
    for row in TOKENS:
        (expected,) = read_module(module.rnn, table[row])
        read = reader.read(row.unsqueeze(0))
        np.testing.assert_allclose(read.arrays[0]["hidden"][0], expected["hidden"], **CLOSE)


def test_a_way_in_that_fits_needs_no_other():
    assert reader_of(seeded(lambda: Plain(nn.GRU(SIZE, UNITS)))).found_input is None


def test_a_network_that_magnifies_its_last_bits_is_read_all_the_same():
    """A chaotic one (Sompolinsky et al. 1988), held against its outputs in short pieces."""
    torch.manual_seed(0)
    module = Plain(nn.RNN(SIZE, 60, batch_first=True))
    with torch.no_grad():
        module.rnn.weight_hh_l0.copy_(3 * torch.randn(60, 60) / 60**0.5)
    reader = reader_of(module.eval())
    words = torch.randint(WORDS, (2, 300))
    with pytest.raises(ImportedModelError, match="differ from the module's own"):
        reader._read(words, None)
    read = reader.read(words)
    hidden = read.arrays[0]["hidden"]
    assert hidden.shape == (2, 300, 60)
    weight, bias = module.rnn.weight_hh_l0, module.rnn.bias_hh_l0 + module.rnn.bias_ih_l0
    entered = module.embedding(words) @ module.rnn.weight_ih_l0.T + bias
    stepped = (entered[:, 1:] + hidden[:, :-1] @ weight.T).tanh().detach()
    torch.testing.assert_close(hidden[:, 1:], stepped, rtol=0, atol=1e-5)
    torch.testing.assert_close(read.after[0], hidden[:, -1])
    check_reading(reader, words[:, :24])
