"""Heads that are read by several readers, compared with NumPy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.matrix_memory.head_figures import HeadSums, head_columns
from rnnvis_assets.matrix_memory.head_memory import read_head_memory
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.matrix_memory.memory_recorder import MemoryReport, record_memory
from rnnvis_assets.matrix_memory.memory_replay import replay
from rnnvis_assets.matrix_memory.reader_coverage import coverage_text
from rnnvis_assets.model_kinds.analysis_forecast import (
    forecast_training,
    layers_of,
    recording_bytes,
)
from rnnvis_assets.model_kinds.model_kinds import RECORDING, open_network
from tests.rnnvis_assets.matrix_memory.made_networks import PIECES, MadeNetwork
from tests.rnnvis_assets.matrix_memory.memories import KINDS, Array, expected_readings
from tests.rnnvis_assets.recording.networks import make_words
from tests.rnnvis_assets.recording.test_recording_stage import make_context
from warehouse.disk_use import megabytes
from warehouse.errors import RecordingError
from warehouse.parquet_tables import read_table
from warehouse.recordings import open_recording

READERS = 3
WORDS = np.random.default_rng(0).integers(0, len(PIECES), 60).astype(np.int32)
OFFSETS = np.array([0, 20, 20, 60])


def _readers(shape: MemoryShape, generator: np.random.Generator) -> Array:
    """Any mean query, and orthogonal directions of different lengths: float64[heads, readers,
    key_size]."""
    mean = generator.normal(size=(shape.heads, 1, shape.key_size))
    square = generator.normal(size=(shape.heads, shape.key_size, shape.key_size))
    directions = np.linalg.qr(square)[0][:, : READERS - 1]
    return np.concatenate([mean, directions * [[2.0], [0.5]]], axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_reader_reads_the_states(kind: str) -> None:
    generator = np.random.default_rng(1)
    shape, factors = KINDS[kind](generator)
    readers = _readers(shape, generator)
    expected = expected_readings(shape, factors, torch.from_numpy(readers[:, 0]))

    found = replay(shape, factors, torch.from_numpy(readers).flatten(1))

    def by_reader(values: torch.Tensor) -> Array:
        return values.numpy().reshape(*values.shape[:2], shape.heads, READERS, -1)

    query = shape.per_head(factors.query).numpy()
    raw = np.einsum("hrk,bshkv->bshrv", readers, expected.states)
    read_out = np.einsum("bshk,bshkv->bshv", query, expected.states)
    scale, scale_out = np.ones_like(raw[..., :1, :1]), np.ones_like(read_out[..., :1])
    if factors.floor is not None:  # the mean query's divisor, for all readers
        floor = factors.floor.numpy()[..., None]
        scale = np.maximum(np.abs(raw[..., :1, -1]), floor)[..., None]
        scale_out = np.maximum(np.abs(read_out[..., -1:]), floor)
    cell = (raw / scale)[..., : shape.channels]
    np.testing.assert_allclose(by_reader(found.cell), cell, rtol=1e-9, atol=1e-10)
    key, value = shape.per_head(factors.key).numpy(), factors.value.numpy()[..., : shape.channels]
    written = np.einsum("hrk,bshk,bshv->bshrv", readers, key, value) / scale
    np.testing.assert_allclose(by_reader(found.written), written, rtol=1e-9, atol=1e-10)
    change = np.diff(found.cell, axis=1, prepend=0)
    np.testing.assert_allclose(found.written + found.lost, change, rtol=1e-9, atol=1e-9)

    hidden = by_reader(found.hidden)
    np.testing.assert_allclose(hidden.sum(3), expected.hidden, rtol=1e-9, atol=1e-9)
    for head, (mean, *further) in enumerate(readers):
        asked, *_ = np.linalg.lstsq(
            np.transpose(further), (query[:, :, head] - mean).reshape(-1, shape.key_size).T
        )
        weights = asked.T.reshape(*hidden.shape[:2], READERS - 1, 1)
        parts = weights * raw[:, :, head, 1:, : shape.channels] / scale_out[:, :, head, None]
        np.testing.assert_allclose(hidden[:, :, head, 1:], parts, rtol=1e-8, atol=1e-9)
    assert found.columns["keep_gate"].shape == found.columns["cell"].shape


@pytest.mark.parametrize("kind", ["scalar_decay", "channel_decay", "channel_erase"])
def test_readers_are_the_mean_and_the_principal_directions(kind: str) -> None:
    shape, factors = KINDS[kind](np.random.default_rng(2), batch=1, steps=50)
    sums = HeadSums(shape, READERS)
    for part in (factors.between(0, 30), factors.between(30, 50)):
        sums.add_factors(part, np.arange(part.steps) == 0)
    found = sums.readers.view(shape.groups, READERS, -1).numpy()
    for group, readers in enumerate(found):
        query = factors.query[0, :, group].numpy()
        np.testing.assert_allclose(readers[0], query.mean(0), rtol=1e-5, atol=1e-6)
        covariance = np.cov(query.T, bias=True)
        variances = np.linalg.eigvalsh(covariance)[::-1]
        for reader, variance in zip(readers[1:], variances, strict=False):
            assert reader @ reader == pytest.approx(variance, rel=1e-5)
            near = {"rtol": 1e-4, "atol": 1e-5}
            np.testing.assert_allclose(covariance @ reader, variance * reader, **near)
            assert reader[np.abs(reader).argmax()] > 0


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sign_of_a_reader_is_not_rounding(sign: int) -> None:
    """Of two numbers that are equally large, the first is positive."""
    shape, factors = KINDS["channel_decay"](np.random.default_rng(2), batch=1, steps=40)
    along = torch.from_numpy(np.random.default_rng(3).normal(size=(1, 40, 1, 1)))
    factors.query[:] = sign * along * torch.tensor([0.0, 1.0, -1.0, 0.5])
    sums = HeadSums(shape, 2)
    sums.add_factors(factors, np.arange(40) == 0)
    second = sums.readers[0, 4:]
    np.testing.assert_allclose(second / second[1], [0, 1, -1, 0.5], atol=1e-6)
    assert second[1] > 0


def _explained(hidden: Array, cell: Array) -> Array:
    """float64[heads] by least squares of every channel, for float64[steps, heads, channels] and
    float64[steps, heads, readers, channels]."""
    explained, total = np.zeros(hidden.shape[1]), np.zeros(hidden.shape[1])
    for head in range(hidden.shape[1]):
        for channel in range(hidden.shape[2]):
            read = cell[:, head, :, channel]
            known = np.column_stack([np.ones(len(read)), read])
            wanted = hidden[:, head, channel]
            weights, *_ = np.linalg.lstsq(known, wanted)
            total[head] += wanted.var()
            explained[head] += wanted.var() - (wanted - known @ weights).var()
    return explained / total


def _coverage(hidden: Array, cell: Array) -> Array:
    """The same as it is counted, in two parts; all of hidden is with the first reader."""
    steps, heads, readers, channels = cell.shape
    sums = HeadSums(MemoryShape(heads, 2, channels, 1), readers)
    parts = np.zeros_like(cell)
    parts[:, :, 0] = hidden
    for rows in (slice(0, 7), slice(7, steps)):
        read = (torch.from_numpy(each[rows]).flatten(1) for each in (parts, cell))
        sums.add_readings(*read, torch.ones(len(parts[rows]), heads))
    sums.add_state(torch.zeros(heads, 2, channels))
    return sums.figures.coverage


@pytest.mark.slow
@settings(max_examples=30)
@given(seed=st.integers(0, 9999), offset=st.sampled_from([0.0, 100.0]))
def test_coverage_is_that_of_least_squares_and_grows_with_readers(seed: int, offset: float) -> None:
    generator = np.random.default_rng(seed)
    cell = generator.normal(size=(30, 2, 4, 3)) + offset
    cell[:, :, 2] = 2 * cell[:, :, 0] - cell[:, :, 1]  # adds nothing
    hidden = 0.5 * cell[:, :, 0] + 0.3 * cell[:, :, 3] + generator.normal(size=(30, 2, 3))
    found = [_coverage(hidden, cell[:, :, :readers]) for readers in (1, 2, 3, 4)]
    for readers, coverage in enumerate(found, start=1):
        expected = _explained(hidden, cell[:, :, :readers])
        np.testing.assert_allclose(coverage, expected, rtol=1e-6, atol=1e-7)
    assert (np.diff(found, axis=0) >= -1e-9).all()


def test_further_readers_explain_more_of_what_is_replayed() -> None:
    """Of queries near their mean, which explains most by itself."""
    generator = np.random.default_rng(4)
    shape = MemoryShape(1, 3, 2, 1)
    steps = generator.normal(size=(200, 3))
    factors = MemoryFactors(
        key=torch.from_numpy(generator.normal(size=(1, 200, 1, 3))),
        value=torch.from_numpy(generator.normal(size=(1, 200, 1, 2))),
        query=torch.from_numpy(steps * 0.1 + [1, 0, 0]).view(1, 200, 1, 3),
        decay_step=torch.zeros(1, 200, 1, 1).double(),
    )
    found = []
    for readers in (1, 2, 3):
        sums = HeadSums(shape, readers)
        sums.add_factors(factors, np.arange(200) == 0)
        read = replay(shape, factors, sums.readers)
        sums.add_readings(read.hidden[0], read.cell[0], read.keep[0])
        sums.add_state(read.after.memory[0])
        found.append(float(sums.figures.coverage[0]))
    assert found == sorted(found)
    assert found[0] > 0.5


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> MemoryReport:
    folder = tmp_path_factory.mktemp("several") / "model" / "test"
    network = MadeNetwork(list(KINDS))
    wanted = RecordingSettings(factors="float32", readers=READERS)
    return record_memory(network, WORDS, OFFSETS, folder, source={}, wanted=wanted)


def test_a_recording_has_the_units_of_all_readers(recorded: MemoryReport) -> None:
    names = ("cell", "cell_delta", "cell_written", "cell_lost", "hidden", "keep_gate")
    for layer, (memory, figures) in recorded.heads.items():
        assert recorded.recording.layers[layer].units == READERS * memory.units
        rows = recorded.recording.rows(layer, names, 0, len(WORDS))
        changes = rows["cell_written"] + rows["cell_lost"]
        near = 1e-5 * np.abs(rows["cell"]).max()
        np.testing.assert_allclose(changes, rows["cell_delta"], atol=near)
        assert set(figures.num_units.tolist()) == {READERS * memory.channels}
    columns = head_columns(recorded.heads)
    assert columns["first_unit"][:4] == [0, 9, 18, 27]
    assert columns["num_units"][:4] == [9] * 4
    assert recorded.recording.layers[len(KINDS)].units == 3  # a vector is read once
    assert recorded.coverage.startswith("3 readers explain ")


def test_a_unit_is_what_its_reader_reads_of_a_channel(recorded: MemoryReport) -> None:
    """The first of a head: what the mean query reads, as of one reader."""
    for layer, (memory, _) in recorded.heads.items():
        found = read_head_memory(recorded.recording, layer, 1, 30, 31)
        cell = recorded.recording.rows(layer, ("cell",), 30, 31)["cell"][0]
        own = cell.reshape(memory.heads, READERS, memory.channels)[1]
        np.testing.assert_allclose(found.reader @ found.states[-1], own[0], rtol=1e-4, atol=1e-5)
        stored = recorded.factors.layers[layer].reader[1].view(READERS, -1).numpy()
        np.testing.assert_allclose(stored @ found.states[-1], own, rtol=1e-4, atol=1e-5)
        for unit, read in enumerate(own.ravel()):
            reader = stored[unit // memory.channels]
            assert reader @ found.key_vectors(unit)[-1] == pytest.approx(read, rel=1e-4, abs=1e-5)


def test_more_readers_than_key_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="memory 0: found 6 readers, expected at most 5"):
        record_memory(
            MadeNetwork(["scalar_decay"]),
            WORDS,
            OFFSETS,
            tmp_path / "m" / "t",
            source={},
            wanted=RecordingSettings(readers=6),
        )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunContext, list[str]]:
    """A Mamba that was made here, recorded by two readers; and what was reported."""
    torch.manual_seed(0)
    root, said = tmp_path_factory.mktemp("mamba"), list[str]()
    made = make_context(root, "language_model", "mamba", 3, readers=2)
    context = RunContext(made.project, made.storage, report=said.append, run="run one")
    RECORDING.run(context, "m")
    return context, said


def test_a_typed_sentence_is_read_by_the_same_readers(
    trained: tuple[RunContext, list[str]],
) -> None:
    storage = trained[0].storage
    recording = open_recording(storage.recording("m", "test"))
    network = open_network(storage.checkpoint("m"))
    for layer, states in enumerate(network.read(make_words(400)[:20].tolist())):
        for name, values in recording.rows(layer, list(vars(states)), 0, 20).items():
            near = 2e-3 * np.abs(values).max()
            np.testing.assert_allclose(getattr(states, name), values, atol=near)
    assert recording.layers[0].units == 2 * 6
    assert read_table(storage.table("m", "memory_head"))["num_units"].unique().to_pylist() == [2]
    assert any(line.startswith("m: 2 readers explain ") for line in trained[1])


def test_more_readers_are_offered_where_one_explains_little() -> None:
    low, high = np.array([0.1, 0.4, np.nan, 0.6]), np.array([0.9, 0.7])
    assert coverage_text(low, 1) == (
        "40% of the readout (median; lowest 10%): most of it is not in the picture; "
        "recording: {readers: 4} in its analysis shows more"
    )
    assert coverage_text(low, 4).endswith("most of it is not in the picture")
    assert coverage_text(high, 1) == "80% of the readout (median; lowest 70%)"
    assert coverage_text(np.array([np.nan]), 1) == ""


def test_one_reader_leaves_the_settings_of_a_recording_as_they_were(tmp_path: Path) -> None:
    settings = [
        RECORDING.settings(make_context(tmp_path / str(n), "language_model", "rnn", **more).project,
                           "m")
        for n, more in enumerate(({}, {"readers": 1}, {"readers": 2}))
    ]  # fmt: skip
    assert settings[0] == settings[1] == {"split": "test", "streams": 4}
    assert settings[2]["readers"] == 2


def test_the_room_of_further_readers_is_forecast(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "mamba", 3, readers=8)
    config = context.project.models["m"]
    assert isinstance(config, ModelConfig)
    size = recording_bytes(400, layers_of(config))
    said = next(forecast_training(context, "m"))
    assert f"the recording takes about {megabytes(8 * size)}, of" in said
