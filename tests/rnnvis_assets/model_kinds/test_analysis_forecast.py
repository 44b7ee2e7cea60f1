from pathlib import Path

import numpy as np
import pytest

from rnnvis_assets.configuration.analysis_config import AnalysisConfig
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.model_kinds.analysis_forecast import (
    describe_fit,
    layers_of,
    note_fit,
    recording_bytes,
)
from warehouse.disk_use import bytes_of, free_bytes
from warehouse.errors import AnalysisError
from warehouse.recording_schema import RecordingFormat


def _model(cell: str) -> ModelConfig:
    training = {"epochs": 1, "batch_size": 1, "learning_rate": 0.1}
    sizes = {"num_layers": 2, "hidden_size": 100, "embedding_size": 7}
    return ModelConfig.model_validate({"dataset": "d", "cell": cell, **sizes, "training": training})


def test_bytes_of_a_recording_by_hand():
    """float32 of h and Δh; of a GRU z too; of an LSTM c, Δc and f too; of two layers."""
    expected = {"rnn": 2, "gru": 3, "lstm": 5}
    found = {cell: recording_bytes(1_000, layers_of(_model(cell))) for cell in expected}
    half = recording_bytes(1_000, layers_of(_model("gru")), RecordingFormat("float16"))
    assert half == found["gru"] // 2
    blocks = recording_bytes(
        1_000, layers_of(_model("lstm")), RecordingFormat(layout="unit_blocks")
    )
    assert blocks == 3 * found["lstm"] // 5
    assert found == {cell: 4 * 1_000 * 100 * 2 * arrays for cell, arrays in expected.items()}


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path):
    assert free_bytes(tmp_path / "not" / "yet") > 0
    assert bytes_of(tmp_path / "not") == 0


def test_what_an_analysis_asks_beyond_what_there_is_by_hand() -> None:
    analysis = AnalysisConfig.model_validate(
        {
            "co_clusters": {"minimum_count": 2, "maximum_clusters": 20},
            "glyphs": {"num_clusters": 10},
            "ablation": {"num_clusters": [2, 9]},
        }
    )
    words = np.array([0, 0, 1, 1, 1, 2, 3, 3], np.int32)  # three words occur twice
    notes = list(describe_fit("m", analysis, words, units=8))
    assert notes == [
        "m: 3 words are clustered, not 500: there are no more of at least 2 occurrences",
        "m: at most 3 clusters, not 20: there are 3 words of at least 2 occurrences, and 8 units",
        "m: glyphs and first view of 3 clusters, not 10",
        "m: not silenced, as there are fewer clusters: those of k = 9",
    ]
    with pytest.raises(AnalysisError, match="0 occur at least 2 times"):
        list(describe_fit("m", analysis, words[:0], units=8))
    assert "warning: m: of the recorded words 0" in next(note_fit("m", analysis, words[:0], 8))


def test_nothing_is_said_of_an_analysis_that_fits() -> None:
    analysis = AnalysisConfig.model_validate(
        {"co_clusters": {"num_words": 3, "minimum_count": 1, "maximum_clusters": 3}}
    )
    assert list(describe_fit("m", analysis, np.arange(3, dtype=np.int32), units=3)) == []
