"""The output layer of an imported network: the linear layer that the last hidden state enters."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import Output
from rnnvis_assets.model_import.reading.network_readers import (
    TOLERANCE,
    HookedReader,
    NetworkReader,
)
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.reading.weight_probe import WeightCalls, WeightProbe
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError, near_miss
from warehouse.recording_schema import LayerShape


@dataclass(frozen=True)
class OutputSearch:
    """The output layer, or None and the reason why predictions are unknown."""

    layer: OutputLayer | None
    reason: str = ""


@dataclass(frozen=True)
class LinearUse:
    """A linear layer: ``weight`` float[outputs, inputs], ``bias`` float[outputs] or None, and the
    ``rows`` float[rows, inputs] that entered it (None: forward does not call it)."""

    weight: Tensor
    bias: Tensor | None
    rows: Tensor | None = None

    @property
    def sizes(self) -> tuple[int, int]:
        """Inputs and outputs."""
        return self.weight.shape[1], self.weight.shape[0]


def find_output(
    network: object, reader: NetworkReader, probe: WeightProbe, settings: Output, outputs: int
) -> OutputSearch:
    """The linear layer over the last layer's h with so many ``outputs`` (or a single one where
    there are two classes).

    Raises ImportedModelError where there is none, though the settings name the layer or its
    meaning.
    """
    found = OutputSearch(None, "it has no linear layer")
    if isinstance(network, nn.Module):
        linear = _linear_uses(network, probe.linear)
        found = _search(linear, reader, probe.read, settings.layer, outputs)
    if found.layer is None and (settings.layer or settings.meaning):
        raise ImportedModelError(
            f"output: {found.reason}",
            repair="name another layer, or --setting output.meaning=none",
        )
    return found


def _search(
    linear: dict[str, LinearUse],
    reader: NetworkReader,
    read: Sequence[LayerArrays],
    named: str | None,
    outputs: int,
) -> OutputSearch:
    if named is not None and named not in linear:
        choices = f"{', '.join(linear) or 'none'}{near_miss(named, linear)}"
        return OutputSearch(None, f"found no linear layer at {named!r}, only {choices}")
    top = _last_level(reader.shapes)
    units = sum(shape.units for shape in top)
    accepted = {(units, outputs), (units, 1 if outputs == 2 else outputs)}
    fitting = {p: u for p, u in linear.items() if u.sizes in accepted and named in (None, p)}
    faults = dict.fromkeys(fitting, "")
    if isinstance(reader, HookedReader):  # the forward of a StateReader is never called
        faults = {path: _fault(path, use.rows, top, read) for path, use in fitting.items()}
    right = [path for path, fault in faults.items() if not fault]
    if len(right) == 1:
        return OutputSearch(_as_output_layer(fitting[right[0]], outputs))
    if len(fitting) == 1:
        return OutputSearch(None, faults.popitem()[1])
    sizes = ", ".join(f"{path} {use.sizes[0]}→{use.sizes[1]}" for path, use in linear.items())
    return OutputSearch(
        None,
        f"expected one linear layer from the {units} units of {_names(top)} to {outputs} outputs, "
        f"found {', '.join(right or fitting) or 'none'} (of {sizes or 'none'})",
    )


def _linear_uses(network: nn.Module, linear: WeightCalls) -> dict[str, LinearUse]:
    """All linear layers by path. A weight that no ``nn.Linear`` has, but ``functional.linear``
    uses, has the path of its parameter."""
    modules = {p: m for p, m in network.named_modules() if isinstance(m, nn.Linear)}
    uses = {path: LinearUse(module.weight, module.bias) for path, module in modules.items()}
    own = {use.weight.data_ptr() for use in uses.values()}
    parameters = {
        name.removesuffix(".weight"): parameter
        for name, parameter in network.named_parameters()
        if parameter.data_ptr() not in own
    }
    weights = parameters | {path: use.weight for path, use in uses.items()}
    for path, weight in weights.items():
        if calls := linear.using(weight):
            rows = torch.cat([entered.reshape(-1, entered.shape[-1]) for entered, *_ in calls])
            uses[path] = LinearUse(calls[0][1], calls[0][2], rows)
    return uses


def _names(layers: Sequence[LayerShape]) -> str:
    return " and ".join(shape.name for shape in layers)


def _last_level(shapes: Sequence[LayerShape]) -> Sequence[LayerShape]:
    """The last layer, or the two directions of the last level."""
    return shapes[-2:] if shapes[-1].direction == "backward" else shapes[-1:]


def _fault(
    path: str, rows: Tensor | None, top: Sequence[LayerShape], read: Sequence[LayerArrays]
) -> str:
    """Why a layer that ``rows`` entered is not one over the h of ``top``, or "". A layer over one
    direction that forward does not call is accepted."""
    if rows is None:
        return f"forward does not call {path}" if len(top) > 1 else ""
    arrays = read[-len(top) :]
    steps = arrays[0]["hidden"].shape[1]
    if len(rows) not in (1, steps):
        return f"{len(rows)} rows enter {path} for {steps} tokens"
    if len(top) > 1 and len(rows) > 1:
        return f"{path} is read after every token, and a backward layer has read all later ones"
    hidden = [
        layer["hidden"][0][:1]
        if shape.direction == "backward"
        else layer["hidden"][0][-len(rows) :]
        for shape, layer in zip(top, arrays, strict=True)
    ]
    difference = float((rows - torch.cat(hidden, dim=1)).abs().max())
    if difference <= TOLERANCE:
        return ""
    return (
        f"what enters {path} differs from the h of {_names(top)} by up to {difference:.3g}: "
        "it is not a linear layer over the last h only"
    )


def _as_output_layer(found: LinearUse, outputs: int) -> OutputLayer:
    weight = found.weight.detach().float().clone()
    bias = weight.new_zeros(len(weight)) if found.bias is None else found.bias.detach().float()
    if len(weight) < outputs:  # one logit, of the second class: the first has the logit 0
        weight = torch.cat([torch.zeros_like(weight), weight])
        bias = torch.cat([torch.zeros_like(bias), bias])
    return OutputLayer(weight, bias.clone())
