"""What is tried again by itself, and what is not."""

from collections.abc import Callable

import dagster as dg
import pytest

from pipelines.orchestration.runs import PREPARE_CORPUS, run_job
from pipelines.orchestration.stage_registry import DATASET_STAGES
from rnnvis_assets.engine import dagster_asset
from rnnvis_assets.engine.dagster_process import ASKED_BY_TAG
from rnnvis_assets.engine.run_stage import run_stage
from warehouse.errors import BusyError, CorpusError, NetworkError, RnnvisError, StorageError

DATASET = "tiny_reviews"


@pytest.fixture
def fail_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[RnnvisError], None]:
    """The first stage that runs raises that error; retries do not wait."""

    def fail(error: RnnvisError) -> None:
        errors = [error]

        def run(*arguments):
            if errors:
                raise errors.pop()
            return run_stage(*arguments)

        monkeypatch.setattr(dagster_asset, "run_stage", run)
        monkeypatch.setattr(dagster_asset, "FIRST_WAIT_SECONDS", 0)

    return fail


def _run(workshop) -> dg.ExecuteInProcessResult:
    """As Dagster runs the job, which no person attends."""
    job = workshop.definitions.resolve_job_def(PREPARE_CORPUS)
    return job.execute_in_process(
        instance=workshop.instance, partition_key=DATASET, raise_on_error=False
    )


@pytest.mark.parametrize("error", [BusyError("busy"), NetworkError("no answer")], ids=str)
def test_what_passes_by_itself_is_tried_again(error, workshop, fail_once):
    fail_once(error)
    result = _run(workshop)
    assert result.success
    assert [event.step_key for event in result.all_events if event.is_step_up_for_retry] == [
        "corpus"
    ]


@pytest.mark.parametrize("error", [CorpusError("empty"), StorageError("disk is full")], ids=str)
def test_what_would_fail_again_is_not(error, workshop, fail_once):
    fail_once(error)
    result = _run(workshop)
    assert not result.success
    assert not any(event.is_step_up_for_retry for event in result.all_events)


def test_a_corpus_that_a_run_waits_for_is_tried_again_too(workshop, fail_once):
    fail_once(NetworkError("no answer"))
    report = run_job(
        PREPARE_CORPUS, DATASET_STAGES, DATASET, workshop.definitions, workshop.instance,
        {ASKED_BY_TAG: "a run of a model"},
    )  # fmt: skip
    assert report.error is None


def test_a_run_of_the_command_line_is_refused_at_once(workshop, fail_once):
    fail_once(BusyError("busy"))
    report = run_job(
        PREPARE_CORPUS, DATASET_STAGES, DATASET, workshop.definitions, workshop.instance
    )
    assert report.error == "busy"
