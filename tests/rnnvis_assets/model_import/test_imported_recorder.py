"""Recording with imported networks: every token once, in order, whatever is read together."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rnnvis_assets.model_import.recording import reading_plan
from rnnvis_assets.model_import.recording.imported_recorder import record_imported
from rnnvis_assets.model_import.recording.reading_plan import (
    batches_of,
    pieces_of,
    plan_blocks,
    plan_sequences,
)
from tests.rnnvis_assets.model_import.numpy_layers import read_module
from tests.rnnvis_assets.model_import.test_network_readers import reader_of, seeded
from tests.rnnvis_assets.model_import.user_models import (
    SIZE,
    UNITS,
    WORDS,
    Learned,
    Packed,
    Plain,
)
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import stacked_layers

SHAPES = stacked_layers([UNITS, UNITS + 3], ("hidden", "hidden_delta"))
LENGTHS = st.lists(st.integers(0, 40), min_size=1, max_size=30).filter(any)


def offsets_of(lengths) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


@pytest.mark.parametrize("make", [plan_blocks, plan_sequences])
@given(lengths=LENGTHS, rows=st.integers(1, 50))
def test_plans_cover_every_token_once_and_parts_have_the_rows_they_promise(make, lengths, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_plan, "ROWS_OF_A_RUN", rows)
        patch.setattr("rnnvis_assets.recording.recording_plan.FEWEST_TOKENS_OF_A_STREAM", rows)
        patch.setattr("rnnvis_assets.recording.recording_plan.ROW_GROUP_BYTES", 4 * UNITS * rows)
        offsets = offsets_of(lengths)
        made = make(offsets, SHAPES)
    groups = [group for together in made.groups for group in together]
    by_part = {part: [] for part in range(len(made.part_rows))}
    for group in groups:
        by_part[group.part] += group.tokens
    assert [len(tokens) for tokens in by_part.values()] == list(made.part_rows)
    in_order = [token for tokens in by_part.values() for token in tokens]
    assert in_order == list(range(offsets[-1]))
    pieces = [piece for group in groups for piece in pieces_of(group.tokens, offsets)]
    assert sum(map(len, pieces)) == offsets[-1]
    if make is plan_sequences:
        assert all(piece.start in offsets and piece.stop in offsets for piece in pieces)
    batches = list(batches_of(pieces, 4))
    assert all(len({*map(len, batch)}) == 1 and len(batch) <= 4 for batch in batches)
    assert sum(map(len, batches)) == len(pieces)


def assert_recorded(recording, module, words, offsets):
    for start, stop in pairwise(offsets.tolist()):
        if start == stop:
            continue
        inputs = module.embedding(torch.from_numpy(words[start:stop].astype(np.int64))).detach()
        expected = read_module(module.rnn, inputs)
        for layer, shape in enumerate(recording.layers):
            found = recording.rows(layer, ["sequence", "position", *shape.arrays], start, stop)
            np.testing.assert_array_equal(found["position"], np.arange(stop - start))
            assert len(set(found["sequence"].tolist())) == 1
            for name in shape.arrays:
                np.testing.assert_allclose(
                    found[name], expected[layer][name], rtol=0, atol=5e-6, err_msg=name
                )


@pytest.mark.slow
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("network", [Plain, Packed])
def test_documents_of_any_length_in_blocks_of_any_size(
    tmp_path, monkeypatch, network, bidirectional
):
    """Small blocks cut documents; their states are carried on. Backward needs whole ones."""
    monkeypatch.setattr("rnnvis_assets.recording.recording_plan.ROW_GROUP_BYTES", 4 * UNITS * 5)
    monkeypatch.setattr("rnnvis_assets.recording.recording_plan.FEWEST_TOKENS_OF_A_STREAM", 30)
    monkeypatch.setattr(reading_plan, "ROWS_OF_A_RUN", 20)
    module = seeded(
        lambda: network(nn.LSTM(SIZE, UNITS, 2, batch_first=True, bidirectional=bidirectional))
    )
    lengths = np.random.default_rng(0).integers(0, 14, 40)
    offsets = offsets_of(lengths)
    words = np.random.default_rng(1).integers(0, WORDS, offsets[-1]).astype(np.int32)
    reader = reader_of(module)
    made = (plan_sequences if bidirectional else plan_blocks)(offsets, reader.shapes)
    report = record_imported(
        reader, words, offsets, made, tmp_path / "r", source={"a": 1}, report=lambda _: None
    )
    assert len(report.recording.parts) == len(made.part_rows)
    assert report.largest_drift < 1e-5
    assert 0 < report.largest_hidden <= 1
    assert_recorded(report.recording, module, words, offsets)


def test_changes_from_a_learned_first_state_add_up(tmp_path):
    module = seeded(lambda: Learned(nn.LSTM(SIZE, UNITS, 2, batch_first=True)))
    reader, offsets = reader_of(module), np.array([0, 5, 12])
    words = np.random.default_rng(1).integers(0, WORDS, 12).astype(np.int32)
    made = plan_blocks(offsets, reader.shapes)
    report = record_imported(
        reader, words, offsets, made, tmp_path / "r", source={}, report=lambda _: None
    )
    assert report.largest_drift < 1e-5
    for start in (0, 5):
        rows = report.recording.rows(1, ["cell", "cell_delta"], start, start + 1)
        before = rows["cell"] - rows["cell_delta"]
        np.testing.assert_allclose(before[0], module.first[1, 1, 0].detach(), atol=1e-6)


def test_a_network_that_goes_astray_later_is_found_while_it_is_recorded(tmp_path):
    """Word 7 never came while the network was checked."""

    class Astray(Plain):
        def forward(self, tokens):
            output = self.rnn(self.embedding(tokens))[0]
            if (tokens == 7).any():
                self.rnn.weight_hh_l0.data.add_(0.5)
            return output

    module = seeded(lambda: Astray(nn.GRU(SIZE, UNITS, batch_first=True)))
    reader = reader_of(module)
    words = np.array([1, 2, 7, 4, 2, 3, 1, 5], np.int32)
    offsets = np.array([0, 4, 8])
    made = plan_sequences(offsets, reader.shapes)

    def record():
        for _ in range(2):
            record_imported(
                reader, words, offsets, made, tmp_path / "r", source={}, report=lambda _: None
            )

    with pytest.raises(
        ImportedModelError, match="rnn: its outputs, computed from its weights step by step"
    ):
        record()
