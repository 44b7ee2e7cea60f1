"""Whole runs: what they learn, keep, log and say; and that an interruption leaves no trace."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.language_model_task import LanguageModelTask
from rnnvis_assets.checkpoint.training_loop import TrainingResult
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from tests.rnnvis_assets.checkpoint.interruption import KilledError, killed_after
from tests.rnnvis_assets.checkpoint.small_runs import (
    BFLOAT16,
    FLOAT32,
    every_steps,
    make_config,
    make_reviews,
    make_text,
    run_training,
)
from warehouse.checked_json import CHECKSUM

pytestmark = pytest.mark.slow

TEXT, REVIEWS = make_text(), make_reviews()


def same_weights(first: TrainingResult, second: TrainingResult) -> bool:
    return first.weights.keys() == second.weights.keys() and all(
        torch.equal(tensor, second.weights[name]) for name, tensor in first.weights.items()
    )


def without_times(trained: TrainingResult) -> list[dict[str, object]]:
    timed = ("seconds", "tokens_per_second")
    return [{k: v for k, v in row.items() if k not in timed} for row in trained.log]


CASES: list[tuple[Corpus, ModelConfig]] = [
    *(
        (TEXT, make_config(optimizer=optimizer, tied_embedding=True, schedule={"kind": kind}))
        for optimizer, kind in (
            ("sgd", "constant"),
            ("sgd", "plateau"),
            ("adam", "cosine"),
            ("adam", "plateau"),
            ("adamw", "one_cycle"),
        )
    ),
    (TEXT, make_config(cell="gru", optimizer="adam", schedule={"kind": "constant"})),
    (TEXT, make_config(dropout={"output": 0.3, "recurrent_weights": 0.3, "locked": True})),
    (REVIEWS, make_config(cell="gru", optimizer="adamw", class_balance="oversample")),
    (TEXT, make_config(cell="min_gru")),
    (TEXT, make_config(cell="mamba", num_layers=1)),
    (REVIEWS, make_config(cell="min_lstm", class_balance="oversample")),
    (REVIEWS, make_config(cell="rnn", optimizer="sgd", schedule={"kind": "cosine"})),
]


@pytest.mark.parametrize(("corpus", "config"), CASES)
def test_killed_and_resumed_run_ends_with_the_same_weights(
    corpus: Corpus, config: ModelConfig, tmp_path: Path
) -> None:
    expected = run_training(corpus, config, tmp_path / "whole")
    for kill in (2, 13, 25):
        path = tmp_path / str(kill)
        with pytest.raises(KilledError):
            run_training(corpus, config, path, save_due=killed_after(kill, 4))
        resumed = run_training(corpus, config, path)
        assert same_weights(resumed, expected)
        assert without_times(resumed) == without_times(expected)


def test_killed_between_last_step_and_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(epochs=2)
    expected = run_training(TEXT, config, tmp_path / "whole")

    def die(*_: object) -> dict[str, float]:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(LanguageModelTask, "evaluate", die)
        with pytest.raises(KilledError):
            run_training(TEXT, config, tmp_path / "state", save_due=every_steps(1))
    assert same_weights(run_training(TEXT, config, tmp_path / "state"), expected)


@pytest.mark.parametrize("hardware", [FLOAT32, BFLOAT16], ids=["float32", "bfloat16"])
def test_same_seed_same_weights_whatever_ran_before(hardware: Hardware, tmp_path: Path) -> None:
    config = make_config(seed=5)
    torch.manual_seed(1)
    first = run_training(TEXT, config, tmp_path / "a", hardware=hardware)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    second = run_training(TEXT, config, tmp_path / "b", hardware=hardware)
    assert same_weights(first, second)
    assert torch.equal(torch.get_rng_state(), before)
    other = run_training(TEXT, make_config(seed=6), tmp_path / "c", hardware=hardware)
    assert not same_weights(first, other)


def test_finished_run_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_training(TEXT, make_config(), tmp_path / "state")
    monkeypatch.setattr(LanguageModelTask, "compute_gradients", None)
    lines: list[str] = []
    second = run_training(TEXT, make_config(), tmp_path / "state", lines=lines)
    assert same_weights(first, second)
    assert second.log == first.log
    assert "already trained" in lines[0]


def elsewhere(path: Path, **changes: Any) -> None:
    """Lets a state say that it was made on another machine."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        del metadata[CHECKSUM]
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    origin = json.loads(metadata["origin"]) | changes
    save_file(tensors, path, metadata | {"origin": json.dumps(origin)})


def test_finished_run_of_another_machine_is_taken_over(tmp_path: Path) -> None:
    first = run_training(TEXT, make_config(), tmp_path / "state")
    elsewhere(tmp_path / "state", machine="a GPU", device="cuda", versions={"torch": "1.0"})
    lines: list[str] = []
    second = run_training(TEXT, make_config(), tmp_path / "state", lines=lines)
    assert same_weights(first, second)
    assert re.fullmatch(r"already trained: \d+ steps on a GPU in float32 by torch 1.0", lines[0])
    assert (second.origin.machine, second.origin.device) == ("a GPU", "cuda")
    assert first.origin == FLOAT32.origin


@pytest.mark.parametrize(
    "changes", [{"device": "cuda"}, {"precision": "bfloat16"}, {"versions": {"torch": "1.0"}}]
)
def test_unfinished_run_that_would_come_out_otherwise_starts_afresh(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    expected = run_training(TEXT, make_config(), tmp_path / "whole")
    with pytest.raises(KilledError):
        run_training(TEXT, make_config(), tmp_path / "state", save_due=killed_after(9, 4))
    elsewhere(tmp_path / "state", machine="a GPU", **changes)
    lines: list[str] = []
    resumed = run_training(TEXT, make_config(), tmp_path / "state", lines=lines)
    assert "begun on a GPU in" in lines[0]
    assert lines[0].endswith("training starts afresh")
    assert same_weights(resumed, expected)
    assert resumed.origin == FLOAT32.origin


def test_unfinished_run_of_a_like_machine_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        run_training(TEXT, make_config(), tmp_path / "state", save_due=killed_after(9, 4))
    elsewhere(tmp_path / "state", machine="a twin")
    lines: list[str] = []
    run_training(TEXT, make_config(), tmp_path / "state", lines=lines)
    assert lines[0].startswith("training goes on after step 8 on a twin in float32")


def test_state_of_another_configuration_is_not_gone_on_from(tmp_path: Path) -> None:
    run_training(TEXT, make_config(epochs=1), tmp_path / "state")
    lines: list[str] = []
    changed = run_training(TEXT, make_config(epochs=2), tmp_path / "state", lines=lines)
    assert "another configuration or corpus; training starts afresh" in lines[0]
    assert same_weights(changed, run_training(TEXT, make_config(epochs=2), tmp_path / "new"))


def test_state_of_another_corpus_is_not_gone_on_from(tmp_path: Path) -> None:
    run_training(TEXT, make_config(), tmp_path / "state")
    lines: list[str] = []
    run_training(make_text(seed=1), make_config(), tmp_path / "state", lines=lines)
    assert "training starts afresh" in lines[0]


def test_description_and_analysis_do_not_matter(tmp_path: Path) -> None:
    run_training(TEXT, make_config(), tmp_path / "state")
    lines: list[str] = []
    renamed = make_config(description="new words", analysis="sentiment")
    run_training(TEXT, renamed, tmp_path / "state", lines=lines)
    assert "already trained" in lines[0]


@pytest.mark.parametrize("content", [b"", b"not a state", None])
def test_damaged_state_starts_afresh(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "state"
    expected = run_training(TEXT, make_config(), path)
    path.write_bytes(path.read_bytes()[:-50] if content is None else content)
    lines: list[str] = []
    assert same_weights(run_training(TEXT, make_config(), path, lines=lines), expected)
    assert re.search(r"state is damaged or cut short: .*; training starts afresh", lines[0])


def test_learns_and_keeps_the_best_weights(tmp_path: Path) -> None:
    trained = run_training(TEXT, make_config(epochs=12, dropout={}), tmp_path / "state")
    losses = [row["loss"] for row in trained.log if row["split"] == "validation"]
    assert losses[-1] < 1.6 < losses[0]
    assert trained.best_epoch == losses.index(min(losses))


def test_learns_to_tell_reviews_apart(tmp_path: Path) -> None:
    config = make_config(cell="gru", epochs=10, dropout={})
    trained = run_training(REVIEWS, config, tmp_path / "state")
    accuracies = [row["value"] for row in trained.log if row["split"] == "validation"]
    assert max(accuracies) == 1.0
