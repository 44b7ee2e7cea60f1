"""Recordings of matrix memories, compared with their equations in NumPy."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.matrix_memory import sequence_blocks
from rnnvis_assets.matrix_memory.factor_files import open_factors
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_recorder import MemoryReport, record_memory
from tests.rnnvis_assets.matrix_memory.made_networks import PIECES, MadeNetwork
from tests.rnnvis_assets.matrix_memory.memories import KINDS
from warehouse.errors import RecordingError, StorageError
from warehouse.recording_schema import CHANGE_PARTS, RECORDED_ARRAYS

LENGTHS = (5, 0, 14, 1, 9)


def text_of(lengths: Sequence[int] = LENGTHS, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Word ids int32[tokens] and the offsets of sequences."""
    words = np.random.default_rng(seed).integers(0, len(PIECES), sum(lengths))
    return words.astype(np.int32), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def record(
    network: Any, folder: Path, lengths: Sequence[int] = LENGTHS, **settings: Any
) -> MemoryReport:
    wanted = RecordingSettings.model_validate({"factors": "float32"} | settings)
    return record_memory(network, *text_of(lengths), folder, source={}, wanted=wanted)


def columns(report: MemoryReport, layer: int, names: Sequence[str]) -> dict[str, np.ndarray]:
    batches = list(report.recording.batches(layer, names))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in names}


@pytest.fixture(scope="module")
def network() -> MadeNetwork:
    return MadeNetwork(list(KINDS))


@pytest.fixture(scope="module")
def recorded(network: MadeNetwork, tmp_path_factory: pytest.TempPathFactory) -> MemoryReport:
    return record(network, tmp_path_factory.mktemp("made") / "model" / "test")


@pytest.mark.parametrize("layer", range(len(KINDS)), ids=list(KINDS))
def test_every_column_is_that_of_the_equations(
    network: MadeNetwork, recorded: MemoryReport, layer: int
) -> None:
    words, offsets = text_of()
    found = columns(recorded, layer, RECORDED_ARRAYS)
    for start, stop in pairwise(offsets.tolist()):
        if stop > start:
            wanted = network.expected(layer, words.tolist(), words[start:stop].tolist())
            for name, values in wanted.items():
                close = {"rtol": 1e-5, "atol": 1e-5 * np.abs(values).max()}
                np.testing.assert_allclose(found[name][start:stop], values, err_msg=name, **close)


@pytest.mark.parametrize("layer", range(len(KINDS)), ids=list(KINDS))
def test_what_is_written_and_lost_add_up_to_the_state(recorded: MemoryReport, layer: int) -> None:
    found = columns(recorded, layer, ("cell", "cell_delta", *CHANGE_PARTS))
    change = found["cell_written"] + found["cell_lost"]
    scale = np.abs(found["cell"]).max()
    np.testing.assert_allclose(change, found["cell_delta"], atol=1e-5 * scale)
    np.testing.assert_allclose(change[5:19].sum(0), found["cell"][18], atol=1e-5 * scale)


def test_a_layer_that_remembers_a_vector(network: MadeNetwork, recorded: MemoryReport) -> None:
    words, offsets = text_of()
    names = ("hidden", "hidden_delta", "keep_gate")
    found = columns(recorded, len(KINDS), names)
    for start, stop in pairwise(offsets.tolist()):
        state = np.zeros(3)
        for token in range(start, stop):
            before, keep = state, np.ones(3)
            for piece in PIECES[words[token]]:
                state = network.gates[piece] * state + network.inputs[piece]
                keep = keep * network.gates[piece]
            wanted = dict(zip(names, (state, state - before, keep), strict=True))
            for name, values in wanted.items():
                np.testing.assert_allclose(found[name][token], values, rtol=1e-4, atol=1e-5)


def test_rows_are_those_of_the_text(recorded: MemoryReport) -> None:
    words, offsets = text_of()
    found = columns(recorded, 0, ("sequence", "position", "token", "word_id"))
    lengths = np.diff(offsets)
    assert found["sequence"].tolist() == np.repeat(np.arange(len(lengths)), lengths).tolist()
    assert found["position"].tolist() == [p for length in lengths for p in range(length)]
    assert found["token"].tolist() == list(range(len(words)))
    assert found["word_id"].tolist() == words.tolist()
    assert recorded.num_pieces == sum(len(PIECES[word]) for word in words)
    assert recorded.largest_drift < 1e-4


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.integers(1, 40), lengths=st.permutations(LENGTHS))
def test_neither_blocks_nor_batches_change_a_number(
    pieces: int, lengths: list[int], network: MadeNetwork, tmp_path: Path
) -> None:
    """In another order of sequences, since those of like length are read together."""
    whole = record(network, tmp_path / "model" / "whole", lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequence_blocks, "PIECES_AT_ONCE", pieces)
        cut = record(network, tmp_path / "model" / "cut", lengths)
    assert len(cut.recording.parts) >= len(whole.recording.parts)
    for layer in range(len(KINDS)):
        one, other = (columns(each, layer, RECORDED_ARRAYS) for each in (whole, cut))
        for name in RECORDED_ARRAYS:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-4, atol=1e-5)


def test_the_network_runs_once(tmp_path: Path) -> None:
    network = MadeNetwork(["scalar_decay", "delta_rule"])
    record(network, tmp_path / "model" / "test")
    assert network.passes == 1


def test_factors_are_stored_as_they_were(network: MadeNetwork, recorded: MemoryReport) -> None:
    words, _ = text_of()
    pieces = [piece for word in words for piece in PIECES[word]]
    stored = open_factors(recorded.recording.folder)
    assert set(stored.files) <= set(recorded.recording.folder.rglob("*"))
    for layer, factors in enumerate(network.factors):
        scalars, found = stored.layers[layer].read(0)
        assert scalars["piece"].tolist() == pieces
        assert scalars["token"][:4].tolist() == [0, *[1] * len(PIECES[words[1]]), 2, 2, 2][:4]
        for name, values in factors.tensors.items():
            assert torch.equal(found.tensors[name][0], values[0][torch.tensor(pieces)]), name
        rate = network.shapes[layer].decay_rate
        kept = stored.layers[layer].memory.decay_rate
        if rate is None or kept is None:
            assert rate is kept
        else:
            assert torch.equal(kept, rate.float())
        np.testing.assert_allclose(
            stored.layers[layer].reader, network.mean_query(layer, words.tolist()), rtol=1e-5,
            atol=1e-7,
        )  # fmt: skip


def test_readers_of_the_recording_pass_over_its_factors(recorded: MemoryReport) -> None:
    found = ds.dataset(recorded.recording.folder / "layer=0", format="parquet")
    assert found.count_rows() == sum(LENGTHS)
    everything = ds.dataset(recorded.recording.folder, format="parquet", partitioning="hive")
    assert not any("_factors" in file for file in everything.files)


def test_float16_rounds_factors_within_its_stated_error(
    network: MadeNetwork, recorded: MemoryReport, tmp_path: Path
) -> None:
    rounded = record(network, tmp_path / "model" / "test", factors="float16")
    for layer, stored in rounded.factors.layers.items():
        exact = recorded.factors.layers[layer].read(0)[1].tensors
        errors = {
            name: float((values - exact[name]).abs().max())
            for name, values in stored.read(0)[1].tensors.items()
        }
        assert errors["decay_step"] == errors.get("floor", 0) == 0
        assert max(errors.values()) == pytest.approx(stored.rounding)
        assert 0 < stored.rounding < 2**-10 * max(float(v.abs().max()) for v in exact.values())
        found, wanted = (
            columns(each, layer, ("hidden",))["hidden"] for each in (rounded, recorded)
        )
        assert 0 < np.abs(found - wanted).max() < 5e-3 * np.abs(wanted).max()


def test_a_factor_beyond_float16_is_refused(tmp_path: Path) -> None:
    network = MadeNetwork(["scalar_decay"])
    network.factors[0] = replace(network.factors[0], value=network.factors[0].value * 1e6)
    with pytest.raises(RecordingError, match=r"layer 0: found a value of .* largest float16"):
        record(network, tmp_path / "model" / "test", factors="float16")
    assert record(network, tmp_path / "model" / "test").num_pieces


@pytest.mark.parametrize("name", ["key", "value", "query", "decay_step"])
def test_a_factor_that_is_no_number_is_refused(name: str, tmp_path: Path) -> None:
    network = MadeNetwork(["channel_decay", "scalar_decay"])
    spoilt = network.factors[1].tensors[name].clone()
    spoilt[0, 4] = torch.nan  # the first piece of word 3
    network.factors[1] = replace(network.factors[1], **{name: spoilt})
    first = text_of()[0].tolist().index(3)
    with pytest.raises(RecordingError) as caught:
        record(network, tmp_path / "model" / "test")
    assert f"layer 1 (memory 1): the {name} is nan at token {first}," in str(caught.value)
    assert not (tmp_path / "model" / "test").exists()


class Interrupted(MadeNetwork):
    """Its process is stopped at the second pass of the network."""

    def read(self, pieces: Tensor) -> list[MemoryFactors | dict[str, Tensor]]:
        if self.passes:
            raise KeyboardInterrupt
        return super().read(pieces)


def test_what_is_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence_blocks, "PIECES_AT_ONCE", 1)
    with pytest.raises(KeyboardInterrupt):
        record(Interrupted(["scalar_decay"]), tmp_path / "model" / "test")
    assert list((tmp_path / "model").iterdir()) == []


def test_damaged_factors_are_named(network: MadeNetwork, tmp_path: Path) -> None:
    report = record(network, tmp_path / "model" / "test")
    description, first, *_ = report.factors.files
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(content)
    with pytest.raises(RecordingError, match=r"part-00000.parquet cannot be read.*checksum"):
        report.factors.layers[0].read(0)
    description.write_text(description.read_text("utf-8").replace("heads", "haeds"), "utf-8")
    with pytest.raises(RecordingError, match="is damaged"):
        open_factors(report.recording.folder)


class Wordless(MadeNetwork):
    """Its tokenizer has nothing for the word 3."""

    def pieces(self, word_ids: np.ndarray) -> list[tuple[int, ...]]:
        return [() if word == 3 else PIECES[word] for word in word_ids]


def test_a_word_without_pieces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="none of word 3"):
        record(Wordless(["scalar_decay"]), tmp_path / "model" / "test")


def test_a_text_of_nothing_is_refused(network: MadeNetwork, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no tokens"):
        record(network, tmp_path / "model" / "test", lengths=(0, 0))


def test_a_full_disk_is_named(network: MadeNetwork, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(StorageError):
        record(network, tmp_path / "model" / "test")
