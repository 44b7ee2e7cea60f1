"""Running stages: when one is fresh, stale or missing, and what a run leaves behind."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.engine import freshness as freshness_module
from rnnvis_assets.engine.freshness import Freshness, fingerprint, freshness, library_version
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.run_stage import peak_memory, run_stage
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream
from warehouse import schema
from warehouse.errors import BusyError, StorageError
from warehouse.storage import Storage
from warehouse.stored_files import content_fault


def _context(root: Path, **settings_of_stages: Any) -> RunContext:
    """One model ``m`` of a dataset ``d``; the stages' settings are what a test says they are."""
    project = SimpleNamespace(
        datasets={"d": None}, models={"m": SimpleNamespace(dataset="d")}, **settings_of_stages
    )
    return RunContext(project, Storage(root), lambda _: None)


def _stage(name: str, *upstream: Upstream, content: str = "content", **changes: Any) -> Stage:
    """Writes ``content`` to ``tables/<partition>/<name>``; its setting is ``project.<name>``."""

    def run(context: RunContext, partition: str) -> StageOutput:
        path = context.storage.table(partition, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return StageOutput((path,), row_counts={name: 3}, figures={"length": len(content)})

    stage = Stage(name, upstream, lambda project, _: getattr(project, name, None), run)
    return replace(stage, **changes)


CORPUS = _stage("corpus")
CHECKPOINT = _stage("checkpoint", Upstream("corpus", of="dataset"))
RECORDING = _stage("recording", Upstream("checkpoint"), Upstream("corpus", of="dataset"))


OF_AN_EARLIER_VERSION = json.dumps(
    {
        "stage": "checkpoint", "partition": "m", "fingerprint": "0123", "data_version": "4567",
        "files": {}, "row_counts": {}, "figures": {}, "seconds": 1.0, "peak_memory_mib": 2.0,
        "created_at": "2026-01-01T00:00:00+00:00",
    }
)  # fmt: skip


@pytest.fixture
def context(tmp_path) -> RunContext:
    """All three stages run once."""
    context = _context(tmp_path)
    run_stage(CORPUS, context, "d")
    run_stage(CHECKPOINT, context, "m")
    run_stage(RECORDING, context, "m")
    return context


def _states(context: RunContext, *stages: Stage) -> list[str]:
    return [freshness(stage, context, "m").state for stage in stages or (CHECKPOINT, RECORDING)]


def test_a_manifest_says_what_was_written_and_measured(context):
    manifest = read_manifest(context.storage, "checkpoint", "m")
    assert (manifest.stage, manifest.partition) == ("checkpoint", "m")
    assert dict(manifest.files) == {"tables/m/checkpoint.parquet": 7}
    assert manifest.row_counts == {"checkpoint": 3}
    assert manifest.figures == {"length": 7}
    assert manifest.seconds >= 0
    assert manifest.peak_memory_mib > 1
    assert manifest.created_at.endswith("+00:00")


def test_what_has_run_is_fresh_and_stays_so_when_run_again(context):
    before = read_manifest(context.storage, "checkpoint", "m")
    assert _states(context) == ["fresh", "fresh"]
    after = run_stage(CHECKPOINT, context, "m")
    assert (after.fingerprint, after.data_version) == (before.fingerprint, before.data_version)
    assert _states(context) == ["fresh", "fresh"]


@pytest.mark.parametrize(
    ("before", "after"), [('"seconds": ', '"seconds": 1'), ('"length": 7', '"length": 6')]
)
def test_a_changed_number_of_a_manifest_makes_it_none(context, before, after):
    path = context.storage.manifest("checkpoint", "m")
    path.write_text(path.read_text().replace(before, after))
    assert read_manifest(context.storage, "checkpoint", "m") is None
    found = freshness(CHECKPOINT, context, "m")
    assert (found.state, "manifest is damaged" in found.reason) == ("missing", True)


@pytest.mark.parametrize("name", ["files", "sha256", "row_counts", "pruned", "created_at"])
@pytest.mark.parametrize("content", [None, 3, [1], {"a": {}}])
def test_a_manifest_of_another_shape_counts_as_none(context, name, content):
    path = context.storage.manifest("checkpoint", "m")
    found = json.loads(path.read_text())
    del found["checksum"]
    path.write_text(json.dumps(found))
    assert read_manifest(context.storage, "checkpoint", "m") is not None
    path.write_text(json.dumps(found | {name: content}))
    assert read_manifest(context.storage, "checkpoint", "m") is None


def test_what_never_ran_is_missing(tmp_path):
    found = freshness(CORPUS, _context(tmp_path), "d")
    assert (found.state, found.reason) == ("missing", "never run to its end")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_text("cut"), "has 3 bytes, expected 7"),
    ],
)
def test_output_that_is_gone_or_cut_short_is_missing(context, damage, reason):
    damage(context.storage.table("m", "checkpoint"))
    found = freshness(CHECKPOINT, context, "m")
    assert found.state == "missing"
    assert reason in found.reason


def test_other_bytes_of_equal_size_are_found_where_hashes_are_compared(context):
    context.storage.table("m", "checkpoint").write_text("CONTENT")
    found = freshness(CHECKPOINT, context, "m", content_fault)
    assert (found.state, "not what was written" in found.reason) == ("missing", True)
    with pytest.raises(StorageError, match=r"checkpoint\.parquet is damaged") as caught:
        run_stage(RECORDING, context, "m")
    assert caught.value.repair == "rnnvis materialize m"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"stage": "checkpoint"}', OF_AN_EARLIER_VERSION]
)
def test_a_damaged_manifest_counts_as_none(context, content):
    context.storage.manifest("checkpoint", "m").write_text(content)
    assert read_manifest(context.storage, "checkpoint", "m") is None
    assert freshness(CHECKPOINT, context, "m").state == "missing"


def test_changed_settings_make_their_own_stage_stale_and_no_other(context):
    changed = replace(context, project=_context(Path(), checkpoint={"epochs": 2}).project)
    assert _states(changed) == ["stale", "fresh"]


def _a_column_more(monkeypatch: pytest.MonkeyPatch) -> None:
    table = schema.ALL_TABLES["evaluation"]
    column = replace(table.columns[0], name="new")
    changed = {**schema.ALL_TABLES, "evaluation": replace(table, columns=(*table.columns, column))}
    monkeypatch.setattr(freshness_module, "ALL_TABLES", changed)


def _another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness_module, "library_version", lambda name: f"{name} of tomorrow")


def _other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness_module, "code_version", lambda *_: "0123456789abcdef")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_a_column_more, "changed since: tables"),
        (_another_library, "changed since: numpy"),
        (_other_code, "changed since: code"),
    ],
)
def test_a_change_of_columns_libraries_or_code_makes_a_stage_stale_and_is_named(
    context, monkeypatch, change, reason
):
    stage = replace(CHECKPOINT, tables=("evaluation",), libraries=("numpy",))
    run_stage(stage, context, "m")
    assert _states(context, stage) == ["fresh"]
    change(monkeypatch)
    assert freshness(stage, context, "m") == Freshness("stale", reason)


def test_descriptions_of_columns_and_other_tables_leave_a_stage_fresh(context, monkeypatch):
    stage = replace(CHECKPOINT, tables=("training_log",))
    run_stage(stage, context, "m")
    _a_column_more(monkeypatch)
    assert _states(context, stage) == ["fresh"]
    table = schema.ALL_TABLES["training_log"]
    columns = tuple(replace(column, description="in other words") for column in table.columns)
    described = {**schema.ALL_TABLES, "training_log": replace(table, columns=columns)}
    monkeypatch.setattr(freshness_module, "ALL_TABLES", described)
    assert _states(context, stage) == ["fresh"]


def test_the_device_that_a_library_was_built_for_does_not_count(monkeypatch):
    library_version.cache_clear()
    monkeypatch.setattr(freshness_module, "version", lambda _: "2.13.0+cpu")
    assert library_version("torch") == "2.13.0"
    library_version.cache_clear()


def test_several_changes_are_all_named(context):
    run_stage(_stage("corpus", content="other"), context, "d")
    changed = replace(context, project=_context(Path(), checkpoint={"epochs": 2}).project)
    found = freshness(CHECKPOINT, changed, "m")
    assert found.reason == "changed since: settings, input corpus"


def test_another_output_makes_what_reads_it_stale(context):
    run_stage(_stage("corpus", content="other"), context, "d")
    assert _states(context) == ["stale", "stale"]


def test_the_same_output_leaves_what_reads_it_fresh(context):
    run_stage(replace(CORPUS, libraries=("numpy",)), context, "d")
    assert _states(context) == ["fresh", "fresh"]


def test_identity_is_the_data_version_where_a_stage_names_one(tmp_path):
    context, log = _context(tmp_path), tmp_path / "log"

    def run(seconds: str) -> Any:
        def write(context: RunContext, partition: str) -> StageOutput:
            weights = tmp_path / "weights"
            weights.write_text("same")
            log.write_text(seconds)
            return StageOutput((weights, log), identity=(weights,))

        return write

    versions = [
        run_stage(_stage("s", run=run(seconds)), context, "m").data_version
        for seconds in ("1.5", "2.7")
    ]
    assert versions[0] == versions[1]
    log.unlink()
    assert freshness(_stage("s"), context, "m").state == "missing"


def test_a_missing_upstream_stage_is_named_with_its_repair(tmp_path):
    context = _context(tmp_path)
    with pytest.raises(StorageError, match="checkpoint of m needs corpus of d") as caught:
        run_stage(CHECKPOINT, context, "m")
    assert "rnnvis materialize m" in str(caught.value)
    run_stage(CORPUS, context, "d")
    context.storage.table("d", "corpus").unlink()
    with pytest.raises(StorageError, match=r"cannot be used: tables/d/corpus\.parquet is gone"):
        run_stage(CHECKPOINT, context, "m")


def test_a_failed_run_leaves_the_last_manifest_and_the_partition_free(context):
    before = read_manifest(context.storage, "checkpoint", "m")

    def fail(context: RunContext, partition: str) -> StageOutput:
        raise ZeroDivisionError("of the stage")

    with pytest.raises(ZeroDivisionError, match="of the stage"):
        run_stage(replace(CHECKPOINT, run=fail), context, "m")
    assert read_manifest(context.storage, "checkpoint", "m") == before
    run_stage(CHECKPOINT, context, "m")


def test_a_model_that_another_run_works_on_is_refused(context):
    with (
        hold_stage(replace(context, run="another run"), "m", "recording"),
        pytest.raises(BusyError, match="m is being worked on by another run"),
    ):
        run_stage(CHECKPOINT, context, "m")


def test_a_stage_that_another_run_may_do_waits_for_it(context):
    heard = threading.Event()
    second = replace(context, report=lambda _: heard.set())
    stage = replace(CHECKPOINT, waits_for_runs=lambda _, __: True)
    with ThreadPoolExecutor() as pool:
        with hold_stage(replace(context, run="another run"), "m", "checkpoint"):
            waiting = pool.submit(run_stage, stage, second, "m")
            assert heard.wait(timeout=60)
            assert not waiting.done()
        assert waiting.result(timeout=60).stage == "checkpoint"


def test_settings_changed_during_a_run_leave_it_stale(context):
    changed = replace(context, project=_context(Path(), checkpoint={"epochs": 2}).project)

    def change(at: RunContext, partition: str) -> StageOutput:
        at.project.checkpoint = {"epochs": 3}
        return CHECKPOINT.run(at, partition)

    run_stage(replace(CHECKPOINT, run=change), changed, "m")
    assert _states(changed, CHECKPOINT) == ["stale"]


def test_leftovers_of_a_killed_run_are_removed_first(context):
    left = context.storage.table("m", "x").with_name(".tmp-1-x.parquet")
    others = context.storage.table("other", "x").with_name(".tmp-1-x.parquet")
    for path in (left, others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    run_stage(CHECKPOINT, context, "m")
    assert not left.exists()
    assert others.exists()


@settings(deadline=None)
@given(first=st.dictionaries(st.text(max_size=2), st.integers()), second=st.booleans())
def test_the_fingerprint_does_not_depend_on_the_order_of_settings(first, second):
    def of(setting: Any) -> str:
        return fingerprint(CHECKPOINT, _context(Path("none"), checkpoint=setting), "m")

    assert of(first) == of(dict(reversed(first.items())))
    assert of(first) != of({**first, "new": second})


def test_peak_memory_sees_what_has_been_freed_again():
    with peak_memory(interval_seconds=0.001) as peak:
        before = peak()
        block = bytearray(b"x") * (64 * 2**20)
        time.sleep(0.1)
        del block
    assert peak() >= before + 32


def test_two_stages_of_one_run_work_on_a_model_at_the_same_time(context):
    both_are_running = threading.Barrier(2, timeout=60)

    def meet(stage: Stage) -> Stage:
        def run(at: RunContext, partition: str) -> StageOutput:
            both_are_running.wait()
            return stage.run(at, partition)

        return replace(stage, run=run)

    with ThreadPoolExecutor() as threads:
        started = [
            threads.submit(run_stage, meet(stage), context, "m")
            for stage in (CHECKPOINT, RECORDING)
        ]
        manifests = [each.result() for each in started]
    assert [manifest.stage for manifest in manifests] == ["checkpoint", "recording"]
    assert _states(context) == ["fresh", "fresh"]
