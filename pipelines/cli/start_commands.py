"""The first commands: ``rnnvis init`` and ``rnnvis start``."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.servers import DEMO_MODELS, require_free_port, view_while_analysing
from pipelines.cli.terminal import print_plain
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.configuration.new_project import make_project
from rnnvis_assets.engine.open_context import open_context
from warehouse.errors import ConfigurationError
from warehouse.storage import SHIPPED_CONFIGS, configs_folder


def init() -> None:
    """Makes a folder `configs` here, for your own models; results will lie in `storage` here."""
    made = make_project(Path.cwd(), DEMO_MODELS)
    print_plain(f"made {made}: the demo's models, and every analysis")


def start(
    file: Annotated[Path, typer.Argument(help="a text, or a table of texts and labels")],
    text: Annotated[str | None, typer.Option(help="the column of the text; else found")] = None,
    label: Annotated[
        str | None, typer.Option(help="the column of the labels, or none; else found")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="en, de, zh and so on, or none; else found")
    ] = None,
    leave_out_missing: Annotated[
        bool,
        typer.Option("--leave-out-missing", help="does without rows that lack a value"),
    ] = False,
    name: Annotated[str | None, typer.Option(help="of the dataset; else the file's")] = None,
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 5006,
) -> None:
    """Trains a network on a file of text, analyses it, and serves the viewer meanwhile.

    Writes a dataset's and a model's configuration that fit the text; run again, it goes on with
    these. A table with labels gets a classifier, any other text a language model.
    """
    from rnnvis_assets.own_text.start_files import TextOptions, start_model

    if not (file.is_file() or file.is_dir()):
        found = "is neither a regular file nor a folder" if file.exists() else "is missing"
        raise ConfigurationError(f"{file} {found}", repair="name a file of text")
    require_free_port(port, f"rnnvis start {file}")
    if configs_folder() == SHIPPED_CONFIGS and Path.cwd() != SHIPPED_CONFIGS.parent:
        print_plain(f"made {make_project(Path.cwd(), ())}")
    context = open_context(load_project(), print_plain)
    started = start_model(
        context,
        file,
        TextOptions(text, label, language, "leave_out" if leave_out_missing else "refuse", name),
    )
    for note in started.notes:
        print_plain(note)
    view_while_analysing(context.storage, [started.model], port, f"?model={started.model}")
