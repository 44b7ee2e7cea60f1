"""Words in streams, and sets of clamps, to be read together."""

import numpy as np
import torch

from rnnvis_assets.ablation.clamped_layers import Passage
from rnnvis_assets.ablation.clamps import Clamps
from tests.rnnvis_assets.recording.networks import WORDS

RESTART = 9
"""Where the second stream begins a new sequence."""


def make_passage(steps: int, streams: int) -> Passage:
    words = np.random.default_rng(1).integers(WORDS, size=(steps, streams))
    starts = np.zeros((steps, streams), bool)
    starts[0] = starts[RESTART, 1] = True
    return Passage(torch.from_numpy(words), torch.from_numpy(starts))


def make_clamps(layer: int, state: str, sets: int, units: int) -> Clamps:
    """The first set is free; the others bound some units from one side or from both."""
    generator = np.random.default_rng(2)
    lower = generator.uniform(-0.3, 0, (sets, units)).astype(np.float32)
    upper = generator.uniform(0, 0.3, (sets, units)).astype(np.float32)
    lower[generator.random((sets, units)) < 0.4] = -np.inf
    upper[generator.random((sets, units)) < 0.4] = np.inf
    lower[0], upper[0] = -np.inf, np.inf
    return Clamps(layer, state, lower, upper)
