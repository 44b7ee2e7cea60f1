from pathlib import Path

from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.model_kinds.analysis_forecast import layers_of, recording_bytes
from warehouse.disk_use import bytes_of, free_bytes


def _model(cell: str) -> ModelConfig:
    training = {"epochs": 1, "batch_size": 1, "learning_rate": 0.1}
    sizes = {"num_layers": 2, "hidden_size": 100, "embedding_size": 7}
    return ModelConfig.model_validate({"dataset": "d", "cell": cell, **sizes, "training": training})


def test_bytes_of_a_recording_by_hand():
    """float32 of h and Δh; of a GRU z too; of an LSTM c, Δc and f too; of two layers."""
    expected = {"rnn": 2, "gru": 3, "lstm": 5}
    found = {cell: recording_bytes(1_000, layers_of(_model(cell))) for cell in expected}
    assert found == {cell: 4 * 1_000 * 100 * 2 * arrays for cell, arrays in expected.items()}


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path):
    assert free_bytes(tmp_path / "not" / "yet") > 0
    assert bytes_of(tmp_path / "not") == 0
