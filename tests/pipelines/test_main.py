"""The command ``rnnvis``, as a person types it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from pipelines.cli.storage_checks import check_results
from tests.pipelines.conftest import run_command
from tests.pipelines.tiny_project import MODELS, environment, write_project, write_yaml
from warehouse.disk_use import disk_use, megabytes
from warehouse.errors import ConfigurationError
from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.end_to_end

PATIENCE_SECONDS = 600
RNNVIS = str(Path(sys.executable).with_name("rnnvis"))


def _run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RNNVIS, *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_list_shows_what_there_is(analysed):
    done = _run("list", env=environment(analysed.configs, analysed.storage.root))
    assert done.returncode == 0
    assert "tiny-lstm" in done.stdout
    assert "2×8 lstm" in done.stdout
    size = sum(disk_use(analysed.storage, "tiny-lstm").values())
    assert size > 100_000
    assert megabytes(size) in done.stdout
    assert "fresh" in done.stdout


def test_a_second_materialize_says_that_all_is_fresh(analysed):
    done = run_command(analysed, "materialize", "tiny-lstm")
    assert done.exit_code == 0
    assert "tiny-lstm: already fresh" in done.output


def test_an_unknown_model_ends_with_a_clear_message(analysed):
    env = environment(analysed.configs, analysed.storage.root)
    done = _run("materialize", "tiny-lsmt", env=env)
    assert done.returncode == 1
    assert "tiny-lstm" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wrong_configuration_is_left_out_with_all_its_faults(workshop):
    write_yaml(workshop.configs / "schedules.yaml", {"nightly": {"corn": "0 2 * * *"}})
    write_yaml(workshop.configs / "models" / "tiny-gru.yaml", {"dataset": "tiny_reviews"})
    done = run_command(workshop, "list")
    assert done.exit_code == 0
    for part in ("left out", "cron", "tiny-gru.yaml", "hidden_size"):
        assert part in done.output
    job = workshop.definitions.resolve_job_def("analyse_model")
    assert job.partitions_def.get_partition_keys() == ["tiny-lstm"]
    done = run_command(workshop, "materialize", "tiny-gru")
    assert isinstance(done.exception, ConfigurationError)
    assert "hidden_size" in done.output


def test_doctor_lists_results_that_no_configuration_describes(kept, monkeypatch):
    (kept.configs / "models" / "tiny-gru.yaml").unlink()
    for name, value in environment(kept.configs, kept.storage.root).items():
        monkeypatch.setenv(name, value)
    found = {finding.subject: finding for finding in check_results()}
    assert found["results of tiny-gru"].verdict == "note"
    assert found["results of tiny-gru"].repair.endswith("rnnvis remove tiny-gru")
    assert found["results of tiny-lstm"].verdict == "good"


def test_doctor_names_repairs(workshop, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIS_MIRROR", str(tmp_path / "none"))
    done = run_command(workshop, "doctor")
    assert done.exit_code == 1
    assert "is not a folder" in done.output
    assert "repair:" in done.output


def test_dg_and_dagster_accept_the_checkout(tmp_path):
    program = str(Path(sys.executable).with_name("dg"))
    done = subprocess.run(
        [program, "check", "defs"],
        cwd=CHECKOUT,
        env=environment(CHECKOUT / "configs", tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_killed_command_is_mended_by_running_it_again(analysed, tmp_path):
    """Killed as soon as the corpus is there, so within the training; ``tests/faults`` kills every
    stage."""
    configs, storage = write_project(tmp_path), tmp_path / "storage"
    env = environment(configs, storage)
    victim = subprocess.Popen([RNNVIS, "materialize", "tiny-gru"], env=env, stdout=subprocess.PIPE)
    manifest = storage / "manifests" / "tiny_reviews" / "corpus.json"
    while victim.poll() is None and not manifest.exists():
        time.sleep(0.002)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    done = _run("materialize", "tiny-gru", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    leftovers = [path for path in storage.rglob(".tmp-*") if "dagster" not in path.parts]
    assert leftovers == []
    ours = load_file(storage / "checkpoints" / "tiny-gru" / "weights.safetensors")
    uninterrupted = load_file(analysed.storage.checkpoint("tiny-gru") / "weights.safetensors")
    assert ours.keys() == uninterrupted.keys()
    assert all((ours[name] == uninterrupted[name]).all() for name in ours)


def test_progress_is_shown_while_it_works(kept):
    write_yaml(kept.configs / "models" / "tiny-gru.yaml", MODELS["tiny-gru"] | {"seed": 3})
    done = run_command(kept, "materialize", "tiny-gru")
    assert re.search(r"epoch", done.output)
    assert re.search(r"tiny-gru: done in", done.output)


def test_an_interrupt_stops_the_whole_command_and_says_how_to_go_on(tmp_path):
    """As Ctrl-C in a terminal does: every process of the command is interrupted, as soon as the
    first of two models has begun. The second must not begin."""
    env = environment(write_project(tmp_path), tmp_path / "storage") | {"PYTHONUNBUFFERED": "1"}
    command = [RNNVIS, "materialize", "tiny-gru", "tiny-lstm"]
    running = subprocess.Popen(
        command,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    next(line for line in running.stdout if "tiny-gru: training" in line)
    os.killpg(running.pid, signal.SIGINT)
    rest, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 130
    assert "tiny-lstm" not in rest.replace("materialize tiny-gru tiny-lstm", "")
    assert "Traceback" not in rest
    assert "finished stages are kept" in rest
    assert "rnnvis materialize tiny-gru tiny-lstm" in rest
