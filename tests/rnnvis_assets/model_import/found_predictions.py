"""What is found of the predictions of a module, and how it is compared with its own forward."""

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import Output
from rnnvis_assets.model_import.reading.output_layer import linear_layers
from rnnvis_assets.model_import.reading.predictor import Found, PredictorSearch
from rnnvis_assets.model_import.reading.weight_probe import probe_weights
from tests.rnnvis_assets.model_import.test_network_readers import PROBE, TOKENS, reader_of
from tests.rnnvis_assets.model_import.user_models import SIZE, UNITS, WORDS, Plain

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
