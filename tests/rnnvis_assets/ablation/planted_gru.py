"""A GRU made by hand: one direction is needed at once, one later, and one unit for nothing."""

import torch

from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.checkpoint.small_runs import make_config

RISE, FALL, REMEMBER, FILL, AFTER_RISE, AFTER_FALL, LATER, IDLE = range(8)
"""The words. AFTER_RISE follows RISE and AFTER_FALL follows FALL; LATER follows REMEMBER after two
times FILL; IDLE moves a unit that nothing reads."""

SENTENCE = (RISE, AFTER_RISE, FALL, AFTER_FALL, REMEMBER, FILL, FILL, LATER, IDLE)
NOW, MEMORY, UNREAD = range(3)
"""The units."""


def make_planted_gru() -> RecurrentNetwork:
    """``NOW`` rises after RISE and falls after FALL; ``MEMORY`` rises after REMEMBER and stays
    until LATER; ``UNREAD`` rises after IDLE, and the output layer does not read it."""
    words = IDLE + 1
    config = make_config(cell="gru", num_layers=1, hidden_size=3, embedding_size=words)
    network = RecurrentNetwork(config, words, words).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.embedding.weight.copy_(torch.eye(words))
        ((weight_ih, _, bias_ih, _),) = network.rnn.all_weights
        # Rows of reset, keep and new, a row a unit each. Nothing is kept but MEMORY at FILL.
        keep, new = weight_ih[3:6], weight_ih[6:9]
        new[NOW, RISE], new[NOW, FALL], new[MEMORY, REMEMBER], new[UNREAD, IDLE] = 5, -5, 5, 5
        bias_ih[3:6] = -50
        keep[MEMORY, FILL] = 100
        output = network.output_weight
        output[AFTER_RISE, NOW], output[AFTER_FALL, NOW], output[LATER, MEMORY] = 8, -8, 8
    return network
