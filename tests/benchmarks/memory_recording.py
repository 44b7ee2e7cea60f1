"""Recording Mamba and Mamba-2 of transformers by their factors, against reading the same text.

The baseline is the bare pass of the same network over the same batches, without its output layer.
Ours also stores factors, replays the memory, and writes all arrays of every recorded
layer: both of a small network, four of a larger one, as by default. Weights are random.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, cut_into_pieces, matrix_layer
from rnnvis_assets.matrix_memory.sequence_blocks import padded_pieces, plan_sequence_blocks
from rnnvis_assets.recording.recording_plan import spread
from rnnvis_assets.transformers_import.factor_capture import FactorCapture
from rnnvis_assets.transformers_import.families import FAMILIES
from rnnvis_assets.transformers_import.saved_network import DEFAULT_LAYERS
from tests.benchmarks.harness import Row, rate_row, time_side_by_side
from warehouse.arrays import Int32Array

VOCABULARY, SEQUENCES, STEPS = 1000, 32, 64
SIZES = {"small": (128, 2), "larger": (256, 8)}
"""Width and layers."""


def _module(family: str, width: int, layers: int) -> Any:
    from transformers import AutoModelForCausalLM, Mamba2Config, MambaConfig

    torch.manual_seed(0)
    common = {"vocab_size": VOCABULARY, "hidden_size": width, "num_hidden_layers": layers}
    config: Any = MambaConfig(**common)
    if family == "mamba2":
        config = Mamba2Config(**common, head_dim=64, num_heads=2 * width // 64, n_groups=1)
    return AutoModelForCausalLM.from_config(config).eval()


@dataclass(frozen=True)
class _Network:
    """A network whose words are pieces."""

    capture: FactorCapture
    layers: list[LayerOfMemory]

    def pieces(self, word_ids: Int32Array) -> Sequence[Sequence[int]]:
        return [[word] for word in word_ids.tolist()]

    def read(self, pieces: Tensor) -> list[MemoryFactors]:
        return [read[1] for read in self.capture.read(pieces).values()]  # type: ignore[index, misc]


def _compare(family: str, size: str) -> Row:
    width, layers = SIZES[size]
    module = _module(family, width, layers)
    capture = FactorCapture(module, FAMILIES[family])
    capture.depths = tuple(spread(np.arange(layers), DEFAULT_LAYERS).tolist())
    found = capture.read(torch.zeros(1, 2, dtype=torch.int64))
    network = _Network(capture, [matrix_layer(str(n), family, found[n][0]) for n in found])  # type: ignore[arg-type, index]
    words = np.random.default_rng(0).integers(VOCABULARY, size=SEQUENCES * STEPS).astype(np.int32)
    sequences = np.arange(SEQUENCES + 1) * STEPS
    text = cut_into_pieces(network, words, sequences)
    blocks = plan_sequence_blocks(text, network.layers)
    batches = [padded_pieces(text, b) for block in blocks for b in block.batches(text)]
    folder, wanted = Path(tempfile.mkdtemp()), RecordingSettings()

    def read() -> None:
        with torch.inference_mode():
            for batch in batches:
                module.base_model(batch, use_cache=False)

    try:
        timing = time_side_by_side(
            lambda: record_memory(
                network, words, sequences, folder / "m" / "test", source={}, wanted=wanted
            ),
            read,
            repeats=2,
        )
    finally:
        shutil.rmtree(folder)
    what = (
        f"recording {len(found)} of {layers} layers of {family} {width} wide, against a bare pass "
        f"of {len(batches[0])} x {STEPS} pieces"
    )
    return rate_row(what, timing, len(words), "tokens/s", must=0.5, aim=0.8)


def measure() -> list[Row]:
    return [_compare(family, size) for family in ("mamba", "mamba2") for size in SIZES]
