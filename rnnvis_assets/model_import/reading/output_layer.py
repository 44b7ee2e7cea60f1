"""The output layer of a network from elsewhere: found, and held against what really enters it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import Output
from rnnvis_assets.model_import.reading.linear_layers import LinearLayer, watch_linear
from rnnvis_assets.model_import.reading.network_readers import HookedReader, Read, Reader
from rnnvis_assets.model_import.reading.tolerance import TOLERANCE
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError, near_miss
from warehouse.recording_schema import LayerShape


@dataclass(frozen=True)
class FoundOutput:
    """The output layer, or None and why nothing can be told of predictions."""

    layer: OutputLayer | None
    reason: str = ""


def find_output(
    network: object, reader: Reader, settings: Output, outputs: int, num_words: int
) -> FoundOutput:
    """The linear layer over the last layer's h with so many ``outputs`` (of two classes, one will
    do).

    Where the settings name the layer or its meaning, raises ImportedModelError in place of giving
    a reason.
    """
    found = _find(network, reader, settings, outputs, num_words)
    if found.layer is None and (settings.layer or settings.meaning):
        raise ImportedModelError(
            f"output: {found.reason}",
            repair="name another layer, or say output.meaning: none",
        )
    return found


def _find(
    network: object, reader: Reader, settings: Output, outputs: int, num_words: int
) -> FoundOutput:
    if not isinstance(network, nn.Module):
        return FoundOutput(None, "it has no linear layer")
    linear, read = watch_linear(network, reader, num_words)
    if settings.layer is not None and settings.layer not in linear:
        near = near_miss(settings.layer, linear)
        reason = f"found no nn.Linear at {settings.layer!r}, only {', '.join(linear) or 'none'}"
        return FoundOutput(None, f"{reason}{near}")
    wanted = {outputs, 1} if outputs == 2 else {outputs}
    top = _top_level(reader)
    units = sum(shape.units for shape in top)
    fitting = {
        path: layer
        for path, layer in linear.items()
        if layer.weight.shape[1] == units
        and layer.weight.shape[0] in wanted
        and settings.layer in (None, path)
    }
    told = isinstance(reader, HookedReader)
    reasons = {
        path: _check_entered(path, layer.rows, top, read) if told else ""
        for path, layer in fitting.items()
    }
    entered = [path for path, reason in reasons.items() if not reason]
    if len(entered) == 1:
        return FoundOutput(_as_output(fitting[entered[0]], outputs))
    if len(fitting) == 1:
        return FoundOutput(None, reasons.popitem()[1])
    return FoundOutput(None, _not_one(linear, entered or list(fitting), top, outputs))


def _not_one(
    linear: Mapping[str, LinearLayer], found: Sequence[str], top: Sequence[LayerShape], outputs: int
) -> str:
    sizes = ", ".join(f"{p} {x.weight.shape[1]}→{x.weight.shape[0]}" for p, x in linear.items())
    units, names = sum(shape.units for shape in top), " and ".join(shape.name for shape in top)
    return (
        f"expected one linear layer from the {units} units of {names} to {outputs} outputs, found "
        f"{', '.join(found) or 'none'} (of {sizes or 'none'})"
    )


def _top_level(reader: Reader) -> Sequence[LayerShape]:
    """The last layer, or the two directions of the last level."""
    *_, before, last = (None, *reader.shapes)
    if before is None or (before.direction, last.direction) != ("forward", "backward"):
        return (last,)
    return (before, last)


def _check_entered(path: str, rows: Tensor | None, top: Sequence[LayerShape], read: Read) -> str:
    """Why a layer that ``rows`` entered is not one over the h of ``top``, or "". One that forward
    does not call is taken at its word."""
    if rows is None:
        return f"forward does not call {path}" if len(top) > 1 else ""
    arrays = read.arrays[-len(top) :]
    steps = arrays[0]["hidden"].shape[1]
    if rows.shape[0] not in (1, steps):
        return f"{len(rows)} rows enter {path} for {steps} tokens"
    if len(top) > 1 and len(rows) > 1:
        return f"{path} is read after every token, of which a layer that reads backward knows all"
    hidden = [
        each["hidden"][0][:1] if shape.direction == "backward" else each["hidden"][0][-len(rows) :]
        for shape, each in zip(top, arrays, strict=True)
    ]
    difference = float((rows - torch.cat(hidden, dim=1)).abs().max())
    if difference <= TOLERANCE:
        return ""
    return (
        f"what enters {path} differs from the h of {' and '.join(shape.name for shape in top)} by "
        f"up to {difference:.3g}: it is no linear layer over the last h alone"
    )


def _as_output(layer: LinearLayer, outputs: int) -> OutputLayer:
    weight = layer.weight.detach().float().clone()
    bias = weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach().float()
    if len(weight) < outputs:  # one logit for the second of two classes: that of the first is 0
        nothing = torch.zeros_like
        return OutputLayer(torch.cat([nothing(weight), weight]), torch.cat([nothing(bias), bias]))
    return OutputLayer(weight, bias.clone())
