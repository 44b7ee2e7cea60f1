"""Imported networks, read exactly: every state, change and gate against NumPy in float64."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import UserNetwork
from rnnvis_assets.model_import.reading.imported_network import check_reading, make_reader
from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from rnnvis_assets.model_import.reading.weight_probe import probe_weights, word_embedding
from rnnvis_assets.network.recurrent_network import OutputLayer
from tests.examples.published_networks import AwdLstm
from tests.rnnvis_assets.model_import.numpy_layers import read_layer, read_module
from tests.rnnvis_assets.model_import.user_models import (
    SIZE,
    UNITS,
    WORDS,
    Ahead,
    FixedBatch,
    Learned,
    Looped,
    Packed,
    Plain,
    Spelled,
    WeightDrop,
    normed,
)
from warehouse.errors import ImportedModelError

TOKENS = torch.tensor([[1, 4, 10, 4, 0, 7, 2], [3, 3, 5, 9, 8, 6, 1]])
PROBE = torch.arange(21).reshape(3, 7) % WORDS
CLOSE = {"rtol": 0, "atol": 5e-6}


def seeded(make):
    torch.manual_seed(3)
    made = make()
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.6)
    return made.eval()


def reader_of(module, **settings) -> NetworkReader:
    config = PytorchModel.model_validate(
        {"source": "pytorch", "dataset": "d", "factory": "f:f", **settings}
    )
    return make_reader(UserNetwork(module), config, WORDS, PROBE)


def assert_read(reader: NetworkReader, expected: list[list[dict]]) -> None:
    """``expected``: for each sequence of TOKENS, the arrays of every layer."""
    read = reader.read(TOKENS)
    layers = list(zip(reader.shapes, read, strict=True))
    memories = [(s, a) for s, a in layers if not s.name.endswith(" projection")]
    assert len(memories) == len(expected[0])
    for row, sequence in enumerate(expected):
        for (shape, found), wanted in zip(memories, sequence, strict=True):
            for name, values in found.items():
                np.testing.assert_allclose(values[row], wanted[name], **CLOSE, err_msg=shape.name)
    check_reading(reader, TOKENS)


def embedded(module) -> list[torch.Tensor]:
    return [module.embedding(row).detach() for row in TOKENS]


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("kind", ["tanh", "relu", "gru", "lstm"])
def test_every_kind_of_module(kind, bidirectional, bias, batch_first):
    options = {
        "num_layers": 2, "batch_first": batch_first, "bias": bias,
        "bidirectional": bidirectional, "dropout": 0.4,
    }  # fmt: skip
    make = {
        "tanh": lambda: nn.RNN(SIZE, UNITS, **options),
        "relu": lambda: nn.RNN(SIZE, UNITS, nonlinearity="relu", **options),
        "gru": lambda: nn.GRU(SIZE, UNITS, **options),
        "lstm": lambda: nn.LSTM(SIZE, UNITS, **options),
    }[kind]
    module = seeded(lambda: Plain(make()))
    if kind == "relu":
        module.rnn.weight_hh_l0.data *= 0.3
    reader = reader_of(module)
    assert reader.carries is not bidirectional
    assert_read(reader, [read_module(module.rnn, x) for x in embedded(module)])


def test_each_direction_of_a_layer_has_a_name_of_its_own():
    module = seeded(lambda: Plain(nn.GRU(SIZE, UNITS, 2, bidirectional=True)))
    shapes = reader_of(module).shapes
    assert [shape.name for shape in shapes] == [
        f"rnn layer {layer} {direction}"
        for layer in (0, 1)
        for direction in ("forward", "backward")
    ]
    assert [shape.direction for shape in shapes] == ["forward", "backward"] * 2


def test_a_projected_lstm_has_a_memory_and_a_projection():
    module = seeded(lambda: Plain(nn.LSTM(SIZE, UNITS, 2, proj_size=3, batch_first=True)))
    reader = reader_of(module)
    assert [(shape.name, shape.units, shape.states) for shape in reader.shapes] == [
        ("rnn layer 0 memory", 6, ("cell",)), ("rnn layer 0 projection", 3, ("hidden",)),
        ("rnn layer 1 memory", 6, ("cell",)), ("rnn layer 1 projection", 3, ("hidden",)),
    ]  # fmt: skip
    expected = [read_module(module.rnn, x) for x in embedded(module)]
    assert_read(reader, expected)
    found = reader.read(TOKENS)[3]["hidden_delta"][1]
    np.testing.assert_allclose(found, expected[1][1]["hidden_delta"], **CLOSE)


def test_a_projected_lstm_that_reads_both_ways():
    module = seeded(
        lambda: Plain(nn.LSTM(SIZE, UNITS, 2, proj_size=3, batch_first=True, bidirectional=True))
    )
    reader = reader_of(module)
    names = [
        f"rnn layer {layer} {direction} {kind}"
        for layer in (0, 1)
        for direction in ("forward", "backward")
        for kind in ("memory", "projection")
    ]
    assert [shape.name for shape in reader.shapes] == names
    expected = [read_module(module.rnn, x) for x in embedded(module)]
    assert_read(reader, expected)
    found = reader.read(TOKENS)[1::2]
    for layer, arrays in enumerate(found):
        for row in range(len(TOKENS)):
            for name, values in arrays.items():
                np.testing.assert_allclose(values[row], expected[row][layer][name], **CLOSE)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_packed_sequences(bidirectional):
    module = seeded(
        lambda: Packed(
            nn.LSTM(SIZE, UNITS, batch_first=True, bidirectional=bidirectional), outputs=2
        )
    )
    assert_read(reader_of(module), [read_module(module.rnn, x) for x in embedded(module)])


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_loops_over_cells(cell):
    module = seeded(lambda: Looped(cell(SIZE, UNITS), cell(UNITS, UNITS, bias=False)))
    reader = reader_of(module)
    assert [shape.name for shape in reader.shapes] == ["first", "second"]
    expected = []
    for inputs in embedded(module):
        lower = read_layer(module.first, "", inputs.double().numpy())
        expected.append([lower, read_layer(module.second, "", lower["hidden"])])
    assert_read(reader, expected)


def test_weights_that_are_set_at_every_call():
    module = seeded(lambda: Plain(nn.LSTM(SIZE, UNITS, batch_first=True)))
    module.rnn = WeightDrop(module.rnn, ["weight_hh_l0"], 0.5).eval()
    reader = reader_of(module)
    assert [shape.name for shape in reader.shapes] == ["rnn.module"]
    assert_read(reader, [read_module(module.rnn.module, x) for x in embedded(module)])


def test_a_forward_that_is_called_directly():
    """AWD-LSTM as published."""
    module = seeded(lambda: AwdLstm(WORDS, SIZE, UNITS))
    reader = reader_of(module)
    assert [shape.name for shape in reader.shapes] == ["rnns.0.module", "rnns.1.module"]
    expected = []
    for row in TOKENS:
        layers, inputs = [], module.encoder(row).detach()
        for dropped in module.rnns:
            layers += read_module(dropped.module, inputs)
            inputs = layers[-1]["hidden"]
        expected.append(layers)
    assert_read(reader, expected)
    assert "forward" not in vars(module.rnns[0].module), "nothing stays of the taps"


def test_weights_that_are_parametrised():
    module = seeded(lambda: Plain(normed()))
    assert_read(reader_of(module), [read_module(module.rnn, x) for x in embedded(module)])


def test_one_hot_input_with_a_first_state():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(WORDS, UNITS)

        def forward(self, inputs, hidden):
            return self.gru(inputs, hidden)

    module = seeded(Bare)
    inputs = nn.functional.one_hot(TOKENS, WORDS).double()
    expected = [read_module(module.gru, x) for x in inputs]
    assert_read(reader_of(module, input={"encoding": "one_hot"}), expected)


def test_a_module_that_takes_a_single_sequence_at_a_time():
    module = seeded(lambda: Plain(nn.LSTM(SIZE, UNITS, 2)))
    reader = reader_of(module, input={"layout": "single"})
    assert reader.largest_batch == 1
    for row, inputs in zip(TOKENS, embedded(module), strict=True):
        read = reader.read(row.unsqueeze(0))
        for found, wanted in zip(read, read_module(module.rnn, inputs), strict=True):
            for name, values in found.items():
                np.testing.assert_allclose(values[0], wanted[name], **CLOSE, err_msg=name)
        check_reading(reader, row.unsqueeze(0))


def test_a_state_is_carried_from_piece_to_piece():
    module = seeded(lambda: Plain(nn.LSTM(SIZE, UNITS, 2, batch_first=True)))
    reader = reader_of(module)
    whole, first = reader.read(TOKENS), reader.read(TOKENS[:, :3])
    second = reader.read(TOKENS[:, 3:], reader.last_states(first))
    for one, two, all_ in zip(first, second, whole, strict=True):
        for name, values in all_.items():
            joined = torch.cat([one[name], two[name]], 1)
            np.testing.assert_allclose(joined, values, **CLOSE, err_msg=name)


def test_a_module_that_keeps_its_state_from_call_to_call_is_read_from_zero():
    class Stateful(Plain):
        kept = None

        def forward(self, tokens):
            output, self.kept = self.rnn(self.embedding(tokens), self.kept)
            return self.decoder(output)

    module = seeded(lambda: Stateful(nn.LSTM(SIZE, UNITS, batch_first=True)))
    reader = reader_of(module)
    assert_read(reader, [read_module(module.rnn, x) for x in embedded(module)])


def test_a_network_that_looks_ahead_can_read_whole_sentences():
    module = seeded(lambda: Ahead(nn.GRU(SIZE, UNITS, batch_first=True)))
    reader = reader_of(module, sequences="sentences")
    assert not reader.carries
    expected = []
    for inputs in embedded(module):
        mixed = module.convolve(inputs.t().unsqueeze(0))[0].t().detach()
        expected.append(read_module(module.rnn, mixed))
    assert_read(reader, expected)


def test_a_layer_that_reads_backward_cannot_read_streams():
    module = seeded(lambda: Plain(nn.GRU(SIZE, UNITS, bidirectional=True)))
    with pytest.raises(ImportedModelError, match="needs whole sequences"):
        reader_of(module, sequences="streams")


def test_a_learned_first_state_is_the_state_before_the_first_word():
    module = seeded(lambda: Learned(nn.LSTM(SIZE, UNITS, 2, batch_first=True)))
    reader = reader_of(module)
    assert not reader.starts_from_zero
    read = reader.read(TOKENS)
    first = module.first.expand(-1, -1, 2, -1).detach()
    own, (h, c) = module.rnn(
        module.embedding(TOKENS), (first[0].contiguous(), first[1].contiguous())
    )
    np.testing.assert_allclose(read[1]["hidden"], own.detach(), **CLOSE)
    for layer, arrays in enumerate(read):
        for name, start, last in (("hidden", first[0], h), ("cell", first[1], c)):
            changes = arrays[f"{name}_delta"]
            before = arrays[name][:, 0] - changes[:, 0]
            np.testing.assert_allclose(before, start[layer], **CLOSE)
            added = start[layer] + changes.sum(1)
            np.testing.assert_allclose(added, last[layer].detach(), **CLOSE)
    check_reading(reader, TOKENS)


def test_a_batch_size_that_is_fixed():
    module = seeded(lambda: FixedBatch(nn.GRU(SIZE, UNITS, batch_first=True)))
    with pytest.raises(ImportedModelError, match=r"input\.batch=SEQUENCES"):
        reader_of(module)
    reader = reader_of(module, input={"batch": 4})
    assert reader.largest_batch == 4
    assert_read(reader, [read_module(module.rnn, x) for x in embedded(module)])


def test_words_that_are_spelled():
    module = seeded(lambda: Spelled(nn.GRU(SIZE, UNITS, batch_first=True)))
    reader = reader_of(module)
    assert_read(reader, [read_module(module.rnn, x.detach()) for x in module.spell(TOKENS)])
    assert word_embedding(module, probe_weights(reader, PROBE[0]), None, WORDS) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Plain(nn.LSTM(SIZE, UNITS, num_layers=2, batch_first=True)),
        lambda: Plain(nn.GRU(SIZE, UNITS, batch_first=True)),
        lambda: Plain(normed()),
    ],
)
def test_the_parts_of_a_network_compute_its_states(make) -> None:
    reader = reader_of(seeded(make))
    last = reader.shapes[-1].units
    parts = reader.step(OutputLayer(torch.ones(2, last), torch.zeros(2)))
    assert parts is not None
    inputs = parts.embedding[TOKENS]
    for layer, expected in zip(parts.layers, reader.read(TOKENS), strict=True):
        out = {name: torch.empty(*TOKENS.shape, layer.size_of(name)) for name in layer.arrays}
        states = [torch.zeros(len(TOKENS), layer.units) for _ in layer.states]
        layer.run(inputs, torch.zeros(TOKENS.shape, dtype=torch.bool), states, out)
        inputs = out["hidden"]
        np.testing.assert_allclose(inputs, expected["hidden"], **CLOSE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ahead(nn.GRU(SIZE, UNITS, batch_first=True)),
        lambda: Plain(nn.LSTM(SIZE, UNITS, batch_first=True, bidirectional=True)),
        lambda: Plain(nn.LSTM(SIZE, UNITS, batch_first=True, proj_size=2)),
    ],
)
def test_a_network_that_is_more_than_its_parts_has_none(make) -> None:
    reader = reader_of(seeded(make))
    output = OutputLayer(torch.ones(2, reader.shapes[-1].units), torch.zeros(2))
    assert reader.step(output) is None
    assert reader.step(None) is None
