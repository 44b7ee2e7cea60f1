"""What is said of heads, compared with NumPy over all steps."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rnnvis_assets.matrix_memory.head_figures import HeadFigures, HeadSums, head_columns
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from tests.rnnvis_assets.matrix_memory.made_networks import EXACT, PIECES, MadeNetwork
from tests.rnnvis_assets.matrix_memory.memories import KINDS, expected_readings, scalar_decay
from warehouse.parquet_tables import read_table, write_table
from warehouse.schema import MEMORY_HEAD

WORDS = np.array([3, 1, 6, 0, 2, 5, 4, 3, 1, 1, 6, 2, 0], np.int32)
OFFSETS = np.array([0, 6, 13])


def _expected(network: MadeNetwork, layer: int) -> dict[str, np.ndarray]:
    shape = network.shapes[layer]
    found, energies, firsts = [], [], []
    for start, stop in ((0, 6), (6, 13)):
        pieces = [piece for word in WORDS[start:stop] for piece in PIECES[word]]
        factors: MemoryFactors = network.factors[layer].map(
            lambda each, p=pieces: each[0][torch.tensor([p])].double()
        )
        found.append(expected_readings(shape, factors, network.mean_query(layer, WORDS.tolist())))
        key = shape.per_head(factors.key[0]).numpy()
        value = factors.value[0, :, :, : shape.channels].numpy()
        energy = (key**2).sum(-1) * (value**2).sum(-1)
        if factors.floor is not None:
            energy = energy / factors.floor[0].numpy() ** 2
        energies.append(energy)
        firsts.append(energy[0])
    joined = {
        n: np.concatenate([getattr(f, n)[0] for f in found]) for n in ("hidden", "cell", "keep")
    }
    variance = joined["hidden"].var(axis=0)
    correlation = np.array([
        [np.corrcoef(joined["hidden"][:, h, c], joined["cell"][:, h, c])[0, 1]
         for c in range(shape.channels)] for h in range(shape.heads)
    ])  # fmt: skip
    energy = np.concatenate(energies)
    keep = joined["keep"].mean(axis=0)  # of made-up scales it may be anything
    return {
        "coverage": (correlation**2 * variance).sum(1) / variance.sum(1),
        "half_life": np.where(keep < 1, np.log(0.5) / np.log(keep), np.nan),
        "mean_norm": np.mean([np.linalg.norm(f.states[0, -1], axis=(1, 2)) for f in found], axis=0),
        "first_token_share": np.sum(firsts, axis=0) / energy.sum(0),
        "sink": np.mean(firsts, axis=0) > 10 * energy.mean(0),
    }  # fmt: skip


def test_figures_of_every_kind_and_their_table(tmp_path: Path) -> None:
    network = MadeNetwork(list(KINDS))
    report = record_memory(
        network, WORDS, OFFSETS, tmp_path / "m" / "test", source={}, wanted=EXACT
    )
    for layer in range(len(KINDS)):
        figures = report.heads[layer][1]
        for name, wanted in _expected(network, layer).items():
            found = getattr(figures, name)
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6, err_msg=name)
        assert np.all(figures.effective_rank >= 1 - 1e-9)
    path = tmp_path / "memory_head.parquet"
    write_table(path, MEMORY_HEAD, head_columns(report.heads))
    rows = read_table(path).to_pylist()
    assert len(rows) == sum(shape.heads for shape in network.shapes)
    assert [row["first_unit"] for row in rows if row["layer"] == 0] == [0, 3, 6, 9]
    assert rows[0]["coverage"] == pytest.approx(report.heads[0][1].coverage[0], rel=1e-5)


def _steps(shape: MemoryShape, factors: MemoryFactors, begins: list[int]) -> HeadFigures:
    sums, first = HeadSums(shape), np.isin(np.arange(factors.steps), begins)
    sums.add_factors(factors, first)
    units = torch.zeros(factors.steps, shape.units)
    sums.add_readings(units, units, torch.ones(factors.steps, shape.heads))
    sums.add_state(torch.zeros(shape.heads, shape.key_size, shape.value_size))
    return sums.figures


def test_a_head_that_writes_only_the_first_token_is_a_sink() -> None:
    shape, factors = scalar_decay(np.random.default_rng(0), batch=1, steps=40)
    factors.value[:, :, 1] *= 0.01
    factors.value[:, 0, 1] = 5.0
    figures = _steps(shape, factors, [0])
    assert figures.sink.tolist() == [False, True, False, False]
    assert figures.first_token_share[1] > 0.9


def test_figures_that_do_not_exist_are_null() -> None:
    shape, factors = scalar_decay(np.random.default_rng(0), batch=1)
    columns = head_columns({2: (shape, _steps(shape, factors.map(torch.zeros_like), [0]))})
    assert columns["layer"] == [2] * 4
    for name in ("coverage", "half_life", "effective_rank"):
        assert columns[name] == [None] * 4
    assert columns["sink"] == [False] * 4
    assert columns["first_token_share"] == [0.0] * 4
