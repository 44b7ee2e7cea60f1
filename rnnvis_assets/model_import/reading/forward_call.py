"""How tokens become a network's input: the one place where its ``forward`` is called."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnvis_assets.configuration.external_model_config import Input
from rnnvis_assets.model_import.loading.user_code import UserNetwork, user_code_errors

RunNetwork = Callable[[Tensor], Any]
"""Runs the network on int64[batch, steps] tokens; what it raises is an ImportedModelError."""
INPUT_OPTIONS = (
    "say what forward takes: --setting input.layout=batch_first ([batch, steps]), time_first "
    "([steps, batch]) or single ([steps] of one sequence), input.encoding=ids or one_hot, "
    "input.state=METHOD for its first state, input.batch=SEQUENCES if it takes only so many, or "
    "input.call=FILE:FUNCTION(module, tokens)"
)


def forward_call(
    network: UserNetwork, settings: Input, *, batch_first: bool, num_words: int
) -> RunNetwork:
    """Runs the user's own function, or ``forward`` on the input that the settings describe.

    Where they leave the layout open, tokens are laid out as its recurrent module has it.
    """
    if network.call is not None:
        return _own_call(network.module, network.call, str(settings.call))
    layout = settings.layout or ("batch_first" if batch_first else "time_first")
    module: nn.Module = network.module

    def run(tokens: Tensor) -> Any:
        batch, steps = tokens.shape
        arranged = {"batch_first": tokens, "time_first": tokens.t(), "single": tokens.reshape(-1)}
        inputs = arranged[layout].contiguous()
        if settings.encoding == "one_hot":
            inputs = functional.one_hot(inputs, num_words).float()
        given = f"{settings.encoding} {list(inputs.shape)} ({layout})"
        further, described = _second_argument(module, settings, batch, steps)
        what = f"forward of {type(module).__name__}, given {given}{described},"
        repair = f"fix forward (it runs in float32, on the CPU), or {INPUT_OPTIONS}"
        with user_code_errors(what, repair=repair):
            return module(inputs, *further)

    return run


def _own_call(module: nn.Module, call: Callable[[Any, Tensor], Any], name: str) -> RunNetwork:
    def run(tokens: Tensor) -> Any:
        with user_code_errors(f"{name}, given tokens [batch, steps] = {list(tokens.shape)},"):
            return call(module, tokens)

    return run


def _second_argument(
    module: nn.Module, settings: Input, batch: int, steps: int
) -> tuple[tuple[Any, ...], str]:
    """What forward requires after the tokens: lengths, a first state, or nothing; and that in
    words."""
    if settings.state is not None:
        return (_first_state(getattr(module, settings.state), batch),), f" and {settings.state}()"
    required = [
        parameter
        for parameter in list(inspect.signature(module.forward).parameters.values())[1:2]
        if parameter.default is inspect.Parameter.empty
        and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    if not required:
        return (), ""
    name, init_hidden = required[0].name, getattr(module, "init_hidden", None)
    if "len" in name:
        return (torch.full((batch,), steps),), f" and as {name} the lengths [batch]"
    if callable(init_hidden):
        return (_first_state(init_hidden, batch),), f" and as {name} what init_hidden() makes"
    return (None,), f" and None as {name}"


def _first_state(make: Callable[..., Any], batch: int) -> Any:
    """What the method makes; one without an argument knows its batch size."""
    return make(batch) if inspect.signature(make).parameters else make()
