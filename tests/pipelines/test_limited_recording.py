"""``recording: {tokens, precision}`` of an analysis, from its file to readers of the release."""

import numpy as np
import pytest
import yaml

from tests.pipelines.conftest import run_command
from tests.pipelines.shared_analysis import Analysed
from warehouse.reader import open_release

pytestmark = pytest.mark.end_to_end

LIMIT = 90


def test_the_limit_and_the_rounding_are_stated_wherever_the_recording_is(kept: Analysed) -> None:
    with open_release("tiny-lstm", storage=kept.storage) as release:
        whole, there = release.recording().rows(0, ("hidden", "word_id"), 0, LIMIT), release.model
        streams = [release.recording().rows(0, ("sequence",), 0, LIMIT)["sequence"]]
    assert not streams[0].any()  # so that the first LIMIT tokens are read alike in both
    path = kept.configs / "analyses" / "tiny.yaml"
    analysis = yaml.safe_load(path.read_text())
    analysis["recording"] |= {"tokens": LIMIT, "precision": "float16", "streams": 1}
    path.write_text(yaml.safe_dump(analysis))

    foreseen = run_command(kept, "check", "model", "tiny-lstm").output
    shown = run_command(kept, "materialize", "tiny-lstm")
    assert shown.exit_code == 0, shown.output
    with open_release("tiny-lstm", storage=kept.storage) as release:
        model, recording = release.model, release.recording()
        half = recording.rows(0, ("hidden", "word_id"), 0, model["num_tokens"])
        counted = release.sql("SELECT sum(recorded_count) AS n FROM vocabulary")["n"][0].as_py()
    recorded = model["num_tokens"]
    assert LIMIT - 10 < recorded <= LIMIT < model["split_tokens"] == there["num_tokens"]
    assert counted == recorded
    np.testing.assert_array_equal(half["word_id"], whole["word_id"][:recorded])
    error = np.abs(half["hidden"] - whole["hidden"][:recorded]).max()
    assert 0 < error <= model["largest_rounding"] + 1e-6
    assert (there["precision"], there["largest_rounding"]) == ("float32", 0)
    first = f"the first {recorded} of {there['num_tokens']:,} tokens"
    for output in (foreseen, shown.output):
        assert f"{first} of test are recorded (recording.tokens: {LIMIT})" in output
    assert "in float16, of" in shown.output
    card = " ".join(run_command(kept, "show", "tiny-lstm").output.split())
    assert f"recorded {first}, test of tiny_text, in float16, largest rounding " in card
