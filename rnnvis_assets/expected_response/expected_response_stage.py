"""The stage ``expected_response``: from a recording to what words do to units."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rnnvis_assets.configuration.load_project import load_engine
from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput, open_recorded
from rnnvis_assets.expected_response.mean_response import count_words
from rnnvis_assets.expected_response.response_tables import response_columns, summary_columns
from rnnvis_assets.expected_response.unit_blocks import recorded_steps, responses_of
from rnnvis_assets.expected_response.unit_dynamics import LARGEST, unit_dynamics
from rnnvis_assets.expected_response.unit_summary import (
    GateSummary,
    UnitSummary,
    column_statistics,
    gate_fractions,
)
from warehouse.arrays import Float32Array, Int64Array
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import open_table_writer
from warehouse.recording_schema import common_units
from warehouse.recordings import Recording
from warehouse.schema import EXPECTED_RESPONSE, UNIT_SUMMARY


def _count(recording: Recording) -> Int64Array:
    counts = count_words(batch["word_id"] for batch in recording.batches(0, ("word_id",)))
    if not 0 < counts.sum() == recording.num_tokens:
        raise AnalysisError(
            f"{recording.folder}: {counts.sum()} steps read, expected {recording.num_tokens} "
            "and at least one",
            repair=f"delete that folder, then rnnvis materialize {recording.folder.parent.name}",
        )
    return counts


def _write_responses(
    context: RunContext, recording: Recording, counts: Int64Array, path: Path
) -> dict[str, Figure]:
    """Writes the table ``expected_response``; returns the mean |response| of every state."""
    figures: dict[str, Figure] = {}
    engine = load_engine(context.project.folder)
    if context.store is not None:  # machines do not share the recording's folder
        engine = engine.of_this_machine
    words = int(np.count_nonzero(counts))
    with open_table_writer(path, EXPECTED_RESPONSE, common_units(recording.layers)) as writer:
        for layer, state in recording.analysed:
            context.report(f"expected response: layer {layer}, {state}, {words:,} words")
            units, total = recording.units[layer], 0.0
            for response in responses_of(
                recording, layer, state, counts, scratch=path.parent, engine=engine
            ):
                writer.write(response_columns(layer, state, response))
                total += float(np.abs(response.mean).sum(dtype=np.float64))
            figures[f"mean_absolute_response_layer_{layer}_{state}"] = total / (words * units)
    return figures


def _write_summaries(context: RunContext, recording: Recording, path: Path) -> dict[str, Figure]:
    """Writes the table ``unit_summary``; returns averages of its columns over units."""
    figures: dict[str, Figure] = {}
    with open_table_writer(path, UNIT_SUMMARY) as writer:
        for layer in range(recording.num_layers):
            context.report(f"unit summary: layer {layer}, {recording.units[layer]} units")
            for state, summary in _summarise_layer(recording, layer, path.parent):
                writer.write(summary_columns(layer, state, summary))
                for name, value in summary.dynamics.means.items():
                    figures[f"{name}_layer_{layer}_{state}"] = value
                if summary.dynamics.is_saturated:
                    context.report(
                        f"unit summary: layer {layer}, {state}: most values are saturated; the "
                        "network reads little more than their signs"
                    )
    return figures


def _summarise_layer(
    recording: Recording, layer: int, scratch: Path
) -> Iterator[tuple[str, UnitSummary]]:
    def values(array: str, units: slice) -> Iterator[Float32Array]:
        return (found for _, found in recorded_steps(recording, layer, array, units))

    def statistics(array: str) -> Float32Array:
        blocks = [
            column_statistics(
                values(array, units),
                recording.num_tokens,
                units.stop - units.start,
                scratch=scratch,
            )
            for units in recording.unit_blocks(layer)
        ]
        return np.hstack(blocks)

    keep, shape = None, recording.layers[layer]
    if "keep_gate" in shape.arrays:
        fractions = gate_fractions(values("keep_gate", slice(0, shape.units)), shape.units)
        keep = GateSummary(statistics("keep_gate"), *fractions)
    for state in recording.states_of(layer):
        found = statistics(state)
        lost = ("cell_lost",) if shape.is_matrix_memory and state == "cell" else ()
        columns = (state, f"{state}_delta", *lost)
        steps = ([batch[name] for name in columns] for batch in recording.batches(layer, columns))
        dynamics = unit_dynamics(steps, found, None if shape.is_matrix_memory else LARGEST[state])
        yield state, UnitSummary(found, statistics(f"{state}_delta"), dynamics, keep)


def measure_responses(context: RunContext, model: str) -> StageOutput:
    """The stage ``expected_response``: reads the recording, writes two tables."""
    storage = context.storage
    recording = open_recorded(context, model)
    response_path = storage.table(model, EXPECTED_RESPONSE.name)
    summary_path = storage.table(model, UNIT_SUMMARY.name)

    counts, started = _count(recording), time.perf_counter()
    means = _write_responses(context, recording, counts, response_path)
    responded = time.perf_counter()
    summaries = _write_summaries(context, recording, summary_path)
    words = int(np.count_nonzero(counts))
    return StageOutput(
        files=(response_path, summary_path),
        row_counts={
            EXPECTED_RESPONSE.name: words * len(recording.analysed),
            UNIT_SUMMARY.name: sum(recording.units[layer] for layer, _ in recording.analysed),
        },
        figures={
            "tokens": recording.num_tokens,
            "words": words,
            "share_of_words_met_once": float(np.mean(counts[counts > 0] == 1)),
            **means,
            **summaries,
            "response_seconds": round(responded - started, 3),
            "summary_seconds": round(time.perf_counter() - responded, 3),
        },
    )
