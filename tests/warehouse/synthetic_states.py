"""States, changes and gates that fit a made-up release's responses: its recording, what its unit
summaries say of it, and the log of a training that never was."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.warehouse.synthetic import Columns, Synthetic, keyed, stacked
from warehouse.recording_writer import write_recording
from warehouse.recordings import Recording, open_recording
from warehouse.schema import QUANTILES
from warehouse.storage import Storage

Floats = npt.NDArray[np.float32]
WEIGHTS = "0" * 64
ROWS_A_PART = 900


def states_of(spec: Synthetic, layer: int, state: str) -> Floats:
    """float32[tokens, units]: every word adds its response to a state that slowly fades."""
    moves = spec.responses(layer, state)[spec.word_ids()]
    states = np.zeros_like(moves)
    for token in range(len(moves)):
        kept = 0.8 * states[token - 1] if token % spec.sentence_length else 0
        states[token] = kept + moves[token]
    return states


def changes_of(spec: Synthetic, layer: int, state: str) -> Floats:
    """float32[tokens, units]: s_t - s_(t-1), from zero before every sentence."""
    states = states_of(spec, layer, state)
    before = np.roll(states, 1, axis=0)
    before[np.arange(len(states)) % spec.sentence_length == 0] = 0
    return states - before


def split_of(spec: Synthetic, layer: int) -> tuple[Floats, Floats]:
    """What every word wrote to a matrix memory, its response, and what was lost: the rest."""
    written = spec.responses(layer, "cell")[spec.word_ids()]
    return written, changes_of(spec, layer, "cell") - written


def gates_of(spec: Synthetic, layer: int) -> Floats | None:
    """float32[tokens, units] between 0 and 1, often near an end; None for a vanilla RNN."""
    if spec.cell == "rnn":
        return None
    random, gates = spec.random("gate", layer), spec.heads or spec.num_units
    ends = random.uniform(0.2, 2.0, (2, gates))
    values = random.beta(*ends, (spec.num_tokens, gates)).astype(np.float32)
    return np.repeat(values, spec.num_units // gates, axis=1)


def _recorded(spec: Synthetic, layer: int) -> Columns:
    tokens = np.arange(spec.num_tokens)
    columns: Columns = {
        "sequence": (tokens // spec.sentence_length).astype(np.int32),
        "position": (tokens % spec.sentence_length).astype(np.int32),
        "token": tokens,
        "word_id": spec.word_ids(),
    }
    for state in sorted(spec.states, reverse=True):
        columns[state] = states_of(spec, layer, state)
        columns[f"{state}_delta"] = changes_of(spec, layer, state)
    if spec.heads:
        columns["cell_written"], columns["cell_lost"] = split_of(spec, layer)
    gates = gates_of(spec, layer)
    return columns if gates is None else columns | {"keep_gate": gates}


def write_made_up_recording(storage: Storage, spec: Synthetic, weights: str = WEIGHTS) -> Recording:
    """Writes the recording that the release of ``spec`` was made from, in several parts."""
    layers = [_recorded(spec, layer) for layer in range(spec.num_layers)]
    cuts = [*range(0, spec.num_tokens, ROWS_A_PART), spec.num_tokens]
    folder = storage.recording(spec.name, "test")
    with write_recording(
        folder,
        layers=spec.layers,
        part_rows=[stop - start for start, stop in pairwise(cuts)],
        source={"weights_sha256": weights},
    ) as writer:
        for part, (start, stop) in enumerate(pairwise(cuts)):
            for layer, columns in enumerate(layers):
                rows = {name: values[start:stop] for name, values in columns.items()}
                writer.append(layer, part, rows)
    return open_recording(folder)


DYNAMICS = ("saturated", "half_life", "drift", "preserved", "preserved_centred")


def _statistics(prefix: str, values: Floats | None) -> Columns:
    if values is None:
        names = ("mean", "std", "minimum", "maximum", *QUANTILES)
        return {f"{prefix}{name}": None for name in names}
    found = {"mean": values.mean(0), "std": values.std(0)}
    found |= {"minimum": values.min(0), "maximum": values.max(0)}
    found |= {name: np.quantile(values, level, axis=0) for name, level in QUANTILES.items()}
    return {f"{prefix}{name}": figures for name, figures in found.items()}


def _summary(spec: Synthetic, layer: int, state: str) -> Columns:
    """Its c is the state that is shown first: h is mostly saturated where there is a c."""
    gates = gates_of(spec, layer)
    saturated = (
        np.linspace(0.1, 0.5, spec.num_units) + (spec.cell == "lstm" and state == "hidden") / 2
    )
    columns = {
        "unit": np.arange(spec.num_units),
        **_statistics("", states_of(spec, layer, state)),
        **_statistics("delta_", changes_of(spec, layer, state)),
        **_statistics("keep_", gates),
        **dict.fromkeys(DYNAMICS, np.linspace(0.1, 0.5, spec.num_units)),
        "saturated": None if spec.heads else saturated,
        "keep_half_life": None if gates is None else -np.log(2) / np.log(gates.mean(0)),
        "keep_below_0_1": None if gates is None else (gates < 0.1).mean(0),
        "keep_above_0_9": None if gates is None else (gates > 0.9).mean(0),
    }
    return keyed({"layer": layer, "state": state}, columns)


def summary_columns(spec: Synthetic) -> Columns:
    """The table ``unit_summary``."""
    return stacked([_summary(spec, layer, state) for layer, state in spec.analysed])


def log_columns(spec: Synthetic, metric: str) -> Columns:
    """The table ``training_log``: 40 reports on training, 4 on validation."""
    steps = np.concatenate([np.arange(1, 41) * 25, np.arange(1, 5) * 250])
    trains = np.arange(44) < 40
    loss = 3 + 4 * np.exp(-steps / 300) + np.where(trains, 0, 0.2)
    norms: dict[str, Any] = {
        f"gradient_norm{part}": np.where(trains, size / (1 + steps / 500), np.nan)
        for part, size in (("", 1.0), ("_embedding", 0.8), ("_rnn", 0.3), ("_decoder", 0.1))
    }
    return {
        "step": steps, "epoch": steps // 250, "split": np.where(trains, "train", "validation"),
        "loss": loss, "metric": np.full(44, metric), "learning_rate": 0.003 * np.sin(steps / 330),
        "value": np.exp(loss) if metric == "perplexity" else 1 / loss, **norms,
        "tokens_per_second": np.where(trains, 5000.0, np.nan), "seconds": steps * 0.1,
    }  # fmt: skip
