"""``rnnvis check recording`` and ``rnnvis import recording``: what another program recorded."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipelines.cli.import_commands import app as import_app

check_app = typer.Typer(help="Tells everything that is wrong, at once.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
FAILED = 1


@check_app.command("recording")
def check(
    folder: Annotated[Path, typer.Argument(help="the recording's folder")],
) -> None:
    """Reads a recording that another program wrote, and tells everything that is wrong with it."""
    from rnnvis_assets.recording_import.checks.check_recording import check_recording

    report = check_recording(folder)
    console.print(report.summary)
    for note in report.notes:
        console.print(f"[yellow]note[/]: {escape(note)}")
    for fault in report.faults:
        console.print(f"[red]fault[/]: {escape(str(fault))}")
    console.print(f"{len(report.faults)} faults" if report.faults else "[green]nothing is wrong[/]")
    if report.faults:
        raise typer.Exit(FAILED)


@import_app.command("recording")
def import_recording(
    folder: Annotated[Path, typer.Argument(help="the recording's folder")],
    name: Annotated[str | None, typer.Option(help="the model's name; else the folder's")] = None,
    analysis: Annotated[str, typer.Option(help="a name from configs/analyses")] = "default",
) -> None:
    """Takes a recording that another program wrote in as a model, whole or not at all."""
    from rnnvis_assets.configuration.load_project import load_project
    from rnnvis_assets.engine.stage import RunContext
    from rnnvis_assets.model_kinds.register_recording import admit_recording
    from warehouse.storage import Storage

    context = RunContext(load_project(), Storage.from_environment(), console.print)
    admitted = admit_recording(context, folder, name, analysis)
    console.print(f"[green]{admitted}[/] is taken in; to analyse it: rnnvis materialize {admitted}")
