"""For recurrent layers that are none of PyTorch's own: a class that tells its states itself.

A factory may return an object of a class of this kind in place of a module with ``nn.LSTM`` and the
like in it. It may be an ``nn.Module`` too; then its weights are loaded like any other's.
``rnnvis_assets/model_import/examples/min_gru.py`` is one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from torch import Tensor

LayerStates = Mapping[str, Tensor]
"""Of one layer, float[batch, steps, units] each: ``hidden``; if it has one ``cell``, a protected
memory beside it; if it has one ``keep_gate``, the share of the old state (of ``cell`` where there
is one, else of ``hidden``) that it lets through. The same names at every call."""


class StateReader(ABC):
    """A network that tells its states.

    ``carries`` says whether it can go on from earlier states; one that cannot is given whole
    sequences alone.
    """

    carries: ClassVar[bool] = True
    cell: ClassVar[str | None] = None
    """What a layer computes, in a word, for the card of the model."""
    layer_names: Sequence[str] = ()
    """Names of the layers, from the input up; without them they are numbered."""

    @abstractmethod
    def read_states(
        self, tokens: Tensor, before: Sequence[LayerStates] | None
    ) -> Iterable[LayerStates]:
        """Yields the states of each layer, from the input up, for int64[batch, steps] tokens.

        ``before`` holds for each layer the states [batch, units] after the step before the first
        (without its gate); None stands for a state of zeros.
        """
