"""The protocol for recurrent layers that PyTorch does not have: a class that yields its states.

A factory may return an object of such a class instead of a module that contains ``nn.LSTM``,
``nn.GRU`` or ``nn.RNN``. If it is an ``nn.Module`` too, its weights are loaded like any other's.
``rnnvis_assets/model_import/examples/min_gru.py`` is a complete example.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from torch import Tensor

PROVIDE_STATES = """provide its states by a class of your own, as the factory:
    from rnnvis_assets.model_import.state_reader import StateReader
    class Mine(nn.Module, StateReader):
        def read_states(self, tokens, before):  # tokens [batch, steps]; before: None, or states
            ...                                 # [batch, units] of each layer to continue from
            yield {"hidden": h, "cell": c}      # of each layer: [batch, steps, units]; c if any
        def forward(self, tokens, before=None):
            return logits                       # [batch, steps, words] or [batch, classes]
    (docs/own_model.md explains it; rnnvis_assets/model_import/examples/min_gru.py is an example)"""
"""How a layer that cannot be recomputed is recorded."""
LayerStates = Mapping[str, Tensor]
"""The states of one layer, float[batch, steps, units] each, the same names at every call:

- ``hidden``: what the layer passes on;
- ``cell``, where it has one: a second memory that only the layer itself reads;
- ``keep_gate``, where it has one: the fraction, 0 to 1, of the previous ``cell`` (without one, of
  the previous ``hidden``) that is kept.
"""


class StateReader(ABC):
    """A network that yields the states of its layers.

    ``carries`` says whether it can continue from earlier states; a network that cannot reads whole
    sentences only.

    A network that predicts is an ``nn.Module`` whose ``forward(tokens, before)`` takes the same
    arguments as ``read_states`` and returns logits: float[batch, steps, words], or of a classifier
    float[batch, classes] (it needs no ``before``).
    """

    carries: ClassVar[bool] = True
    cell: ClassVar[str | None] = None
    """What a layer computes, in one word, as the viewer shows it."""
    largest_batch: ClassVar[int] = 64
    """The most sequences that it reads at once."""
    layer_names: Sequence[str] = ()
    """Names of the layers, from the input up; numbers where empty."""

    @abstractmethod
    def read_states(
        self, tokens: Tensor, before: Sequence[LayerStates] | None
    ) -> Iterable[LayerStates]:
        """Yields the states of each layer, from the input up, for int64[batch, steps] tokens.

        ``before`` holds for each layer the states [batch, units] after the step before the first
        (without its gate); None stands for zeros.
        """
