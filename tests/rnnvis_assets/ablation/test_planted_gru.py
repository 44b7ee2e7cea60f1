"""What a network was built to need is found, and what it does not need costs nothing."""

import numpy as np
import pytest
import torch

from rnnvis_assets.ablation.clamped_layers import Passage, layer_inputs
from rnnvis_assets.ablation.clamped_scores import (
    Predictions,
    clamped_scores,
    free_scores,
    word_losses,
)
from rnnvis_assets.ablation.clamps import clamp_at_means
from rnnvis_assets.network.cells import stepped
from tests.rnnvis_assets.ablation.planted_gru import (
    AFTER_FALL,
    AFTER_RISE,
    LATER,
    MEMORY,
    NOW,
    SENTENCE,
    UNREAD,
    make_planted_gru,
)
from warehouse.chips import Chips

MEANS = np.zeros(3, np.float32)


@pytest.fixture(scope="module")
def costs() -> dict[tuple[int, int], dict[int, float]]:
    """What silencing a direction costs, in nats, by its unit and direction and the word that was to
    be predicted."""
    network = stepped(make_planted_gru())
    words = torch.tensor(SENTENCE * 3)
    starts = torch.zeros(len(words), 1, dtype=torch.bool)
    starts[0] = True
    passage = Passage(words[:, None], starts)
    step = np.arange(len(words) - 1)
    predictions = Predictions(step, step * 0, words[1:].numpy(), words[:-1].numpy(), step * 0)
    units, sides = np.repeat(np.arange(3), 2), np.tile([1, -1], 3)
    chips = Chips(1, units, sides, np.zeros(6, np.int32))
    clamps = clamp_at_means(0, "hidden", chips, np.eye(6, dtype=bool), MEANS)
    score = word_losses(network.output)
    found = clamped_scores(
        network, passage, layer_inputs(network, passage, 0), clamps, predictions, score
    ) - free_scores(network, passage, predictions, score)
    keys = zip(units.tolist(), sides.tolist(), strict=True)
    return {
        key: {int(word): float(row[predictions.target == word].mean()) for word in SENTENCE}
        for key, row in zip(keys, found, strict=True)
    }


def test_a_direction_is_needed_for_what_follows_its_word_only(costs) -> None:
    rising, falling = costs[NOW, 1], costs[NOW, -1]
    assert rising[AFTER_RISE] > 1 > 0.01 > abs(rising[AFTER_FALL])
    assert falling[AFTER_FALL] > 1 > 0.01 > abs(falling[AFTER_RISE])


def test_a_silenced_memory_is_missed_where_it_is_read(costs) -> None:
    assert costs[MEMORY, 1][LATER] > 1
    # Clamped at the end only, or not carried on, it would be missed right after REMEMBER or never.
    assert max(abs(costs[MEMORY, 1][word]) for word in (AFTER_RISE, AFTER_FALL)) < 0.01


def test_an_idle_direction_costs_nothing(costs) -> None:
    idle = [costs[UNREAD, 1], costs[UNREAD, -1], costs[MEMORY, -1]]
    assert max(abs(cost) for row in idle for cost in row.values()) < 1e-6
