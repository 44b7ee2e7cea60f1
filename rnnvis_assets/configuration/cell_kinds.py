"""The recurrent cells: one table that everything which depends on a kind of cell reads.

To add a cell, add its row here and its equations to ``cells``; to let users train it, add its name
to ``Cell``. The configuration, the recorder, training, the model card and the help text follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from warehouse.recording_schema import RECORDED_ARRAYS

Cell = Literal["rnn", "lstm", "gru", "min_gru", "min_lstm", "mamba"]
"""The cells that can be trained here."""


@dataclass(frozen=True)
class CellKind:
    """A kind of recurrent cell.

    ``title`` names it in the viewer. ``states`` are the arrays carried from step to step, and
    ``gated`` says whether a gate scales the last of them (LSTM f, GRU z). ``module`` with its
    ``options`` is the class in ``torch.nn`` and ``function`` reads one layer in ``torch``; None for
    a cell that has none there. ``bounded``: whether |h| is at most 1. The state of a ``linear``
    cell is only scaled and added to by what the inputs say; it is trained by the equations in
    ``linear_recurrence``, and if it is a ``matrix``, which is recorded as ``matrix_memory`` reads
    it, by those in ``mamba``.
    """

    title: str
    states: tuple[str, ...]
    gated: bool
    module: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    function: str | None = None
    bounded: bool = True
    linear: bool = False
    matrix: bool = False

    @property
    def arrays(self) -> tuple[str, ...]:
        """The recorded arrays: every state and its change, and the keep gate."""
        if self.matrix:
            return RECORDED_ARRAYS
        changes = (name for state in self.states for name in (state, f"{state}_delta"))
        return (*changes, *(("keep_gate",) if self.gated else ()))


CELLS: Mapping[str, CellKind] = MappingProxyType({
    "rnn": CellKind("RNN (tanh)", ("hidden",), False, "RNN", function="rnn_tanh"),
    "rnn_relu": CellKind(
        "RNN (ReLU)", ("hidden",), False, "RNN", (("nonlinearity", "relu"),), "rnn_relu", False
    ),
    "lstm": CellKind("LSTM", ("hidden", "cell"), True, "LSTM", function="lstm"),
    "lstm_projected": CellKind("LSTM, projected", ("hidden", "cell"), True, bounded=False),
    "gru": CellKind("GRU", ("hidden",), True, "GRU", function="gru"),
    "min_gru": CellKind("minGRU", ("hidden",), True, bounded=False, linear=True),
    "mamba": CellKind("Mamba", ("hidden", "cell"), True, bounded=False, linear=True, matrix=True),
    "min_lstm": CellKind("minLSTM", ("hidden",), True, bounded=False, linear=True),
})  # fmt: skip
"""Every cell that can be read step by step, by the name in recordings and releases."""
