"""The stage ``ablation``: what the network loses when parts of its state are silenced."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch

from rnnvis_assets.ablation.ablated_reading import AblatedReading
from rnnvis_assets.ablation.ablation_inputs import clustered_states
from rnnvis_assets.ablation.ablation_jobs import Job, cluster_jobs, unit_jobs
from rnnvis_assets.ablation.ablation_plan import (
    FEWEST_TOKENS,
    FEWEST_TOKENS_OF_UNITS,
    SHARE_OF_UNITS,
    affordable_tokens,
    forecast_seconds,
    operations_of_a_token,
)
from rnnvis_assets.ablation.ablation_tables import Row
from rnnvis_assets.ablation.acting_clusters import NOT_MEASURED, count_beyond_random
from rnnvis_assets.co_clusters.shown_clustering import silenced_clusterings
from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput
from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.glyphs.glyph_inputs import Reading, read_model
from rnnvis_assets.model_kinds.model_kinds import open_network
from rnnvis_assets.network.recurrent_network import limited_threads
from rnnvis_assets.network.stepped_mamba import Stepped
from rnnvis_assets.recording.recording_plan import Offsets
from warehouse.columns import Table
from warehouse.parquet_tables import write_table
from warehouse.schema import CLUSTER_ABLATION, UNIT_ABLATION

_TABLES = (CLUSTER_ABLATION, UNIT_ABLATION)


def _network(source: Reading) -> Stepped | str:
    """The parts of the network, or why they are not to be had."""
    model = source.model
    unknown = model.output is None and model.trained_on is None
    if unknown or model.task == "none":
        return "no linear output layer of the network is known"
    parts = open_network(source.checkpoint).stepped
    return parts or "only the network's own code can compute its states"


@dataclass(frozen=True)
class _Round:
    """The jobs that fill one table, the tokens that they read, and the seconds forecast."""

    table: Table
    jobs: Sequence[Job]
    num_tokens: int
    seconds: float

    @property
    def sets(self) -> int:
        return sum(job.work.sets for job in self.jobs)


def _plan_rounds(
    context: RunContext, model: str, source: Reading, network: Stepped
) -> Iterator[_Round]:
    analysis, split = context.project.analysis_of(model), source.split
    settings = analysis.ablation
    scored = None if split.labels is None else split.num_sentences / split.num_tokens
    numbers = silenced_clusterings(context, model)
    states = [list(clustered_states(context, model, number)) for number in numbers]
    rounds = (
        (cluster_jobs(chain(*states), settings, scored), 1 - SHARE_OF_UNITS, FEWEST_TOKENS),
        (unit_jobs(states[0], settings, scored), SHARE_OF_UNITS, FEWEST_TOKENS_OF_UNITS),
    )
    for table, (planned, share, fewest) in zip(_TABLES, rounds, strict=True):
        jobs = list(planned)
        operations = operations_of_a_token(network, (job.work for job in jobs))
        seconds, most = 60 * settings.minutes * share, min(settings.num_tokens, split.num_tokens)
        tokens = affordable_tokens(operations, seconds, fewest, most)
        forecast = forecast_seconds(operations, tokens, torch.get_num_threads())
        yield _Round(table, jobs, tokens, forecast)


def _measure(
    context: RunContext, model: str, source: Reading, network: Stepped
) -> Iterator[tuple[_Round, list[Row]]]:
    """The rows of both tables."""
    sequences = _recorded_sequences(source)
    rounds = list(_plan_rounds(context, model, source, network))
    for each in rounds:
        context.report(
            f"ablation: {each.table.name}, {each.sets:,} sets of directions silenced over "
            f"{each.num_tokens:,} tokens, about {each.seconds:,.0f} s"
        )
    for each in rounds:
        reading = AblatedReading.read(
            network, source.split, source.model.classes, sequences, each.num_tokens
        )
        progress = TimedProgress(each.sets, context.report, done="silenced", items="sets")
        yield each, _run_jobs(each.jobs, reading, progress)


def _recorded_sequences(source: Reading) -> Offsets:
    """Where the recorded sequences begin, and the end."""
    starts = [
        block.start + np.flatnonzero(block.columns["position"] == 0)
        for block in source.blocks(0, ("position",))
    ]
    return np.append(np.concatenate(starts), source.recording.num_tokens)


def _run_jobs(jobs: Sequence[Job], reading: AblatedReading, progress: TimedProgress) -> list[Row]:
    """The rows of all jobs, in order. Jobs share the cores better than the products of one do."""
    cores, rows = torch.get_num_threads(), []
    with limited_threads(1), ThreadPoolExecutor(cores) as pool:
        measured = pool.map(lambda job: list(job.measure(reading)), jobs)
        for job, found in zip(jobs, measured, strict=True):
            rows += found
            progress.advance(job.work.sets)
    return rows


def silence_model(context: RunContext, model: str) -> StageOutput:
    """Writes both tables, without rows where the model has no network that can be stepped.

    Raises what the readers of earlier stages' files raise.
    """
    source = read_model(context, model)
    network = _network(source)
    rows: dict[str, Sequence[Row]] = {table.name: () for table in _TABLES}
    figures: dict[str, Figure] = {}
    if isinstance(network, str):
        context.report(f"ablation: not measured, because {network}")
        figures[NOT_MEASURED] = network
    else:
        for each, found in _measure(context, model, source, network):
            rows[each.table.name] = found
            figures[f"tokens of {each.table.name}"] = each.num_tokens
        figures |= count_beyond_random(rows[CLUSTER_ABLATION.name])
    paths = {table: context.storage.table(model, table.name) for table in _TABLES}
    counts = {
        table.name: write_table(path, table, table.columns_of(rows[table.name]))
        for table, path in paths.items()
    }
    return StageOutput(tuple(paths.values()), row_counts=counts, figures=figures)
