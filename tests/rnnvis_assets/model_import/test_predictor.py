"""What an imported network predicts is what its own forward returns, however it is arranged."""

import re
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.reading.imported_network import import_network
from tests.rnnvis_assets.model_import.found_predictions import (
    CLASSES,
    Head,
    assert_predicts,
    found_in,
    gru,
)
from tests.rnnvis_assets.model_import.test_network_readers import PROBE, TOKENS, seeded
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


def test_classes_may_be_named_in_the_order_of_the_outputs_but_must_be_the_datasets():
    settings = {"source": "pytorch", "dataset": "d", "arguments": {"words": WORDS}}
    settings |= {"factory": "rnnvis_assets.model_import.examples.min_gru:build"}
    config = PytorchModel.model_validate(settings | {"output": {"classes": ["good", "bad"]}})
    found = import_network(config, None, WORDS, ["bad", "good"], PROBE)
    assert (found.task, found.classes) == ("classification", ("good", "bad"))
    assert found.predicts == "classes, in the order of its outputs: good, bad"
    with pytest.raises(ImportedModelError, match="found good, bad, expected those of the dataset"):
        import_network(config, None, WORDS, ["worse", "good"], PROBE)
