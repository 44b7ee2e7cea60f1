"""The command ``rnnvis``: thin, so that Python code can do everything that it does."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.error_boundary import DEBUG, FAILED, Commands, exit_with
from pipelines.cli.housekeeping_commands import pack, prune, remove, reproduce, unpack
from pipelines.cli.import_commands import app as import_app
from pipelines.cli.import_commands import check_app
from pipelines.cli.shared_commands import fetch, publish
from pipelines.cli.start_commands import init, start
from pipelines.cli.terminal import console, print_plain
from rnnvis_assets.configuration.load_project import load_sound_project
from rnnvis_assets.engine.open_context import open_context
from rnnvis_assets.engine.stage import RunContext
from warehouse.errors import RnnvisError
from warehouse.storage import Storage

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(import_app, name="import")
app.add_typer(check_app, name="check")
for command in (init, start, remove, prune, pack, unpack, publish, fetch, reproduce):
    app.command()(command)
SERVING = frozenset({"view", "demo", "start"})
"""Commands whose process serves the viewer until it is interrupted."""
DagsterPart = Literal["all", "code-server", "daemon", "webserver"]


def _context() -> RunContext:
    """With the configurations that are sound; the faults of the others are printed."""
    project, error = load_sound_project()
    if error is not None:
        print_plain(error, "[yellow]left out[/]: ")
    return open_context(project, console.print)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="shows where an error was raised")] = False,
) -> None:
    """Opens the memory of recurrent networks: train, record, analyse, explore."""
    if debug:
        os.environ[DEBUG] = "1"


@app.command("list")
def list_command() -> None:
    """Shows datasets, models and comparisons, and what is fresh, stale or missing."""
    from pipelines.cli.terminal_tables import list_comparisons, list_datasets, list_models

    context = _context()
    console.print(list_datasets(context), list_models(context))
    if context.project.comparisons:
        console.print(list_comparisons(context))


@app.command()
def materialize(
    names: Annotated[
        list[str], typer.Argument(help="models, comparisons and datasets, from `rnnvis list`")
    ],
    recordings: Annotated[
        bool, typer.Option("--recordings", help="also records again what `rnnvis prune` removed")
    ] = False,
) -> None:
    """Runs whatever of these is missing, stale or damaged, through Dagster."""
    from pipelines.orchestration.build_definitions import build_defs
    from pipelines.orchestration.dagster_instance import open_instance
    from pipelines.orchestration.runs import materialise_all, models_named
    from rnnvis_assets.housekeeping.pruning import forget_pruning

    context = _context()
    if recordings:
        forget_pruning(context, models_named(names, context))
    with open_instance(context.storage) as instance:
        reports = materialise_all(names, build_defs(), instance, context)
    for report in reports:
        if report.error:
            print_plain(report.error, f"[red]{report.name} failed[/]: ")
        elif report.stages:
            console.print(f"[green]{report.name}[/]: done in {report.seconds:.0f} s")
        else:
            console.print(f"[green]{report.name}[/]: already fresh")
    if any(report.error for report in reports):
        raise typer.Exit(FAILED)


@app.command()
def findings(
    names: Annotated[list[str], typer.Argument(help="models and comparisons, from `rnnvis list`")],
) -> None:
    """Shows which of the paper's claims are supported on these models, with the numbers."""
    from pipelines.cli.terminal_tables import findings_tables

    context = _context()
    for table in findings_tables(context.storage, context.project, names):
        console.print(table)


@app.command()
def show(
    release: Annotated[str, typer.Argument(help="a model's name, a release's id, or its file")],
) -> None:
    """Shows what a release was made of: stages, code, machine, libraries and configuration."""
    from pipelines.cli.release_card import describe_release
    from warehouse.reader import find_release

    with find_release(release) as opened:
        console.print(*describe_release(opened), sep="\n\n")


@app.command()
def view(
    port: Annotated[int, typer.Option(help="port to listen on")] = 5006,
    address: Annotated[str, typer.Option(help="where to listen")] = "127.0.0.1",
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(help="HOST:PORT that browsers may name; repeatable"),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="its first line is asked for; else $RNNVIS_PASSWORD is")
    ] = None,
) -> None:
    """Serves the viewer in a browser; by default only this machine can open it."""
    from viewer.server.access import Access, read_password
    from viewer.server.app import serve

    access = Access(address, tuple(allow_origin or ()), read_password(password_file))
    serve(Storage.from_environment(), port, access)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 5006,
) -> None:
    """Serves the viewer while two small networks are trained and analysed next to it."""
    from pipelines.cli.servers import run_demo

    run_demo(Storage.from_environment(), port)


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="a name from `rnnvis list`")],
    html: Annotated[Path, typer.Option(help="file to write: a page that needs no server")],
    view: Annotated[
        str, typer.Option(help="what to show: what stands after the ? in the viewer's address")
    ] = "",
) -> None:
    """Writes the analysis of a model as one page that opens from disk."""
    from viewer.export.export_command import write_page

    write_page(Storage.from_environment(), model, html, view)
    console.print(f"wrote {html}")


@app.command()
def dagster(
    part: Annotated[
        DagsterPart, typer.Argument(help="all, or one process of its own, as several machines need")
    ] = "all",
    port: Annotated[int, typer.Option(help="port to listen on")] = 3000,
    address: Annotated[str, typer.Option(help="where to listen")] = "127.0.0.1",
    code_server: Annotated[
        str, typer.Option(help="HOST:PORT of the code server that webserver and daemon use")
    ] = "",
) -> None:
    """Starts Dagster's UI and daemon, its history where configs/engine.yaml says.

    Its pages ask for no password: whoever can open them can start runs.
    """
    from pipelines.cli.dagster_processes import dagster_command
    from pipelines.cli.servers import require_free_port
    from pipelines.orchestration.dagster_instance import open_instance

    if part != "daemon":
        require_free_port(port, f"rnnvis dagster {part}")
    with open_instance(Storage.from_environment()) as instance:
        home = Path(instance.root_directory)
    program, *arguments = dagster_command(part, home, address, port, code_server)
    if part == "all":
        console.print(f"Dagster on http://{address}:{port}, history in {home}")
    os.execv(program, [program, *arguments])  # noqa: S606 - its signals become Dagster's own


@app.command()
def doctor() -> None:
    """Checks the installation, and says which command repairs what is wrong."""
    from pipelines.cli.doctor import examine

    marks = {"good": "[green]good [/]", "note": "[yellow]note [/]", "wrong": "[red]wrong[/]"}
    findings = list(examine())
    for finding in findings:
        console.print(f"{marks[finding.verdict]} {finding.subject}: {finding.text}")
        if finding.repair:
            print_plain(f"      repair: {finding.repair}")
    if any(finding.verdict == "wrong" for finding in findings):
        raise typer.Exit(FAILED)


def main() -> None:
    """Runs the command; an error meant for a person is printed as one, with exit code 1."""
    if SERVING.intersection(sys.argv):
        from viewer.server.memory import start_again_with_system_allocator

        start_again_with_system_allocator()
    try:
        app()
    except RnnvisError as error:
        exit_with(error)


if __name__ == "__main__":
    main()
