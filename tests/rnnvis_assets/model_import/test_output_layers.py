"""Output layers of imported networks: heads of any kind, named, borrowed and computed ones."""

import pytest
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from rnnvis_assets.model_import.state_reader import StateReader
from tests.examples.published_networks import AwdLstm
from tests.rnnvis_assets.model_import.found_predictions import (
    CLASSES,
    Head,
    assert_predicts,
    found_in,
    gru,
)
from tests.rnnvis_assets.model_import.test_network_readers import TOKENS, seeded
from tests.rnnvis_assets.model_import.user_models import SIZE, UNITS, WORDS, Plain
from warehouse.errors import ImportedModelError


def attention(m, h):
    return m.decoder((h.mean(-1, keepdim=True).softmax(1) * h).sum(1))


HEADS = {
    "two layers": lambda m, h: m.decoder(h[:, -1].tanh()),
    "a norm": lambda m, h: m.decoder(functional.layer_norm(h[:, -1], (UNITS,))),
    "pooling": lambda m, h: m.decoder(h.amax(1)),
    "attention": attention,
}


@pytest.mark.parametrize("name", HEADS)
def test_any_head_has_predictions_though_no_words_part_in_them(name):
    module = seeded(lambda: Head(HEADS[name], CLASSES))
    found = found_in(module, CLASSES, per_word=False)
    assert found.predictor.layer is None
    assert "no word's part in it is known" in found.note
    assert_predicts(found, module(TOKENS))


def test_a_layer_that_forward_does_not_call_is_taken_only_by_name():
    """An unused training head fits by its shape; forward returns other classes."""

    class Trained(Head):
        def __init__(self):
            super().__init__(lambda m, h: m.head_in_use(h[:, -1].relu()), CLASSES)
            self.head_in_use = nn.Linear(UNITS, CLASSES)

    module = seeded(Trained)
    found = found_in(module, CLASSES, per_word=False)
    assert found.predictor.layer is None
    assert_predicts(found, module(TOKENS))
    named = found_in(module, CLASSES, per_word=False, layer="decoder")
    last = module.rnn(module.embedding(TOKENS))[0][:, -1]
    assert_predicts(named, module.decoder(last))
    assert "nothing that decoder could be compared with" in named.note


def test_an_encoder_read_by_itself_predicts_nothing_unless_its_layer_is_named():
    module = seeded(lambda: Head(lambda m, h: h))
    found = found_in(module)
    assert found.predictor is None
    assert f"returned a Tensor of [3, 7, {UNITS}]" in found.note
    assert f"expected {WORDS} logits" in found.note
    named = found_in(module, layer="decoder")
    assert_predicts(named, module.decoder(module.rnn(module.embedding(TOKENS))[0]))


def test_the_published_awd_lstm_predicts_by_its_tied_decoder_once_that_is_named():
    """Its loss decodes what forward returns."""
    module = seeded(lambda: AwdLstm(WORDS, SIZE, UNITS))
    found = found_in(module)
    assert "returned a tuple of [21, 4]" in found.note
    hidden = module(TOKENS.t(), module.init_hidden(2))[0].view(7, 2, SIZE).transpose(0, 1)
    assert_predicts(found_in(module, layer="decoder"), module.decoder(hidden))


def test_of_two_heads_the_one_that_is_named_is_taken():
    class Two(Head):
        def __init__(self):
            super().__init__(lambda m, h: (m.decoder(h), m.other(h)))
            self.other = nn.Linear(UNITS, WORDS)

    module = seeded(Two)
    for place, name in enumerate(["decoder", "other"]):
        assert_predicts(found_in(module, layer=name), module(TOKENS)[place])


class NormedReader(nn.Module, StateReader):
    """States of an Elman layer by hand, and a norm between them and the output layer."""

    def __init__(self, norm: bool) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(WORDS, SIZE), nn.RNN(SIZE, UNITS, batch_first=True)
        self.decoder, self.norm = nn.Linear(UNITS, WORDS), norm

    def read_states(self, tokens, before):
        first = before[0]["hidden"].unsqueeze(0) if before else None
        yield {"hidden": self.rnn(self.embedding(tokens), first)[0]}

    def forward(self, tokens):
        (states,) = self.read_states(tokens, None)
        hidden = states["hidden"]
        return self.decoder(functional.layer_norm(hidden, (UNITS,)) if self.norm else hidden)


class Continuing(NormedReader):
    def forward(self, tokens, before):
        (states,) = self.read_states(tokens, before)
        return self.decoder(functional.layer_norm(states["hidden"], (UNITS,)))


class Silent(NormedReader):
    forward = nn.Module.forward


def test_a_state_readers_layer_is_compared_with_its_forward():
    module = seeded(lambda: NormedReader(norm=False))
    assert_predicts(found_in(module), module(TOKENS))
    module = seeded(lambda: NormedReader(norm=True))
    found = found_in(module)
    assert found.predictor.whole, "forward starts from zeros"
    assert_predicts(found, module(TOKENS))
    module = seeded(lambda: Continuing(norm=True))
    found = found_in(module)
    assert not found.predictor.whole
    assert_predicts(found, module(TOKENS, None))
    silent = seeded(lambda: Silent(norm=True))
    assert "has no forward" in found_in(silent).note
    assert found_in(silent, layer="decoder").predictor is not None


class Tied(Plain):
    """The embedding's weight is the output's too, without a layer for it."""

    def __init__(self, rows: int = WORDS) -> None:
        super().__init__(nn.GRU(UNITS, UNITS, batch_first=True))
        self.embedding, self.decoder = nn.Embedding(rows, UNITS), None

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = self.rnn(self.embedding(tokens))[0]
        return functional.linear(hidden, self.embedding.weight[:WORDS])


def norm_decoder():
    module = Plain(gru())
    parametrizations.weight_norm(module.decoder)
    return module


@pytest.mark.parametrize("make", [Tied, lambda: Tied(WORDS + 5), norm_decoder])
def test_a_weight_that_is_borrowed_or_computed_is_found(make):
    module = seeded(make)
    found = found_in(module)
    assert found.predictor.layer is not None
    assert_predicts(found, module(TOKENS))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("decodr", "no linear layer at 'decodr', only decoder.*did you mean 'decoder'"),
        ("decoder", "decoder leads from 6 to 11, expected from the 6 units of rnn to 5 outputs"),
    ],
)
def test_a_layer_that_cannot_be_it_is_refused(layer, message):
    with pytest.raises(ImportedModelError, match=message):
        found_in(seeded(lambda: Plain(gru())), 5, layer=layer)
