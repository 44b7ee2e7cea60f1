"""Factors of a made-up matrix memory, next to its recording."""

import numpy as np
import torch

from rnnvis_assets.matrix_memory.factor_files import FactorWriter
from rnnvis_assets.matrix_memory.memory_factors import MemoryShape
from tests.viewer.made_up_release import Floats, MadeUp
from warehouse.storage import Storage

KEY_SIZE = 5
TYPES = {"sequence": np.int32, "token": np.int64, "piece": np.int32}


def made_up_factors(spec: MadeUp, layer: int) -> tuple[dict[str, Floats], Floats]:
    """Factors float32[tokens, heads, …] of a layer, two key channels of which decay faster, and its
    readers float32[heads, key_size]."""
    random, heads = spec.random("factors", layer), spec.heads
    shapes = {"key": KEY_SIZE, "query": KEY_SIZE, "value": spec.num_units // heads}
    factors = {
        name: random.normal(0, 1, (spec.num_tokens, heads, size)) for name, size in shapes.items()
    }
    rates = np.array([0.1, 0.1, 0.1, 1, 1])
    factors["decay_step"] = -rates * random.uniform(0, 1, (spec.num_tokens, heads, 1))
    readers = random.normal(0, 1, (heads, KEY_SIZE)).astype(np.float32)
    return {name: values.astype(np.float32) for name, values in factors.items()}, readers


def write_made_up_factors(storage: Storage, spec: MadeUp) -> None:
    """Writes them, a piece a token."""
    tokens = np.arange(spec.num_tokens)
    writer = FactorWriter(storage.recording(spec.name, "test"), "float32")
    shape = MemoryShape(spec.heads, KEY_SIZE, spec.num_units // spec.heads, spec.heads)
    places = {"sequence": tokens // spec.sentence_length, "token": tokens, "piece": tokens}
    scalars = {name: values.astype(TYPES[name]) for name, values in places.items()}
    readers = {}
    for layer in range(spec.num_layers):
        factors, reader = made_up_factors(spec, layer)
        writer.write(layer, scalars, factors)
        readers[layer] = torch.tensor(reader)
    writer.finish(dict.fromkeys(readers, shape), readers)
