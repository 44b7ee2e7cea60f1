"""What an imported network predicts is what its own forward returns, whatever stands in it."""

import re
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from rnnvis_assets.configuration.external_model_config import Output, PytorchModel
from rnnvis_assets.model_import.reading.imported_network import import_network
from rnnvis_assets.model_import.reading.output_layer import linear_layers
from rnnvis_assets.model_import.reading.predictor import Found, PredictorSearch
from rnnvis_assets.model_import.reading.weight_probe import probe_weights
from rnnvis_assets.model_import.state_reader import StateReader
from tests.examples.published_networks import AwdLstm
from tests.rnnvis_assets.model_import.test_network_readers import PROBE, TOKENS, reader_of, seeded
from tests.rnnvis_assets.model_import.user_models import (
    SIZE,
    UNITS,
    WORDS,
    BothEnds,
    FixedBatch,
    Learned,
    Packed,
    Plain,
)
from warehouse.errors import ImportedModelError

CLASSES = 3
ONES = {"rtol": 1e-4, "atol": 1e-5}


def gru(**options) -> nn.GRU:
    return nn.GRU(SIZE, UNITS, batch_first=True, **options)


def found_in(module, outputs=WORDS, *, per_word=True, **settings) -> Found:
    reader = reader_of(module, **settings.pop("config", {}))
    linear = linear_layers(module, probe_weights(reader, PROBE[0]).linear)
    wanted = Output.model_validate(settings)
    return PredictorSearch(reader, linear, PROBE, outputs, per_word).find(wanted)


def assert_predicts(found: Found, expected: Tensor, words: Tensor = TOKENS) -> None:
    """``expected`` are the module's own logits, or log probabilities."""
    logits, _ = found.predictor.predict(words)
    torch.testing.assert_close(logits.softmax(-1), expected.detach().softmax(-1), **ONES)
    if found.predictor.layer is not None:
        by_layer = type(found.predictor)(found.predictor.reader, found.predictor.per_word, None,
                                         found.predictor.layer).predict(words)[0]  # fmt: skip
        torch.testing.assert_close(by_layer.softmax(-1), expected.detach().softmax(-1), **ONES)


class Head(Plain):
    """A language model or classifier whose ``head`` makes of h what it returns."""

    def __init__(self, head, outputs=WORDS, rnn=None) -> None:
        super().__init__(rnn or gru(), outputs)
        self.head = head

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self, self.rnn(self.embedding(tokens))[0])


LAST = {
    "logits": lambda m, h: m.decoder(h),
    "negated": lambda m, h: -m.decoder(h),
    "temperature": lambda m, h: m.decoder(h) / 0.6,
    "log-softmax": lambda m, h: m.decoder(h).log_softmax(-1),
    "softmax": lambda m, h: m.decoder(h).softmax(-1),
    "sigmoid": lambda m, h: m.decoder(h).sigmoid(),
    "a constant": lambda m, h: m.decoder(h) + 7,
}


@pytest.mark.parametrize("kind", LAST)
@pytest.mark.parametrize("per_word", [True, False])
def test_what_follows_the_layer_counts(kind, per_word):
    head = LAST[kind] if per_word else lambda m, h: LAST[kind](m, h[:, -1])
    module = seeded(lambda: Head(head, WORDS if per_word else CLASSES))
    found = found_in(module, module.decoder.out_features, per_word=per_word)
    logits = module.decoder(module.rnn(module.embedding(TOKENS))[0])
    logits = {"negated": -logits, "temperature": logits / 0.6}.get(kind, logits)
    assert found.predictor.layer is not None
    assert_predicts(found, logits if per_word else logits[:, -1])


ARRANGED = {
    "[batch, outputs, steps], as cross_entropy takes it": lambda y: y.transpose(1, 2),
    "one long row": lambda y: y.reshape(-1, WORDS),
    "time first": lambda y: y.transpose(0, 1),
    "one long row, time first": lambda y: y.transpose(0, 1).reshape(-1, WORDS),
    "in a mapping, after h": lambda y: {"ids": TOKENS, "h": y[..., :UNITS], "out": (y,)},
}


@pytest.mark.parametrize("name", ARRANGED)
def test_predictions_are_found_however_they_are_arranged(name):
    module = seeded(lambda: Head(lambda m, h: ARRANGED[name](m.decoder(h))))
    assert_predicts(found_in(module), module.decoder(module.rnn(module.embedding(TOKENS))[0]))


@pytest.mark.parametrize("as_probability", [True, False])
def test_one_output_for_two_classes_is_that_of_the_second(as_probability):
    def head(m, h):
        logit = m.decoder(h[:, -1]).squeeze(-1)
        return logit.sigmoid() if as_probability else logit

    module = seeded(lambda: Head(head, 1))
    found = found_in(module, 2, per_word=False)
    logit = module.decoder(module.rnn(module.embedding(TOKENS))[0][:, -1])
    assert_predicts(found, torch.cat([torch.zeros_like(logit), logit], 1))
    assert found.predictor.layer.weight.shape == (2, UNITS)


ONE_NUMBER = {
    "part of a sigmoid": (1, lambda m, h: m.decoder(h).sigmoid()[:, -1].squeeze()),
    "a column of a softmax": (2, lambda m, h: m.decoder(h[:, -1]).softmax(-1)[:, 1]),
}


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_a_single_number_that_is_a_probability(name):
    outputs, head = ONE_NUMBER[name]
    module = seeded(lambda: Head(head, outputs))
    found = found_in(module, 2, per_word=False)
    second = module(TOKENS)
    assert_predicts(found, torch.stack([1 - second, second], 1).log())


def test_a_single_number_that_may_be_either_is_not_guessed():
    module = seeded(lambda: Head(lambda m, h: m.decoder(h[:, -1]).sigmoid() * 0.999, 1))
    found = found_in(module, 2, per_word=False)
    assert found.predictor is None
    assert "which may be a logit or a probability; return logits" in found.note


def test_what_is_not_returned_for_every_batch_is_passed_over():
    def head(m, h):
        return (m.decoder(h), m.decoder(h) + 1) if len(h) > 1 else (m.decoder(h),)

    module = seeded(lambda: Head(head))
    assert_predicts(found_in(module), module(TOKENS)[0])


def test_weights_of_attention_next_to_the_logits_are_not_taken_for_them():
    module = seeded(lambda: Head(lambda m, h: (h.mean(-1).softmax(1), m.decoder(h.amax(1))), 2))
    assert_predicts(found_in(module, 2, per_word=False), module(TOKENS)[1])


@dataclass(slots=True)
class Answer:
    hidden: Tensor
    logits: Tensor


def test_a_dataclass_is_looked_into():
    module = seeded(lambda: Head(lambda m, h: Answer(h, m.decoder(h))))
    assert_predicts(found_in(module), module(TOKENS).logits)


def test_as_many_weights_as_classes_are_not_taken_for_them():
    """The probe has seven steps: only with another number of words they differ."""
    module = seeded(lambda: Head(lambda m, h: (h.mean(-1).softmax(1), m.decoder(h.amax(1))), 7))
    assert_predicts(found_in(module, 7, per_word=False), module(TOKENS)[1])


UNSTEADY = {
    "noise": (lambda m, h: functional.dropout(m.decoder(h), 0.5), "differs from call to call"),
    "other rows": (lambda m, h: m.decoder(h).softmax(0), "depends on those that it is read with"),
    "a choice": (lambda m, h: m.decoder(h).argmax(-1), r"\[3, 7\] torch.int64 for tokens"),
}


@pytest.mark.parametrize("name", UNSTEADY)
def test_what_is_no_prediction_of_a_sequence_is_said_to_be_none(name):
    head, reason = UNSTEADY[name]
    found = found_in(seeded(lambda: Head(head)))
    assert found.predictor is None
    assert re.search(reason, found.note)


def test_of_several_predictions_the_first_is_taken_with_a_warning():
    heads = lambda m, h: (m.decoder(h), 2 * m.decoder(h), m.decoder(h).log_softmax(-1))  # noqa: E731
    module = seeded(lambda: Head(heads))
    found = found_in(module)
    assert_predicts(found, module(TOKENS)[0])
    assert "returns 2 tensors that may be its predictions, and number 1 was taken" in found.note
    assert found_in(seeded(lambda: Head(lambda m, h: (m.decoder(h), m.decoder(h) + 1)))).note == ""


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


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize("backward_first", [False, True])
def test_both_orders_of_two_directions(kind, backward_first):
    """Published classifiers join the two halves either way."""

    class Turned(BothEnds):
        def forward(self, tokens):
            _, last = self.rnn(self.embedding(tokens))
            h = last[0] if isinstance(last, tuple) else last
            return self.decoder(torch.cat([h[-1], h[-2]], dim=1))

    make = Turned if backward_first else BothEnds
    rnn = kind(SIZE, UNITS, num_layers=2, bidirectional=True, batch_first=True)
    module = seeded(lambda: make(rnn, outputs=CLASSES))
    found = found_in(module, CLASSES, per_word=False)
    assert found.predictor.layer is not None
    assert_predicts(found, module(TOKENS))


def test_a_learned_first_state_and_a_fixed_batch():
    module = seeded(lambda: Learned(nn.LSTM(SIZE, UNITS, batch_first=True)))
    assert_predicts(found_in(module), module(TOKENS))
    module = seeded(lambda: FixedBatch(gru()))
    four = torch.cat([TOKENS, TOKENS])
    expected = module(four, module.init_hidden())[:2]
    assert_predicts(found_in(module, config={"input": {"batch": 4}}), expected)


def test_a_classifier_with_a_learned_first_state_has_no_parts_of_words():
    class Last(Learned):
        def forward(self, tokens):
            return super().forward(tokens)[:, -1]

    module = seeded(lambda: Last(nn.LSTM(SIZE, UNITS, batch_first=True), CLASSES))
    found = found_in(module, CLASSES, per_word=False)
    assert found.predictor.layer is None
    assert "starts from a learned state" in found.note
    assert_predicts(found, module(TOKENS))


def test_a_classifier_of_packed_sequences():
    module = seeded(lambda: Packed(gru(), outputs=CLASSES))
    assert_predicts(found_in(module, CLASSES, per_word=False), module(TOKENS, torch.tensor([7, 7])))


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
    ("make", "outputs", "reason"),
    [
        (lambda: Plain(gru(bidirectional=True)), WORDS, "depends on later words"),
        (lambda: Plain(gru()), 5, r"of \[3, 7, 11\] for .*, expected 5 logits"),
        (
            lambda: Head(lambda m, h: m.decoder(h[:, -1].tanh())),
            WORDS,
            "returns what follows the last word only",
        ),
    ],
)
def test_without_predictions_it_is_said_why(make, outputs, reason):
    module = seeded(make)
    with pytest.raises(ImportedModelError, match=reason):
        found_in(module, outputs, meaning="next_word")
    assert found_in(module, outputs).predictor is None


@pytest.mark.parametrize(("head", "whole"), [
    (lambda m, h: m.decoder(h.cumsum(1)), True), (lambda m, h: m.decoder(h.tanh()), False),
])  # fmt: skip
def test_what_looks_back_beyond_the_state_is_read_in_one_go(head, whole):
    module = seeded(lambda: Head(head))
    found = found_in(module)
    assert found.predictor.whole is whole
    assert_predicts(found, module(TOKENS))


def test_what_follows_the_last_word_only_is_predicted_after_every_word_by_its_layer():
    module = seeded(lambda: Head(lambda m, h: m.decoder(h[:, -1])))
    expected = module.decoder(module.rnn(module.embedding(TOKENS))[0])
    assert_predicts(found_in(module), expected)


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


def test_classes_may_be_named_in_the_order_of_the_outputs_but_must_be_the_datasets():
    settings = {"source": "pytorch", "dataset": "d", "arguments": {"words": WORDS}}
    settings |= {"factory": "rnnvis_assets.model_import.examples.min_gru:build"}
    config = PytorchModel.model_validate(settings | {"output": {"classes": ["good", "bad"]}})
    found = import_network(config, None, WORDS, ["bad", "good"], PROBE)
    assert (found.task, found.classes) == ("classification", ("good", "bad"))
    assert found.predicts == "classes, in the order of its outputs: good, bad"
    with pytest.raises(ImportedModelError, match="found good, bad, expected those of the dataset"):
        import_network(config, None, WORDS, ["worse", "good"], PROBE)
