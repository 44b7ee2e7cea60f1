"""Leases: one run a model, of all machines that share a store."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from rnnvis_assets.engine import store_lease
from rnnvis_assets.engine.run_lock import hold_free, hold_stage, hold_stage_in_turn
from rnnvis_assets.engine.stage import RunContext
from tests.s3_store import BUCKET, NO_HOOK, S3Store
from warehouse.errors import BusyError, StoreError
from warehouse.object_store import ObjectStore
from warehouse.storage import Storage

Machine = Callable[..., RunContext]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def machine(s3: S3Store, tmp_path: Path, said: list[str]) -> Iterator[Machine]:
    """The context of a run on a machine of its own."""
    store = ObjectStore(f"s3://{BUCKET}/{tmp_path.name}", s3.endpoint)

    def context(name: str, run: str | None = None) -> RunContext:
        storage = Storage(tmp_path / name)
        return RunContext(
            SimpleNamespace(), storage, said.append, run or f"run {name}", store=store
        )

    yield context
    s3.failures, s3.before = 0, NO_HOOK


def _hold(context: RunContext, stage: str = "glyphs", partition: str = "m") -> None:
    with hold_stage(context, partition, stage):
        pass


def _said_of(context: RunContext) -> dict[str, object]:
    found = context.store.get("leases/m.json")
    return json.loads(found.content)


@pytest.mark.parametrize("stage", ["glyphs", "findings"])
def test_of_two_drivers_one_is_refused_with_whose_lease_it_is(machine, stage):
    with (
        hold_stage(machine("one"), "m", "glyphs"),
        pytest.raises(BusyError, match=r"m is being worked on by run one \(glyphs, process") as it,
    ):
        _hold(machine("two"), stage)
    assert "has leased it in s3://" in it.value.message
    assert "its lease then ends within 60 s" in it.value.repair


def test_other_models_are_free_and_so_is_this_one_afterwards(machine):
    with hold_stage(machine("one"), "m", "glyphs"):
        _hold(machine("two"), partition="other")
    _hold(machine("two"))


def test_stages_of_one_run_are_held_side_by_side_on_several_machines(machine):
    one, two, other = machine("one", "run"), machine("two", "run"), machine("three")
    with hold_stage(one, "m", "findings"):
        with hold_stage(two, "m", "glyphs"):
            assert _said_of(one)["stages"] == ["findings", "glyphs"]
        with pytest.raises(BusyError, match=r"by run \(findings"):
            _hold(other)
    _hold(other)


def test_a_stale_lease_is_taken_over_with_a_report(machine, said):
    killed = machine("killed")
    with hold_stage(killed, "m", "glyphs"):
        left = _said_of(killed)
    left["seconds"] = 0
    found = killed.store.get("leases/m.json")
    assert killed.store.swap("leases/m.json", json.dumps(left).encode(), found.tag)
    _hold(machine("two"))
    (line,) = said
    assert line.startswith("m: taking over the lease of run killed, process")
    assert line.endswith("s ago")


def test_a_lease_is_renewed_while_a_stage_runs_also_where_the_store_is_gone_for_a_while(
    machine, s3, monkeypatch
):
    monkeypatch.setattr(store_lease, "LEASE_SECONDS", 0.04)
    one, renewed, puts = machine("one"), Event(), []

    def count(method: str, path: str) -> None:
        if method == "PUT" and "leases/" in path:
            puts.append(path)
            if len(puts) == 2:
                s3.failures = 6
            elif len(puts) > 2 and not s3.failures:
                renewed.set()

    s3.before = count
    with hold_stage(one, "m", "glyphs"):
        assert renewed.wait(timeout=60)
    assert _said_of(one)["stages"] == []


def test_a_lease_that_another_run_has_taken_is_left_to_it(machine):
    one = machine("one")
    with hold_stage(one, "m", "glyphs"):
        taken = _said_of(one) | {"run": "run two", "nonce": "of run two"}
        while not one.store.swap(
            "leases/m.json", json.dumps(taken).encode(), one.store.get("leases/m.json").tag
        ):
            pass
    assert _said_of(one) == taken


def test_what_is_no_lease_holds_nobody(machine):
    machine("one").store.swap("leases/m.json", b"{}", None)
    _hold(machine("one"))


def test_who_waits_in_turn_gets_it_once_it_is_free(machine, said, monkeypatch):
    monkeypatch.setattr("rnnvis_assets.engine.run_lock.PATIENCE_SECONDS", 0.01)
    ends = hold_stage(machine("one"), "m", "corpus")
    ends.__enter__()
    two = machine("two")
    object.__setattr__(two, "report", lambda line: (said.append(line), ends.__exit__(*[None] * 3)))
    with hold_stage_in_turn(two, "m", "corpus"):
        assert _said_of(two)["run"] == "run two"
    assert [line.endswith(": waiting for it") for line in said] == [True]


def test_of_a_family_those_are_held_that_no_other_machine_works_on(machine):
    with (
        hold_stage(machine("one"), "a", "checkpoint"),
        hold_free(machine("two"), ["a", "b"], "checkpoint") as held,
    ):
        assert held == ("b",)
    _hold(machine("three"), partition="b")


def test_a_store_that_is_gone_refuses_before_any_work(machine, s3):
    s3.failures = 1000
    with pytest.raises(StoreError, match="start the store"):
        _hold(machine("one"))
    s3.failures = 0
    _hold(machine("two"))
