"""Recording a 2 x 600 LSTM to Parquet, against reading the same words and keeping next to nothing.

Every state, delta and gate of both layers goes to files on disk: 24 KB a token before encoding. The
batch is that of the training rows, 20 x 35. A wider one favours the baselines: their products gain
most, the bytes to be written stay the same.
"""

import shutil
import tempfile
from collections import deque
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pyarrow.parquet as pq
import torch

from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.recording.recorder import Reading, record
from rnnvis_assets.recording.recording_plan import stream_offsets
from tests.benchmarks.harness import Row, rate_row, time_side_by_side
from tests.rnnvis_assets.checkpoint.small_runs import make_config
from warehouse.recordings import open_recording

VOCABULARY, UNITS, LAYERS = 10_000, 600, 2
READ, BATCH_ROWS = ("word_id", "hidden", "hidden_delta"), 4096
STREAMS, STEPS, BLOCKS = 20, 35, 112
TOKENS = STREAMS * STEPS * BLOCKS


def make_network() -> RecurrentNetwork:
    torch.manual_seed(0)
    sizes = {"embedding_size": UNITS, "hidden_size": UNITS, "num_layers": LAYERS}
    config = make_config(tied_embedding=True, **sizes)
    return RecurrentNetwork(config, VOCABULARY, VOCABULARY).eval()


def _read_only(network: RecurrentNetwork, words: torch.Tensor) -> None:
    """``nn.LSTM``, keeping the top layer's h of the block at hand."""
    state = network.initial_state(STREAMS)
    with torch.inference_mode():
        for begin in range(0, words.shape[1], STEPS):
            _, state = network.read(words[:, begin : begin + STEPS], state)


def _step_cells(
    network: RecurrentNetwork, cells: list[torch.nn.LSTMCell], words: torch.Tensor
) -> None:
    """An ``LSTMCell`` a layer, stepped word by word; all states stay in memory."""
    kept, zeros = [], torch.zeros(STREAMS, UNITS)
    states = [(zeros, zeros) for _ in cells]
    with torch.inference_mode():
        for step in words.unbind(1):
            inputs = network.embedding(step)
            for layer, cell in enumerate(cells):
                states[layer] = cell(inputs, states[layer])
                inputs = states[layer][0]
                kept.append(states[layer])


def _cells(network: RecurrentNetwork) -> list[torch.nn.LSTMCell]:
    cells = []
    for weights in network.rnn.all_weights:
        cell = torch.nn.LSTMCell(UNITS, UNITS)
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        cell.load_state_dict(dict(zip(names, weights, strict=True)))
        cells.append(cell)
    return cells


def measure() -> list[Row]:
    network, cells = make_network(), _cells(make_network())
    word_ids = np.random.default_rng(0).integers(VOCABULARY, size=TOKENS).astype(np.int32)
    words = torch.from_numpy(word_ids.astype(np.int64)).view(STREAMS, -1)
    sequences = stream_offsets(np.arange(TOKENS + 1), STREAMS)
    folder = Path(tempfile.mkdtemp())

    def ours() -> None:
        record(Reading(network, word_ids, sequences, {}), folder / "recording")

    def unchecked() -> None:
        with patch("warehouse.parquet_pages.crc32", lambda *_: 0):
            ours()

    def read() -> None:
        recording = open_recording(folder / "recording")
        for layer in range(LAYERS):
            deque(recording.batches(layer, READ), maxlen=0)

    def read_unchecked() -> None:
        for path in sorted(folder.rglob("*.parquet")):
            with pq.ParquetFile(path, pre_buffer=False) as file:
                deque(file.iter_batches(BATCH_ROWS, columns=list(READ)), maxlen=0)

    try:
        checked = time_side_by_side(ours, unchecked)
        ours()
        reading = time_side_by_side(read, read_unchecked)
        bare = time_side_by_side(ours, lambda: _read_only(network, words))
        stepped = time_side_by_side(ours, lambda: _step_cells(network, cells, words))
    finally:
        shutil.rmtree(folder)
    what = "recording all states, deltas and gates of a 2×600 LSTM to disk, batch 20 x 35"
    return [
        rate_row(f"{what}, against bare nn.LSTM", bare, TOKENS, "tokens/s", must=0.25, aim=0.5),
        rate_row(
            f"{what}, against the same without checksums",
            checked, TOKENS, "tokens/s", must=0.9, aim=0.95,
        ),
        rate_row(
            "reading a state and its change with checksums, against pyarrow without",
            reading, TOKENS, "tokens/s", must=0.9, aim=0.95,
        ),
        rate_row(
            f"{what}, against an LSTMCell loop", stepped, TOKENS, "tokens/s", must=1.2, aim=2.5
        ),
    ]  # fmt: skip
