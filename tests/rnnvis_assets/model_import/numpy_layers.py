"""What PyTorch's recurrent layers must do, in float64 NumPy."""

import numpy as np
import torch
from torch import nn

from tests import numpy_cells
from tests.numpy_cells import WEIGHTS, Arrays, Floats


def _cell(module: nn.Module) -> str:
    if isinstance(module, nn.RNN | nn.RNNCell):
        return {"tanh": "rnn", "relu": "rnn_relu"}[module.nonlinearity]
    return "lstm" if isinstance(module, nn.LSTM | nn.LSTMCell) else "gru"


def read_layer(module: nn.Module, suffix: str, inputs: Floats) -> Arrays:
    """One direction of one layer over float64[steps, inputs], from a zero state, read in the
    order of its direction; the arrays stand in the order of the words."""
    found = {name: getattr(module, f"{name}{suffix}", None) for name in WEIGHTS}
    weights = {name: value.detach().numpy() for name, value in found.items() if value is not None}
    order = slice(None, None, -1 if suffix.endswith("_reverse") else 1)
    read = numpy_cells.read_layer(_cell(module), weights, inputs[order])
    return {name: values[order] for name, values in read.items()}


def read_module(module: nn.RNNBase, inputs: torch.Tensor | Floats) -> list[Arrays]:
    """Every layer of a module, each direction by itself, for one sequence of inputs."""
    inputs, layers = np.asarray(inputs, np.float64), []
    for number in range(module.num_layers):
        level = [
            read_layer(module, f"_l{number}{direction}", inputs)
            for direction in (("", "_reverse") if module.bidirectional else ("",))
        ]
        layers += level
        inputs = np.concatenate([arrays["hidden"] for arrays in level], axis=1)
    return layers
