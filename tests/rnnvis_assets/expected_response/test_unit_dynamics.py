import numpy as np
import pytest

from rnnvis_assets.expected_response.unit_dynamics import (
    LARGEST,
    Dynamics,
    half_lives,
    state_that_is_read,
    unit_dynamics,
)
from rnnvis_assets.expected_response.unit_summary import column_statistics

UNITS = 6
STARTS = (0, 40, 90)
STEPS = 150


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    """Three sequences: a slow unit, a fast one far from 0, one that alternates, one of noise, a
    constant one, and one of zeros."""
    generator = np.random.default_rng(0)
    slow = np.zeros(STEPS)
    for step in range(1, STEPS):
        slow[step] = 0.9 * slow[step - 1] + generator.normal(0, 0.3)
    fast = 5 + generator.normal(0, 0.1, STEPS)
    alternating = 0.5 * (-1.0) ** np.arange(STEPS) + generator.normal(0, 0.01, STEPS)
    noise = generator.standard_normal(STEPS)
    columns = (slow, fast, alternating, noise, np.full(STEPS, 0.7), np.zeros(STEPS))
    return np.stack(columns, axis=1).astype(np.float32)


def changes_of(states: np.ndarray) -> np.ndarray:
    before = np.vstack((np.zeros_like(states[:1]), states[:-1]))
    before[[start for start in STARTS if start < len(states)]] = 0
    return states - before


def measure(states: np.ndarray, state: str, tmp_path, cuts: tuple[int, ...] = ()) -> Dynamics:
    statistics = column_statistics([states], len(states), states.shape[1], scratch=tmp_path)
    pieces = zip(np.split(states, cuts), np.split(changes_of(states), cuts), strict=True)
    return unit_dynamics(pieces, statistics, LARGEST[state])


def expect(values: np.ndarray) -> dict[str, float]:
    """Of one unit, by a loop over the steps that have one before them in their sequence."""
    exact = values.astype(np.float64)
    pairs = [(exact[t - 1], exact[t]) for t in range(1, STEPS) if t not in STARTS]
    mean = exact.mean()
    correlation = np.corrcoef(np.array(pairs).T)[0, 1]

    def preserved(shift: float) -> float:
        kept = whole = 0.0
        for before, after in pairs:
            old, new = before - shift, after - shift
            kept += abs(old) * min(max(new / old, 0), 1) if old else 0
            whole += abs(new)
        return kept / whole

    return {
        "half_life": -np.log(2) / np.log(correlation) if correlation > 0 else 0,
        "drift": abs(mean) / exact.std(),
        "preserved": preserved(0),
        "preserved_centred": preserved(mean),
    }


@pytest.mark.parametrize("cuts", [(), (1, 40, 77)])
def test_dynamics_are_those_of_plain_loops(
    states: np.ndarray, cuts: tuple[int, ...], tmp_path
) -> None:
    found = measure(states, "cell", tmp_path, cuts)
    for unit in range(4):
        for name, expected in expect(states[:, unit]).items():
            # The loop's correlation is about the mean of the pairs, ours about that of all steps.
            value = getattr(found, name)[unit]
            assert value == pytest.approx(expected, rel=0.1, abs=0.05), (name, unit)
    np.testing.assert_allclose(
        found.saturated, (np.abs(np.tanh(states.astype(np.float64))) > 0.99).mean(axis=0), atol=1e-6
    )


def test_a_drifted_state_preserves_nothing_of_its_deviations(states: np.ndarray, tmp_path) -> None:
    found = measure(states, "cell", tmp_path)
    assert found.drift[1] > 30
    assert found.preserved[1] > 0.95
    assert found.preserved_centred[1] < 0.6
    assert found.half_life[2] == 0
    assert found.half_life[0] > 3


def test_what_is_not_defined_is_nan(states: np.ndarray, tmp_path) -> None:
    found = measure(states, "cell", tmp_path)
    for name in ("half_life", "drift", "preserved_centred"):
        assert np.isnan(getattr(found, name)[4:]).all(), name
    assert found.preserved[4] == 1
    assert np.isnan(found.preserved[5])
    assert all(np.isfinite(mean) for mean in found.means.values())


def test_saturation_of_h_is_where_it_is_near_1_and_none_where_h_has_no_bound(tmp_path) -> None:
    states = np.float32([[0.995, 0.5], [-0.992, 0.6], [0.98, -0.999], [1, 0]])
    found = measure(states, "hidden", tmp_path)
    assert found.saturated.tolist() == [0.75, 0.25]
    assert not found.is_saturated
    assert measure(states[:2], "hidden", tmp_path).is_saturated is False
    assert measure(np.float32([[0.995], [-1]]), "hidden", tmp_path).is_saturated
    relu = measure(2 * np.abs(states), "hidden", tmp_path)
    assert np.isnan(relu.saturated).all()
    assert relu.means["saturated"] is None
    assert not relu.is_saturated


def test_a_memory_that_nothing_squashes_is_never_saturated(states: np.ndarray, tmp_path) -> None:
    statistics = column_statistics([states], STEPS, UNITS, scratch=tmp_path)
    found = unit_dynamics([(states, changes_of(states))], statistics, None)
    assert np.isnan(found.saturated).all()
    assert state_that_is_read({"hidden": None, "cell": found.means["saturated"]}) == "cell"
    assert state_that_is_read({"hidden": None, "cell": 0.1}) == "hidden"


def test_what_is_preserved_is_known_where_the_loss_is(tmp_path) -> None:
    """A state of 2 loses 1.5 and gains 1.5: a quarter of it is left, though nothing changed."""
    states, lost = np.float32([[2], [2], [1]]), np.float32([[0], [-1.5], [-2]])
    statistics = column_statistics([states], 3, 1, scratch=tmp_path)
    found = unit_dynamics([(states, changes_of(states), lost)], statistics, None)
    assert found.preserved.tolist() == [(0.5 + 0) / (2 + 2)]
    assert measure(states, "cell", tmp_path).preserved.tolist() == [1]


def test_half_lives_by_hand() -> None:
    found = half_lives(np.array([0.5, 0.25, np.sqrt(0.5), 0.0, -0.3, 1.0, np.nan]))
    np.testing.assert_allclose(found, [1, 0.5, 2, 0, 0, np.nan, np.nan], rtol=1e-6)
