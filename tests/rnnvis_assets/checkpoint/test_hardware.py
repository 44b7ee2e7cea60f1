"""Device, precision and threads follow from capabilities and configuration."""

import os
import re
import subprocess
import sys

import pytest
import torch

from rnnvis_assets.checkpoint import hardware
from rnnvis_assets.checkpoint.hardware import Hardware, choose_hardware, describe_device
from rnnvis_assets.network.recurrent_network import limited_threads
from tests.rnnvis_assets.checkpoint.small_runs import make_config

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("setting", "native", "task", "expected"),
    [
        ("auto", True, "language_model", "bfloat16"),
        ("auto", False, "language_model", "float32"),
        ("auto", True, "classification", "float32"),
        ("float32", True, "language_model", "float32"),
        ("bfloat16", False, "classification", "bfloat16"),
    ],
)
def test_precision(
    setting: str, native: bool, task: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "has_fast_bfloat16", lambda _: native)
    assert choose_hardware(make_config(precision=setting), task).precision_name == expected


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"amx_bf16": True}, "bfloat16"),
        ({"amx_bf16": True, "avx512_bf16": True}, "bfloat16"),
        ({"amx_tile": True, "avx512_bf16": True}, "float32"),
        ({"avx512_bf16": True}, "float32"),
        ({"avx2": True}, "float32"),
    ],
)
def test_precision_of_the_processor(
    capabilities: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_hardware(make_config(), "language_model").precision_name == expected
    assert expected in describe_device()


@pytest.mark.parametrize(
    ("device", "precision", "expected"),
    [
        ("cpu", torch.bfloat16, True),
        ("cpu", torch.float32, False),
        ("cuda", torch.bfloat16, False),
        ("cuda", torch.float32, False),
    ],
)
def test_recurrent_layers_are_lowered_on_the_cpu_alone(
    device: str, precision: torch.dtype, expected: bool
) -> None:
    made = Hardware(torch.device(device), precision, threads=1, recurrent_threads=1)
    assert made.lowers_recurrence is expected


def test_threads() -> None:
    with limited_threads(2):
        small = choose_hardware(make_config(hidden_size=128), "language_model")
        large = choose_hardware(make_config(hidden_size=200), "language_model")
        classifier = choose_hardware(make_config(hidden_size=50), "classification")
    assert (small.threads, small.recurrent_threads) == (2, 1)
    assert (large.threads, large.recurrent_threads) == (2, 2)
    assert (classifier.threads, classifier.recurrent_threads) == (1, 1)


def test_limit_ends_with_the_block() -> None:
    before = torch.get_num_threads()
    with limited_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_waiting_threads_sleep_unless_the_user_wants_otherwise(
    given: str | None, expected: str
) -> None:
    """As OpenMP itself reports it when torch loads it."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_DISPLAY_ENV": "true", **({"OMP_WAIT_POLICY": given} if given else {})}
    command = [sys.executable, "-c", "import rnnvis_assets.checkpoint.hardware"]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert set(re.findall(r"OMP_WAIT_POLICY = '(\w+)'", finished.stderr)) == {expected}
