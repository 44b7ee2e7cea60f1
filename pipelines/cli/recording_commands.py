"""``rnnvis check recording`` and ``rnnvis import recording``, for recordings of other programs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipelines.cli.import_commands import app as import_app

check_app = typer.Typer(help="Checks a recording and reports all its faults.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
FAILED = 1


@check_app.command("recording")
def check(
    folder: Annotated[Path, typer.Argument(help="the recording's folder")],
) -> None:
    """Checks a recording that another program wrote, and reports all its faults at once."""
    from rnnvis_assets.recording_import.check_recording import check_recording

    report = check_recording(folder)
    console.print(report.summary)
    for note in report.notes:
        console.print(f"[yellow]note[/]: {escape(note)}")
    for fault in report.faults:
        console.print(f"[red]fault[/]: {escape(str(fault))}")
    console.print(f"{len(report.faults)} faults" if report.faults else "[green]no faults[/]")
    if report.faults:
        raise typer.Exit(FAILED)


@import_app.command("recording")
def import_recording(
    folder: Annotated[Path, typer.Argument(help="the recording's folder")],
    name: Annotated[str | None, typer.Option(help="the model's name; else the folder's")] = None,
    analysis: Annotated[str, typer.Option(help="a name from configs/analyses")] = "default",
) -> None:
    """Imports a recording that another program wrote as a model, atomically."""
    from rnnvis_assets.configuration.load_project import load_project
    from rnnvis_assets.engine.stage import RunContext
    from rnnvis_assets.model_kinds.register_recording import register_recording
    from warehouse.storage import Storage

    context = RunContext(load_project(), Storage.from_environment(), console.print)
    model = register_recording(context, folder, name, analysis)
    console.print(f"[green]{model}[/] is imported; to analyse it: rnnvis materialize {model}")
