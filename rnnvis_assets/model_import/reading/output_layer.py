"""The output layer of an imported network: the linear layer over the last h that gives what the
network itself returns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.reading.weight_probe import WeightCalls
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.recording_schema import LayerShape

_same = partial(torch.allclose, rtol=1e-3, atol=2e-7)
"""Between probabilities: float32 holds those near 1 no closer."""


@dataclass(frozen=True)
class LinearUse:
    """A linear layer: ``weight`` float[outputs, inputs], ``bias`` float[outputs] or None, and
    whether forward calls it."""

    weight: Tensor
    bias: Tensor | None
    called: bool


def linear_layers(network: object, calls: WeightCalls) -> dict[str, LinearUse]:
    """All linear layers by path. A weight that no ``nn.Linear`` has, but ``functional.linear``
    uses, has the path of its parameter."""
    if not isinstance(network, nn.Module):
        return {}
    modules = {p: m for p, m in network.named_modules() if isinstance(m, nn.Linear)}
    uses = {path: LinearUse(m.weight, m.bias, called=False) for path, m in modules.items()}
    own = {use.weight.data_ptr() for use in uses.values()}
    parameters = {
        name.removesuffix(".weight"): parameter
        for name, parameter in network.named_parameters()
        if parameter.data_ptr() not in own
    }
    for path, module in network.named_modules():
        if isinstance(module, nn.Embedding):  # whose weight may be the output's too
            uses[path] = LinearUse(module.weight, None, called=False)
    weights = parameters | {path: use.weight for path, use in uses.items()}
    for path, weight in weights.items():
        if found := calls.using(weight):
            uses[path] = LinearUse(found[0][1], found[0][2], called=True)
    return uses


@dataclass(frozen=True)
class LastHidden:
    """h of the last layer, or of the two directions of the last level: float[batch, steps, units]
    each, by shape."""

    shapes: Sequence[LayerShape]
    arrays: Sequence[Tensor]

    @classmethod
    def of(cls, shapes: Sequence[LayerShape], read: Sequence[LayerArrays]) -> "LastHidden":
        """Of all layers that were read."""
        count = 2 if shapes[-1].direction == "backward" else 1
        return cls(shapes[-count:], [arrays["hidden"] for arrays in read[-count:]])

    @property
    def units(self) -> int:
        """Of both directions together."""
        return sum(shape.units for shape in self.shapes)

    def after_all(self) -> Tensor:
        """float[batch, units]: h when each direction has read everything."""
        ends = [0 if shape.direction == "backward" else -1 for shape in self.shapes]
        return torch.cat([h[:, end] for h, end in zip(self.arrays, ends, strict=True)], dim=1)

    def entering(self, per_word: bool) -> Tensor:
        """What an output layer reads after every word, or after the whole text."""
        return torch.cat(list(self.arrays), dim=2) if per_word else self.after_all()


def unchecked_layer(use: LinearUse, outputs: int) -> OutputLayer:
    """A linear layer as it is; a single output is the logit of the second of two classes."""
    weight = use.weight.detach().float().clone()
    bias = weight.new_zeros(len(weight)) if use.bias is None else use.bias.detach().float()
    if len(weight) < outputs:  # the first class has the logit 0
        weight = torch.cat([torch.zeros_like(weight), weight])
        bias = torch.cat([torch.zeros_like(bias), bias])
    return OutputLayer(weight, bias.clone())


def fits(use: LinearUse, units: int, outputs: int) -> bool:
    """Whether it leads from so many units to so many outputs."""
    return tuple(use.weight.shape) in {(outputs, units), (1 if outputs == 2 else outputs, units)}


def matching_layer(
    uses: Mapping[str, LinearUse], last: LastHidden, logits: Tensor, outputs: int
) -> OutputLayer | None:
    """The first linear layer over ``last`` that gives the ``logits`` float[batch, steps, outputs]
    or, of whole texts, [batch, outputs], up to a factor and a constant; None where none does."""
    per_word = logits.dim() == 3
    if per_word and len(last.shapes) > 1:
        return None  # the backward direction has read all later words
    entering = last.entering(per_word)
    for use in uses.values():
        if not fits(use, last.units, outputs):
            continue
        for layer in _orders(unchecked_layer(use, outputs), last):
            scaled = _scaled(layer, layer.decode(entering), logits)
            if _same(scaled.decode(entering).softmax(-1), logits.softmax(-1)):
                return scaled
    return None


def _orders(layer: OutputLayer, last: LastHidden) -> Iterator[OutputLayer]:
    """Over both directions, also one that reads the backward direction first."""
    yield layer
    if len(last.shapes) > 1:
        units = [last.shapes[1].units, last.shapes[0].units]
        first, second = torch.split(layer.weight, units, dim=1)
        yield OutputLayer(torch.cat([second, first], dim=1), layer.bias)


def _scaled(layer: OutputLayer, found: Tensor, wanted: Tensor) -> OutputLayer:
    """The layer times the factor (of a temperature, say) that brings its logits closest to the
    wanted ones; 1 where that is no more than rounding."""
    one, other = (logits - logits.mean(-1, keepdim=True) for logits in (found, wanted))
    factor = (one * other).sum() / (one * one).sum().clamp(min=1e-30)
    if abs(float(factor) - 1) < 1e-4:
        return layer
    return OutputLayer(layer.weight * factor, layer.bias * factor)
