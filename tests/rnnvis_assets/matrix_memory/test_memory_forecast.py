"""What is said before a network's memory is recorded, compared with the recording."""

from pathlib import Path

import numpy as np
import pytest

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.matrix_memory.memory_forecast import MemoryForecast, forecast_memory
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from tests.rnnvis_assets.matrix_memory.made_networks import PIECES, MadeNetwork


def test_a_forecast_is_about_what_the_recording_takes(tmp_path: Path) -> None:
    network = MadeNetwork(["scalar_decay", "channel_decay"])
    words = np.random.default_rng(0).integers(0, len(PIECES), 1500).astype(np.int32)
    offsets = np.array([0, 0, 500, 1000, 1500])

    wanted = RecordingSettings()

    forecast = forecast_memory(network, words, offsets, wanted)

    folder = tmp_path / "model" / "test"
    report = record_memory(network, words, offsets, folder, source={}, wanted=wanted)
    size = sum(file.stat().st_size for file in (*report.recording.files, *report.factors.files))
    assert forecast.tokens == len(words)
    assert forecast.pieces == pytest.approx(report.num_pieces, rel=0.2)
    # Descriptions of files weigh more in a short sample.
    assert size < forecast.size < 3 * size
    assert forecast.seconds > 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "a minute,"), (600, "10 minutes,"), (36_000, "10.0 hours,")]
)
def test_a_forecast_in_words(seconds: float, words: str) -> None:
    text = str(MemoryForecast(tokens=82_430, pieces=110_000, seconds=seconds, size=3 * 10**9))
    assert text.startswith("recording 82,430 tokens (about 110,000 pieces) takes about ")
    assert words in text
    assert "3,000.0 MB" in text
