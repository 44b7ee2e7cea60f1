"""The stage on recordings of made-up networks: its two tables, and bad recordings."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.expected_response.expected_response_asset import STAGE
from rnnvis_assets.expected_response.mean_response import ExpectedResponse
from tests.rnnvis_assets.checkpoint.small_runs import make_config
from tests.rnnvis_assets.expected_response.made_up_steps import (
    assert_same,
    expect,
    summarise,
    zipf_words,
)
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import read_table
from warehouse.recording_schema import ROWS_OF_FLOAT32, RecordingFormat, stacked_layers
from warehouse.recording_writer import write_recording
from warehouse.schema import EXPECTED_RESPONSE, QUANTILES, STATISTICS, UNIT_SUMMARY
from warehouse.storage import Storage
from warehouse.stored_responses import open_responses

UNITS, LAYERS, TOKENS = 6, 2, 3_000
WORDS = zipf_words(TOKENS, 100)
LSTM = ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate")

DEFAULT = AnalysisConfig()
Arrays = Mapping[tuple[int, str], npt.NDArray[np.float32]]


def make_arrays(names: tuple[str, ...]) -> dict[tuple[int, str], npt.NDArray[np.float32]]:
    generator = np.random.default_rng(0)
    return {
        (layer, name): generator.uniform(0, 1, (TOKENS, UNITS)).astype(np.float32)
        for layer in range(LAYERS)
        for name in names
    }


def make_context(root: Path, analysis: AnalysisConfig = DEFAULT) -> RunContext:
    sizes = {"num_layers": LAYERS, "hidden_size": UNITS, "embedding_size": UNITS}
    model = make_config(dataset="d", cell="lstm", **sizes)
    project = Project(root, {}, {"m": model}, {"default": analysis}, ScheduleConfig())
    return RunContext(project, Storage(root), report=lambda _: None)


def load(context: RunContext, layer: int, state: str) -> ExpectedResponse:
    found = open_responses(context.storage.table("m", EXPECTED_RESPONSE.name), layer, state)
    quantiles = [found.of(found.word_ids, name) for name in QUANTILES]
    mean = found.of(found.word_ids)
    return ExpectedResponse(found.word_ids, found.counts, mean, np.stack(quantiles))


def record(context: RunContext, arrays: Arrays, stored: RecordingFormat = ROWS_OF_FLOAT32) -> None:
    """Writes the arrays as the recording of model ``m``, in parts and batches of uneven sizes."""
    names = tuple(name for layer, name in arrays if layer == 0)
    part_rows = (1_000, TOKENS - 1_000)
    folder = context.storage.recording("m", "test")
    with write_recording(
        folder,
        layers=stacked_layers([UNITS] * LAYERS, names),
        part_rows=part_rows,
        source={},
        stored=stored,
    ) as writer:
        for part, start, stop in ((0, 0, 300), (0, 300, 1_000), (1, 1_000, TOKENS)):
            for layer in range(LAYERS):
                position = np.arange(start, stop, dtype=np.int32)
                columns = {
                    "sequence": np.zeros(stop - start, np.int32),
                    "position": position,
                    "token": position.astype(np.int64),
                    "word_id": WORDS[start:stop],
                    **{name: arrays[layer, name][start:stop] for name in names},
                }
                writer.append(layer, part, columns)


def run(
    root: Path,
    arrays: Arrays,
    analysis: AnalysisConfig = DEFAULT,
    stored: RecordingFormat = ROWS_OF_FLOAT32,
) -> tuple[RunContext, StageOutput]:
    context = make_context(root, analysis)
    record(context, arrays, stored)
    return context, STAGE.run(context, "m")


@pytest.fixture(scope="module")
def lstm(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunContext, StageOutput, Arrays]:
    arrays = make_arrays(LSTM)
    return *run(tmp_path_factory.mktemp("lstm"), arrays), arrays


Lstm = tuple[RunContext, StageOutput, Arrays]


def test_responses_of_every_layer_and_state(lstm: Lstm) -> None:
    context, _, arrays = lstm
    for layer in range(LAYERS):
        for state in ("hidden", "cell"):
            found = load(context, layer, state)
            assert_same(found, expect((WORDS, arrays[layer, f"{state}_delta"])))


def test_the_tables_follow_the_schema(lstm: Lstm) -> None:
    context, outcome, _ = lstm
    for table in (EXPECTED_RESPONSE, UNIT_SUMMARY):
        found = read_table(context.storage.table("m", table.name))
        assert found.schema.equals(table.arrow_schema(UNITS))
        assert found.num_rows == outcome.row_counts[table.name]
    assert outcome.files == tuple(
        context.storage.table("m", name) for name in ("expected_response", "unit_summary")
    )


def test_unit_summary(lstm: Lstm) -> None:
    context, _, arrays = lstm
    table = read_table(context.storage.table("m", "unit_summary")).to_pandas()
    assert len(table) == LAYERS * 2 * UNITS
    for (layer, state), rows in table.groupby(["layer", "state"]):
        assert rows["unit"].tolist() == list(range(UNITS))
        gate = arrays[layer, "keep_gate"]
        for prefix, array in (("", state), ("delta_", f"{state}_delta"), ("keep_", "keep_gate")):
            expected = summarise(arrays[layer, array])
            for name, values in zip(STATISTICS, expected, strict=True):
                np.testing.assert_allclose(rows[prefix + name], values, atol=1e-6)
        np.testing.assert_allclose(rows["keep_below_0_1"], (gate < 0.1).mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(rows["keep_above_0_9"], (gate > 0.9).mean(axis=0), atol=1e-6)
        expected_half_life = -np.log(2) / np.log(gate.mean(axis=0))
        np.testing.assert_allclose(rows["keep_half_life"], expected_half_life, rtol=1e-4)
        values = arrays[layer, state].astype(np.float64)
        expected_drift = np.abs(values.mean(axis=0)) / values.std(axis=0)
        np.testing.assert_allclose(rows["drift"], expected_drift, rtol=1e-3)


def test_the_cell_output_is_analysed_where_the_analysis_asks_for_it(tmp_path: Path) -> None:
    arrays, analysis = make_arrays(LSTM), AnalysisConfig(states=("cell_output", "hidden"))
    context, outcome = run(tmp_path, arrays, analysis)
    assert outcome.row_counts["unit_summary"] == LAYERS * 2 * UNITS
    cell, change = (arrays[1, name].astype(np.float64) for name in ("cell", "cell_delta"))
    moved = (np.tanh(cell) - np.tanh(cell - change)).astype(np.float32)
    found = load(context, 1, "cell_output")
    assert_same(found, expect((WORDS, moved)))
    table = read_table(context.storage.table("m", "unit_summary")).to_pandas()
    assert set(table["state"]) == {"hidden", "cell_output"}
    rows = table[(table["layer"] == 1) & (table["state"] == "cell_output")]
    np.testing.assert_allclose(rows["mean"], np.tanh(cell).mean(axis=0), atol=1e-6)


def test_a_matrix_memory_has_no_cell_output_and_no_saturation(tmp_path: Path) -> None:
    names = ("hidden", "hidden_delta", "cell", "cell_delta", "cell_written", "cell_lost")
    analysis = AnalysisConfig(states=("cell_output", "hidden", "cell"))
    context, _ = run(tmp_path, make_arrays(names), analysis)
    rows = read_table(context.storage.table("m", "unit_summary")).to_pylist()
    assert {row["state"] for row in rows} == {"hidden", "cell"}
    assert {row["saturated"] for row in rows} == {None}


def test_h_is_always_analysed() -> None:
    with pytest.raises(ValueError, match="found cell, expected hidden among them"):
        AnalysisConfig(states=("cell",))


def test_figures(lstm: Lstm) -> None:
    _, outcome, arrays = lstm
    counts = np.unique(WORDS, return_counts=True)[1]
    assert outcome.figures["tokens"] == TOKENS
    assert outcome.figures["words"] == len(counts)
    assert outcome.figures["share_of_words_met_once"] == np.mean(counts == 1)
    mean = expect((WORDS, arrays[1, "cell_delta"])).mean
    found = outcome.figures["mean_absolute_response_layer_1_cell"]
    assert found == pytest.approx(np.abs(mean).mean(), rel=1e-5)


def test_a_network_without_a_gate(tmp_path: Path) -> None:
    context, _ = run(tmp_path, make_arrays(("hidden", "hidden_delta")))
    table = read_table(context.storage.table("m", "unit_summary"))
    assert set(table["state"].to_pylist()) == {"hidden"}
    for name in table.column_names:
        expected = table.num_rows if name.startswith("keep_") else 0
        assert table[name].null_count == expected, name


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    arrays = make_arrays(("hidden", "hidden_delta", "keep_gate"))
    written = []
    for name in ("one", "two"):
        _, outcome = run(tmp_path / name, arrays)
        written.append([path.read_bytes() for path in outcome.files])
    assert written[0] == written[1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_blocks_of_units_give_the_same_bytes(workers: int, lstm: Lstm, tmp_path: Path) -> None:
    _, expected, arrays = lstm
    (tmp_path / "engine.yaml").write_text(f"workers: {workers}\n")
    stored = RecordingFormat(layout="unit_blocks", block_units=4)
    _, outcome = run(tmp_path, arrays, stored=stored)
    for one, other in zip(outcome.files, expected.files, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert not list(tmp_path.rglob(".tmp-*"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite(value: float, tmp_path: Path) -> None:
    arrays = make_arrays(("hidden", "hidden_delta"))
    arrays[1, "hidden_delta"][2_345, 4] = value
    with pytest.raises(AnalysisError, match=r"layer 1: hidden_delta of unit 4 is .* at row 2345"):
        run(tmp_path, arrays)
    assert not list((tmp_path / "tables").rglob("*.parquet"))


def test_settings_name_the_recorded_split(tmp_path: Path) -> None:
    assert STAGE.settings(make_context(tmp_path).project, "m") == {
        "split": "test",
        "states": ["hidden", "cell"],
    }
