"""Taking steps: optimisers, learning rates over time, gradient norms and clipping."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from rnnvis_assets.configuration.model_config import Schedule, Training
from rnnvis_assets.network.recurrent_network import RecurrentNetwork

GROUPS = ("embedding", "rnn", "decoder")
NORMS = ("gradient_norm", *(f"gradient_norm_{group}" for group in GROUPS))
_OPTIMIZERS: Mapping[str, Callable[..., Optimizer]] = MappingProxyType(
    {"sgd": SGD, "adam": Adam, "adamw": AdamW}
)
_FIRST_DIVISOR, _LAST_DIVISOR = 25.0, 1e4


def learning_rate_share(schedule: Schedule, step: int, total_steps: int) -> float:
    """The share of the peak learning rate to use in ``step`` (from 0) of ``total_steps``.

    ``cosine`` falls from 1 towards 0; ``one_cycle`` (Smith and Topin 2018) rises from 1/25 to 1
    over ``warmup_share`` of the steps, then falls to 1/10,000, both along half a cosine. 1 for the
    other kinds: ``plateau`` depends on validation, see ``Optimisation.end_epoch``.
    """
    share = step / total_steps
    if schedule.kind == "cosine":
        return _half_cosine(1.0, 0.0, share)
    if schedule.kind == "one_cycle":
        warmup = schedule.warmup_share
        if share < warmup:
            return _half_cosine(1 / _FIRST_DIVISOR, 1.0, share / warmup)
        return _half_cosine(1.0, 1 / _LAST_DIVISOR, (share - warmup) / (1 - warmup))
    return 1.0


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


class Optimisation:
    """The optimiser of one training run with its learning rates, clipping and saved state."""

    def __init__(self, network: RecurrentNetwork, training: Training, total_steps: int) -> None:
        self._training = training
        self._total_steps = total_steps
        self._groups = {
            group: [p for name, p in network.named_parameters() if name.startswith(f"{group}.")]
            for group in GROUPS
        }
        self._parameters = [p for group in self._groups.values() for p in group]
        self._optimizer = _OPTIMIZERS[training.optimizer](
            self._parameters,
            lr=training.learning_rate,
            weight_decay=training.weight_decay,
            fused=True,
        )
        schedule = training.schedule
        self._plateau = ReduceLROnPlateau(
            self._optimizer, factor=schedule.factor, patience=schedule.patience
        )

    @property
    def learning_rate(self) -> float:
        return float(self._optimizer.param_groups[0]["lr"])

    def clear_gradients(self) -> None:
        self._optimizer.zero_grad(set_to_none=True)

    def gradient_norms(self) -> dict[str, float]:
        """2-norm of all gradients and of those of each group of parameters, by name (``NORMS``)."""
        norms = [
            float(get_total_norm([p.grad for p in parameters if p.grad is not None]))
            for parameters in self._groups.values()
        ]
        return dict(zip(NORMS, [math.hypot(*norms), *norms], strict=True))

    def step(self, number: int, gradient_norm: float) -> None:
        """Clips gradients of 2-norm ``gradient_norm`` and takes step ``number`` (from 0)."""
        if gradient_norm > self._training.gradient_clipping:
            norm = torch.tensor(gradient_norm)
            clip_grads_with_norm_(self._parameters, self._training.gradient_clipping, norm)
        if self._training.schedule.kind != "plateau":
            share = learning_rate_share(self._training.schedule, number, self._total_steps)
            self._optimizer.param_groups[0]["lr"] = self._training.learning_rate * share
        self._optimizer.step()

    def end_epoch(self, validation_loss: float) -> None:
        """Lets a plateau schedule lower the learning rate."""
        if self._training.schedule.kind == "plateau":
            self._plateau.step(validation_loss)

    def tensors(self) -> dict[str, Tensor]:
        """The optimiser's own numbers, as ``<parameter index>.<name>``."""
        state = self._optimizer.state_dict()["state"]
        return {
            f"{index}.{name}": value
            for index, values in state.items()
            for name, value in values.items()
            if value is not None
        }

    def settings(self) -> dict[str, Any]:
        """What else a resumed run needs, as JSON can hold it."""
        return {"learning_rate": self.learning_rate, "plateau": self._plateau.state_dict()}

    def restore(self, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
        """Takes back what ``tensors`` and ``settings`` gave."""
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        groups = self._optimizer.state_dict()["param_groups"]
        groups[0]["lr"] = settings["learning_rate"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})
        self._plateau.load_state_dict(dict(settings["plateau"]))
