"""A network as its factory makes it, with the weights of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.model_import.loading.user_code import UserCode, user_code_errors
from warehouse.errors import ImportedModelError


@dataclass(frozen=True)
class UserNetwork:
    """What the factory returned, and the user's own function that runs it on int64[batch, steps]
    tokens, if the configuration names one."""

    module: Any
    call: Callable[[Any, Tensor], Any] | None = None


def load_network(config: PytorchModel, weights: Path | None) -> UserNetwork:
    """Runs the factory and loads the weights: float32, on the CPU, in evaluation mode.

    Raises ImportedModelError where the user's code fails or the weights do not fit.
    """
    code = UserCode(config.path)
    factory = code.function(config.factory)
    call = None if config.input.call is None else code.function(config.input.call)
    with user_code_errors(f"the factory {config.factory}"):
        made = factory(**config.arguments)
    if isinstance(made, nn.Module):
        with user_code_errors(f"moving what {config.factory} returned to the CPU, as float32,"):
            made = made.to("cpu", torch.float32).eval()
        if weights is not None:
            fit_weights(made, read_weights(weights, made.state_dict()))
    elif weights is not None:
        raise ImportedModelError(
            f"the factory returned a {type(made).__name__}, which cannot take weights",
            repair="return a torch.nn.Module, or let the factory load them and leave weights out",
        )
    return UserNetwork(made, call)
