"""Integrated gradients through a module's own forward, whatever it computes its classes with."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnvis_assets.model_import.reading.forward_gradients import ForwardGradients
from tests.rnnvis_assets.model_import.found_predictions import CLASSES, Head, found_in
from tests.rnnvis_assets.model_import.test_network_readers import TOKENS, seeded
from tests.rnnvis_assets.model_import.test_output_layers import HEADS
from tests.rnnvis_assets.model_import.user_models import SIZE, UNITS, Packed, TimeFirst
from warehouse.errors import ImportedModelError

POINTS = (np.arange(12) + 0.5) / 12


def last(m, h: Tensor) -> Tensor:
    return m.decoder(h[:, -1])


class Looped(Head):
    """Its words enter the embedding one by one."""

    def __init__(self) -> None:
        super().__init__(last, CLASSES, nn.GRU(SIZE, UNITS, batch_first=True))

    def forward(self, tokens: Tensor) -> Tensor:
        embedded = torch.stack([self.embedding(step) for step in tokens.unbind(1)], 1)
        return self.decoder(self.rnn(embedded)[0][:, -1])


class TimeFirstClassifier(TimeFirst):
    def forward(self, tokens: Tensor) -> Tensor:
        return super().forward(tokens)[:, -1]


def gru(**options) -> nn.GRU:
    return nn.GRU(SIZE, UNITS, batch_first=True, **options)


MODULES = {
    **{name: lambda head=head: Head(head, CLASSES) for name, head in HEADS.items()},
    "a linear layer": lambda: Head(last, CLASSES),
    "step by step": Looped,
    "time first": lambda: TimeFirstClassifier(gru(), CLASSES),
    "packed": lambda: Packed(gru(), CLASSES),
}


def gradients_of(module: nn.Module, **config) -> ForwardGradients:
    found = found_in(module, CLASSES, per_word=False, config=config)
    return ForwardGradients(found.predictor.reader, found.predictor.value, module.embedding)


def by_hand(module: nn.Module, call, words: Tensor) -> np.ndarray:
    """One document, its embeddings replaced by hand, in float64."""
    module, added = module.double(), 0
    own = module.embedding.weight.detach().clone()
    for point in POINTS:
        rows = (point * own[words]).requires_grad_()
        table = own.index_copy(0, words, rows)  # no word comes twice
        with torch.nn.utils.stateless._reparametrize_module(module, {"embedding.weight": table}):
            logits = call(module, words.unsqueeze(0))[0]
        by_class = [torch.autograd.grad(each, rows, retain_graph=True)[0] for each in logits]
        added = added + np.stack([(g * own[words]).sum(1).numpy() for g in by_class], axis=1)
    module.float()
    return added / len(POINTS)


CALLS = {"time first": lambda m, w: m(w.t()),
         "packed": lambda m, w: m(w, torch.tensor([w.shape[1]]))}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_they_are_those_of_the_modules_own_embeddings(name: str) -> None:
    module = seeded(MODULES[name])
    config = {"input": {"layout": "time_first"}} if name == "time first" else {}
    words = torch.tensor([[3, 0, 7, 9], [10, 8, 1, 2]])
    found = gradients_of(module, **config)(words)
    assert (found.shape, found.dtype) == ((2, 4, CLASSES), np.float32)
    call = CALLS.get(name, lambda m, w: m(w))
    for document, each in enumerate(words):
        np.testing.assert_allclose(found[document], by_hand(module, call, each), atol=2e-5)


def test_they_add_up_to_about_the_difference_from_zero_embeddings() -> None:
    module = seeded(lambda: Head(HEADS["attention"], CLASSES))
    gradients = gradients_of(module)
    logits = module(TOKENS).detach()
    found = gradients(TOKENS).sum(axis=1)
    module.embedding.weight.data.zero_()
    expected = (logits - module(TOKENS)).detach().numpy()
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())


@pytest.mark.parametrize(("head", "message"), [
    (lambda m, h: m.decoder(h[:, -1].detach()), "cannot be differentiated"),
    (lambda m, h: m.decoder(h[:, -1]) + m.embedding.weight.sum() * 0
     + m.embedding(torch.tensor([1])).sum() * 0, "15 ids enter its embedding for 14 words"),
])  # fmt: skip
def test_what_has_none_is_refused(head, message: str) -> None:
    module = seeded(lambda: Head(head, CLASSES))
    with pytest.raises(ImportedModelError, match=message):
        gradients_of(module)(TOKENS)


def test_the_classes_after_each_word_are_those_of_the_text_up_to_there() -> None:
    module = seeded(lambda: Head(HEADS["attention"], CLASSES))
    predictor = found_in(module, CLASSES, per_word=False).predictor
    words = TOKENS[0]
    found = predictor.logits_after(words.tolist())
    expected = torch.cat([module(words[:end].unsqueeze(0)) for end in range(1, len(words) + 1)])
    torch.testing.assert_close(found, expected)
