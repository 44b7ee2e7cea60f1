"""Whether a process lives: said only of what can be known from here."""

import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from rnnvis_assets.engine import process_identity
from rnnvis_assets.engine.process_identity import life_of, this_process


def test_this_process_is_alive_and_its_name_says_which():
    here = this_process()
    assert life_of(here) == "alive"
    assert f"process {psutil.Process().pid} of {here.host} (" in here.name


def test_a_process_that_has_ended_is_dead():
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert life_of(replace(this_process(), pid=ended.pid)) == "dead"


def test_a_number_that_another_process_has_by_now_is_dead():
    assert life_of(replace(this_process(), started=1.0)) == "dead"


@pytest.mark.parametrize("foreign", ["host", "machine", "namespace"])
def test_nothing_is_known_of_another_machine_or_container(foreign):
    assert life_of(replace(this_process(), pid=999_999_999, **{foreign: "another"})) == "unknown"


def test_no_process_outlives_a_boot_of_its_machine(monkeypatch):
    here = replace(this_process(), machine="m")
    monkeypatch.setattr(process_identity, "this_process", lambda: here)
    assert life_of(replace(here, boot="an earlier one")) == "dead"


def test_a_machine_without_an_identity_may_be_another_one_of_that_name(monkeypatch):
    here = replace(this_process(), machine="")
    monkeypatch.setattr(process_identity, "this_process", lambda: here)
    assert life_of(replace(here, boot="another")) == "unknown"


@pytest.mark.parametrize("part", ["host", "machine", "boot", "namespace"])
def test_the_same_number_in_another_place_has_another_name(part):
    here = this_process()
    assert replace(here, **{part: "another"}).name != here.name
