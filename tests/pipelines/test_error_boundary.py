"""No error leaves a command but in words; with --debug the traceback comes first."""

import sqlite3

import dagster as dg
import pytest
import typer

from pipelines.cli.error_boundary import DEBUG, Commands, exit_with
from pipelines.orchestration.runs import was_interrupted
from warehouse.errors import RecordingError, RnnvisError


def _app(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=Commands, add_completion=False)

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None:
        pass

    return app


def _ended(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code, and what was printed to each stream."""
    with pytest.raises(RnnvisError) as caught:
        _app(error)(["fail"], standalone_mode=False)
    with pytest.raises(SystemExit) as ended:
        exit_with(caught.value)
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RecordingError("cut", repair="rnnvis x"), "error: cut\n  repair: rnnvis x"),
        (OSError(28, "No space left on device", "/a/b"), "error: /a/b: the disk is full"),
        (sqlite3.DatabaseError("file is not a database"), "it is damaged"),
        (KeyError("name"), "error: KeyError: 'name'; this is a fault of RNNVis"),
    ],
)
def test_an_error_is_printed_in_words(capsys, monkeypatch, error, words):
    monkeypatch.delenv(DEBUG, raising=False)
    code, out, err = _ended(error, capsys)
    assert (code, err) == (1, "")
    assert words in out


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_an_interrupt_says_what_is_kept_and_how_to_go_on(capsys, monkeypatch, error):
    monkeypatch.setattr("sys.argv", ["/bin/rnnvis", "materialize", "tiny gru"])
    code, out, err = _ended(error, capsys)
    assert (code, err) == (130, "")
    assert "finished stages are kept" in out
    assert "rnnvis materialize 'tiny gru'" in out


@pytest.mark.parametrize(
    ("error", "interrupted"),
    [(RuntimeError("Query interrupted"), True), (RuntimeError("Query failed"), False)],
)
def test_a_query_that_a_person_interrupts_is_no_fault_of_ours(error, interrupted):
    @dg.op
    def query() -> None:
        raise error

    @dg.job
    def queries() -> None:
        query()

    assert was_interrupted(queries.execute_in_process(raise_on_error=False)) is interrupted


def test_a_traceback_is_shown_where_asked_for(capsys, monkeypatch):
    monkeypatch.setenv(DEBUG, "1")
    _, out, err = _ended(KeyError("name"), capsys)
    assert "in fail" in err
    assert "KeyError" in out


def test_a_wrong_option_is_said_by_the_command_line_itself():
    with pytest.raises(SystemExit) as ended:
        _app(KeyError())(["fail", "--unknown"])
    assert ended.value.code == 2
