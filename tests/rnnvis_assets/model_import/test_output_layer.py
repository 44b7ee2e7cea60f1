"""The output layer of an imported network, found and compared with what enters it."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from rnnvis_assets.configuration.external_model_config import Output, PytorchModel
from rnnvis_assets.glyphs.network_predictions import choose_classes
from rnnvis_assets.model_import.reading.imported_network import import_network
from rnnvis_assets.model_import.reading.output_layer import find_output
from rnnvis_assets.model_import.reading.weight_probe import probe_weights
from tests.rnnvis_assets.model_import.test_network_readers import TOKENS, reader_of, seeded
from tests.rnnvis_assets.model_import.user_models import SIZE, UNITS, WORDS, BothEnds, Packed, Plain
from warehouse.errors import ImportedModelError


def gru(**options) -> nn.GRU:
    return nn.GRU(SIZE, UNITS, batch_first=True, **options)


def found_in(module, outputs=WORDS, **settings):
    reader = reader_of(module)
    probe, wanted = probe_weights(reader, WORDS), Output.model_validate(settings)
    return find_output(module, reader, probe, wanted, outputs), reader


def test_the_layer_over_every_h_is_found_by_itself():
    module = seeded(lambda: Plain(gru()))
    found, reader = found_in(module)
    hidden = reader.read(TOKENS)[-1]["hidden"]
    expected = module(TOKENS)
    torch.testing.assert_close(found.layer.decode(hidden).log_softmax(-1), expected)


def test_the_layer_over_a_documents_last_h_is_found_too():
    module = seeded(lambda: Packed(gru(), outputs=3))
    found, reader = found_in(module, outputs=3)
    hidden = reader.read(TOKENS)[-1]["hidden"][:, -1]
    expected = module(TOKENS, torch.tensor([7, 7]))
    torch.testing.assert_close(found.layer.decode(hidden), expected)


def test_one_logit_for_two_classes_gives_the_sigmoids_probabilities():
    module = seeded(lambda: Packed(gru(), outputs=1))
    found, reader = found_in(module, outputs=2)
    hidden = reader.read(TOKENS)[-1]["hidden"][:, -1].numpy()
    second = module(TOKENS, torch.tensor([7, 7])).sigmoid().detach().numpy()[:, 0]
    classes = choose_classes(found.layer.decode(torch.tensor(hidden)).numpy())
    np.testing.assert_array_equal(classes.predicted, second > 0.5)
    np.testing.assert_allclose(classes.probabilities, np.maximum(second, 1 - second), rtol=1e-5)


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_the_layer_over_the_last_h_of_both_directions_is_found(kind):
    rnn = kind(SIZE, UNITS, num_layers=2, bidirectional=True, batch_first=True)
    module = seeded(lambda: BothEnds(rnn, outputs=3))
    found, reader = found_in(module, outputs=3)
    forward, backward = (arrays["hidden"] for arrays in reader.read(TOKENS)[-2:])
    units = [shape.units for shape in reader.shapes]
    assert found.layer.layers_read(units) == (2, 3)
    first, second = found.layer.parts(units)
    logits = first.decode(forward[:, -1]) + second.decode(backward[:, 0])
    torch.testing.assert_close(logits, module(TOKENS))


class Shifted(Plain):
    """Two layers that would fit, of which one reads something else than h."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__(rnn)
        self.other = nn.Linear(UNITS, WORDS)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden = self.rnn(self.embedding(tokens))[0]
        return self.decoder(hidden) + self.other(hidden + 1)


def test_of_two_layers_that_would_fit_the_one_that_reads_h_is_taken():
    module = seeded(lambda: Shifted(gru()))
    found, _ = found_in(module)
    torch.testing.assert_close(found.layer.weight, module.decoder.weight.detach())


class Tied(nn.Module):
    """The embedding's weight is the output's too, without a layer for it."""

    def __init__(self, biased: bool) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(WORDS, UNITS), nn.GRU(UNITS, UNITS)
        self.bias = nn.Parameter(torch.zeros(WORDS)) if biased else None

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden = self.rnn(self.embedding(tokens))[0]
        return nn.functional.linear(hidden, weight=self.embedding.weight, bias=self.bias)


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("settings", [{}, {"layer": "embedding"}])
def test_an_output_that_borrows_the_embeddings_weight_is_found(biased, settings):
    module = seeded(lambda: Tied(biased))
    found, reader = found_in(module, **settings)
    hidden = reader.read(TOKENS)[-1]["hidden"]
    torch.testing.assert_close(found.layer.decode(hidden), module(TOKENS.t()).transpose(0, 1))


class Padded(Plain):
    """Its embedding has more rows than there are words; the output layer uses some of them."""

    def __init__(self) -> None:
        super().__init__(nn.GRU(UNITS, UNITS, batch_first=True))
        self.embedding, self.decoder = nn.Embedding(WORDS + 5, UNITS), None

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden = self.rnn(self.embedding(tokens))[0]
        return nn.functional.linear(hidden, self.embedding.weight[:WORDS])


def test_an_output_that_borrows_a_part_of_the_embeddings_weight_is_found():
    module = seeded(Padded)
    found, reader = found_in(module)
    hidden = reader.read(TOKENS)[-1]["hidden"]
    torch.testing.assert_close(found.layer.decode(hidden), module(TOKENS))


def test_a_layer_whose_weight_is_computed_at_every_call_is_found():
    module = seeded(lambda: Plain(gru()))
    parametrizations.weight_norm(module.decoder)
    found, reader = found_in(module)
    hidden = reader.read(TOKENS)[-1]["hidden"]
    torch.testing.assert_close(found.layer.decode(hidden).log_softmax(-1), module(TOKENS))
    module = seeded(lambda: Shifted(gru()))
    parametrizations.weight_norm(module.other)
    with pytest.raises(ImportedModelError, match="what enters other differs from the h"):
        found_in(module, layer="other")


@pytest.mark.parametrize(
    ("make", "outputs", "reason"),
    [
        (lambda: Plain(gru(bidirectional=True)), WORDS, "decoder is read after every token"),
        (lambda: Plain(gru()), 5, "to 5 outputs, found none"),
    ],
)
def test_without_one_nothing_is_predicted_and_it_is_said_why(make, outputs, reason):
    module = seeded(make)
    found, _ = found_in(module, outputs)
    assert found.layer is None
    with pytest.raises(ImportedModelError, match=reason):
        found_in(module, outputs, layer="decoder")


def test_classes_may_be_named_in_the_order_of_the_outputs_but_must_be_the_datasets():
    settings = {"source": "pytorch", "dataset": "d", "arguments": {"words": WORDS}}
    settings |= {"factory": "rnnvis_assets.model_import.examples.min_gru:build"}
    config = PytorchModel.model_validate(settings | {"output": {"classes": ["good", "bad"]}})
    found = import_network(config, None, WORDS, ["bad", "good"])
    assert (found.task, found.classes) == ("classification", ("good", "bad"))
    with pytest.raises(ImportedModelError, match="found good, bad, expected those of the dataset"):
        import_network(config, None, WORDS, ["worse", "good"])
