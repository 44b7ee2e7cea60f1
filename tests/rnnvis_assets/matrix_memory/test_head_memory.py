"""A head's matrix over a sentence, from the stored factors, compared with its equations."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rnnvis_assets.matrix_memory.head_memory import HeadMemory, read_head_memory
from rnnvis_assets.matrix_memory.memory_recorder import MemoryReport, record_memory
from tests.rnnvis_assets.matrix_memory.made_networks import EXACT, PIECES, MadeNetwork
from tests.rnnvis_assets.matrix_memory.memories import KINDS, expected_readings
from warehouse.errors import RecordingError

WORDS = np.array([3, 1, 6, 0, 2, 5, 4, 3, 1, 1, 6, 2, 0], np.int32)
OFFSETS = np.array([0, 4, 4, 13])
START, STOP = 7, 11
"""A sentence in the middle of the last sequence."""


@pytest.fixture(scope="module")
def network() -> MadeNetwork:
    return MadeNetwork(list(KINDS))


@pytest.fixture(scope="module")
def report(network: MadeNetwork, tmp_path_factory: pytest.TempPathFactory) -> MemoryReport:
    folder: Path = tmp_path_factory.mktemp("heads") / "model" / "test"
    return record_memory(network, WORDS, OFFSETS, folder, source={}, wanted=EXACT)


def read(report: MemoryReport, layer: int, head: int) -> HeadMemory:
    return read_head_memory(report.recording, layer, head, START, STOP)


@pytest.mark.parametrize("layer", range(len(KINDS)), ids=list(KINDS))
def test_its_states_are_those_of_the_equations(
    network: MadeNetwork, report: MemoryReport, layer: int
) -> None:
    shape, words = network.shapes[layer], WORDS[4:STOP].tolist()
    pieces = [piece for word in words for piece in PIECES[word]]
    factors = network.factors[layer].map(lambda each: each[0][torch.tensor([pieces])].double())
    reader = network.mean_query(layer, WORDS.tolist())
    expected = expected_readings(shape, factors, reader)
    shown = sum(len(PIECES[word]) for word in WORDS[START:STOP])
    for head in (0, shape.heads - 1):
        found = read(report, layer, head)
        assert found.pieces.tolist() == pieces[-shown:]
        assert sorted({*found.tokens.tolist()}) == list(range(START, STOP))
        cells = np.einsum("k,pkc->pc", found.reader, found.states)
        wanted = expected.cell[0, -shown:, head]
        np.testing.assert_allclose(cells, wanted, rtol=1e-4, atol=1e-5)
        if not shape.normalized:
            wanted = expected.states[0, -shown:, head]
            np.testing.assert_allclose(found.states, wanted, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(found.norm, np.linalg.norm(wanted, axis=(1, 2)), rtol=1e-4)


def test_the_cells_are_those_that_were_recorded(report: MemoryReport) -> None:
    for layer in range(len(KINDS)):
        channels = report.heads[layer][0].channels
        cell = report.recording.rows(layer, ("cell",), START, STOP)["cell"]
        found = read(report, layer, 1)
        last = np.append(np.flatnonzero(np.diff(found.tokens)), len(found.tokens) - 1)
        cells = np.einsum("k,pkc->pc", found.reader, found.states[last])
        wanted = cell[:, channels : 2 * channels]
        np.testing.assert_allclose(cells, wanted, rtol=1e-4, atol=1e-5)


def test_a_sentence_that_begins_its_sequence(report: MemoryReport) -> None:
    found = read_head_memory(report.recording, 0, 0, 4, 6)
    assert found.tokens.tolist() == [4, 5]
    assert found.effective_rank[0] == pytest.approx(1)  # one outer product


def test_the_effective_rank_of_equal_singular_values_is_their_number() -> None:
    memory = HeadMemory(
        tokens=np.zeros(3, np.int64),
        pieces=np.zeros(3, np.int32),
        states=np.array([np.eye(4, 3), np.eye(4, 3) * [1, 0, 0], np.zeros((4, 3))], np.float32),
        decay=np.ones((3, 1), np.float32),
        reader=np.ones(4, np.float32),
    )
    np.testing.assert_allclose(memory.effective_rank, [3, 1, np.nan], rtol=1e-6)


@pytest.mark.parametrize(("layer", "head"), [(len(KINDS), 0), (0, 4), (0, -1)])
def test_what_has_no_matrix_is_named(report: MemoryReport, layer: int, head: int) -> None:
    with pytest.raises(RecordingError, match=f"layer {layer} has no matrix memory with a head"):
        read_head_memory(report.recording, layer, head, START, STOP)
