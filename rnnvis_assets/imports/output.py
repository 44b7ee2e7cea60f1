"""The output layer of a network from elsewhere: found, and held against what really enters it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.imported_models import Output
from rnnvis_assets.imports.readers import TOLERANCE, HookedReader, Reader
from rnnvis_assets.models.network import OutputLayer
from warehouse.errors import ImportedModelError, near_miss
from warehouse.recording_schema import LayerShape

_PROBE_STEPS = 5


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
    linear = {p: m for p, m in network.named_modules() if isinstance(m, nn.Linear)}
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
        if layer.in_features == units
        and layer.out_features in wanted
        and settings.layer in (None, path)
    }
    reasons = {p: _check_entered(m, p, reader, top, num_words) for p, m in fitting.items()}
    entered = [path for path, reason in reasons.items() if not reason]
    if len(entered) == 1:
        return FoundOutput(_as_output(fitting[entered[0]], outputs))
    if len(fitting) == 1:
        return FoundOutput(None, reasons.popitem()[1])
    sizes = ", ".join(f"{p} {m.in_features}→{m.out_features}" for p, m in linear.items())
    names, found = " and ".join(shape.name for shape in top), ", ".join(entered or fitting)
    return FoundOutput(
        None,
        f"expected one linear layer from the {units} units of {names} to {outputs} outputs, found "
        f"{found or 'none'} (of {sizes or 'none'})",
    )


def _top_level(reader: Reader) -> Sequence[LayerShape]:
    """The last layer, or the two directions of the last level."""
    *_, before, last = (None, *reader.shapes)
    if before is None or (before.direction, last.direction) != ("forward", "backward"):
        return (last,)
    return (before, last)


def _check_entered(
    layer: nn.Linear, path: str, reader: Reader, top: Sequence[LayerShape], num_words: int
) -> str:
    """Why the layer is not one over the h of ``top``, or "". One that forward does not call is
    taken at its word."""
    if not isinstance(reader, HookedReader):
        return ""
    entered: list[Tensor] = []
    words = (torch.arange(_PROBE_STEPS) % num_words).unsqueeze(0)
    handle = layer.register_forward_pre_hook(lambda _, args: entered.append(args[0]))
    try:
        arrays = reader.read(words).arrays[-len(top) :]
    finally:
        handle.remove()
    if not entered:
        return f"forward does not call {path}" if len(top) > 1 else ""
    rows = torch.cat([value.reshape(-1, value.shape[-1]) for value in entered])
    if rows.shape[0] not in (1, _PROBE_STEPS):
        return f"{len(rows)} rows enter {path} for {_PROBE_STEPS} tokens"
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


def _as_output(layer: nn.Linear, outputs: int) -> OutputLayer:
    weight = layer.weight.detach().float().clone()
    bias = weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach().float()
    if len(weight) < outputs:  # one logit for the second of two classes: that of the first is 0
        nothing = torch.zeros_like
        return OutputLayer(torch.cat([nothing(weight), weight]), torch.cat([nothing(bias), bias]))
    return OutputLayer(weight, bias.clone())
