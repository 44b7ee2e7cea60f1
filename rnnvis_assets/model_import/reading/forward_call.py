"""How tokens become a module's input: the one place where its ``forward`` is called."""

import inspect
from collections.abc import Callable
from itertools import product
from typing import Any, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnvis_assets.configuration.external_model_config import Input, Layout
from rnnvis_assets.model_import.loading.factory import foreign_code, load_function

CallModule = Callable[[Tensor], Any]
"""Runs the module on int64[batch, steps] tokens."""
_OTHER_WAYS = (
    "mend forward, or say how tokens become its input (input.layout, input.encoding, or a function "
    "of your own: input.call)"
)
LAYOUTS: tuple[Layout, ...] = get_args(Layout)


def ways_in(settings: Input, *, batch_first: bool) -> list[Input]:
    """The settings, their layout as the recurrent module has it where they leave it open, and after
    them every other layout and encoding that they leave open."""
    if settings.call is not None:
        return [settings]
    own: Layout = "batch_first" if batch_first else "time_first"
    others = (layout for layout in LAYOUTS if layout != own)
    layouts = (own, *others) if settings.layout is None else (settings.layout,)
    encodings = ("ids", "one_hot") if settings.encoding == "ids" else (settings.encoding,)
    return [
        settings.model_copy(update={"layout": layout, "encoding": encoding})
        for encoding, layout in product(encodings, layouts)
    ]


def caller_of(
    module: nn.Module, settings: Input, *, folder: str | None, num_words: int
) -> CallModule:
    """The way in that the settings ask for; they name the layout, or a function of the user's, that
    may be imported from ``folder``.

    What the module raises comes out as an ImportedModelError.
    """
    if settings.call is not None:
        own = load_function(settings.call, folder)

        def call(tokens: Tensor) -> Any:
            with foreign_code(f"{settings.call} of {list(tokens.shape)} tokens"):
                return own(module, tokens)

        return call

    def forward(tokens: Tensor) -> Any:
        batch, steps = tokens.shape
        entered = {"batch_first": tokens, "time_first": tokens.t(), "single": tokens.reshape(-1)}
        inputs = entered[settings.layout or "batch_first"].contiguous()
        if settings.encoding == "one_hot":
            inputs = functional.one_hot(inputs, num_words).float()
        name = f"forward of {type(module).__name__}, given {list(inputs.shape)},"
        with foreign_code(name, repair=_OTHER_WAYS):
            return module(inputs, *_second(module, settings, batch, steps))

    return forward


def _second(module: nn.Module, settings: Input, batch: int, steps: int) -> tuple[Any, ...]:
    """What forward wants beside the tokens: lengths, a first state, or nothing."""
    if settings.state is not None:
        own: Callable[[int], Any] = getattr(module, settings.state)
        return (own(batch),)
    needed = [
        parameter
        for parameter in list(inspect.signature(module.forward).parameters.values())[1:2]
        if parameter.default is inspect.Parameter.empty
        and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    if not needed:
        return ()
    if "len" in needed[0].name:
        return (torch.full((batch,), steps),)
    first_state = getattr(module, "init_hidden", None)
    return (first_state(batch) if callable(first_state) else None,)
