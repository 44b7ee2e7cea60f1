"""Removing, pruning and handing over: the commands that keep the storage in order."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.terminal import console, print_plain
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.open_context import open_context
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stored_outputs import remove_outputs
from rnnvis_assets.housekeeping.handover import pack_analysis, unpack_analysis
from rnnvis_assets.housekeeping.notes import notes_of
from rnnvis_assets.housekeeping.pruning import KINDS, Prunable, configured_names, remove_results
from rnnvis_assets.housekeeping.reproduction import differing_columns
from rnnvis_assets.housekeeping.reproduction import reproduce as make_again
from warehouse.disk_use import disk_use, megabytes, stored_names
from warehouse.errors import BusyError, ConfigurationError, near_miss
from warehouse.reader import Release, find_release
from warehouse.schema import TABLES
from warehouse.storage import Storage

Yes = Annotated[bool, typer.Option("--yes", help="does not ask")]


def _context() -> RunContext:
    return open_context(load_project(), console.print)


def _sizes(title: str, rows: Sequence[tuple[str, int]]) -> Table:
    total = sum(size for _, size in rows)
    table = Table(title, Column("frees", justify="right"), show_footer=len(rows) > 1)
    table.columns[0].footer, table.columns[1].footer = "together", megabytes(total)
    for name, size in rows:
        table.add_row(escape(name), megabytes(size))
    return table


def remove(
    name: Annotated[str, typer.Argument(help="a model, dataset or comparison")], yes: Yes = False
) -> None:
    """Removes all results of a model, of each of its seeds and what holds over them, or those of
    a dataset or comparison; the configuration stays."""
    context = _context()
    known = {*stored_names(context.storage), *configured_names(context.project)}
    if name not in known:
        raise ConfigurationError(
            f"nothing is named {name}{near_miss(name, known)}", repair="rnnvis list"
        )
    names = _names_of_family(context, name)
    sizes = {name: disk_use(context.storage, name) for name in names}
    root = context.storage.root
    rows = [
        (str(folder.relative_to(root)), size)
        for folders in sizes.values()
        for folder, size in folders.items()
    ]
    if not rows:
        console.print(f"there are no results of {name}")
        return
    console.print(_sizes(f"in {root}", rows))
    if not yes:
        typer.confirm(f"Remove all results of {name}?", abort=True)
    for each, folders in sizes.items():
        if folders:
            remove_results(context, each)
            _remove_from_store(context, each)
            console.print(f"removed {each}: {megabytes(sum(folders.values()))} freed")
        if notes := str(notes_of(context.storage, each)):
            console.print(f"kept: {notes} of {each}, which people have written")


def _remove_from_store(context: RunContext, name: str) -> None:
    if context.store is not None:
        with hold_stage(context, name, "removal"):
            remove_outputs(context.store, name)
        console.print(f"removed {name} from {context.store.address}")


def _names_of_family(context: RunContext, name: str) -> list[str]:
    """A model's networks of all seeds and the comparison over them, as `rnnvis materialize` makes
    them; any other name by itself."""
    project = context.project
    family = project.family_of(name) if name in project.models else (name,)
    over = f"{name}.seeds"
    return [*family, over] if over in project.comparisons else list(family)


def prune(
    kinds: Annotated[
        list[str] | None, typer.Argument(help=f"of {', '.join(KINDS)}; all where none is named")
    ] = None,
    yes: Yes = False,
) -> None:
    """Frees space: recordings and training states of finished models, results without
    configuration. Shows each kind and what it means, and asks."""
    from pipelines.orchestration.stage_registry import MODEL_STAGES

    unknown = [kind for kind in kinds or () if kind not in KINDS]
    if unknown:
        raise typer.BadParameter(
            f"found {unknown[0]!r}, expected of {', '.join(KINDS)}{near_miss(unknown[0], KINDS)}"
        )
    context, stages = _context(), [asset.stage for asset in MODEL_STAGES]
    for kind in kinds or KINDS:
        found = list(KINDS[kind].find(context, stages))
        if found:
            _prune_kind(context, kind, found, yes)
        else:
            console.print(f"{kind}: there is nothing to prune")


def _prune_kind(context: RunContext, kind: str, found: Sequence[Prunable], yes: bool) -> None:
    console.print(_sizes(kind, [(f"{each.name}: {each.what}", each.size) for each in found]))
    console.print(KINDS[kind].meaning)
    if not yes and not typer.confirm("Remove them?"):
        return
    for each in found:
        try:
            KINDS[kind].prune(context, each.name)
            console.print(f"{each.name}: {megabytes(each.size)} freed")
        except BusyError as error:
            print_plain(error, "[yellow]left[/]: ")


def pack(
    release: Annotated[str, typer.Argument(help="a model's name, or the id of its release")],
    to: Annotated[
        Path | None, typer.Option(help="file to write; else NAME-RELEASE.zip, here")
    ] = None,
    recording: Annotated[
        bool, typer.Option("--recording", help="with the recording, the largest part by far")
    ] = False,
) -> None:
    """Packs a model's current release, with all that it was made of, into one archive."""
    context = _context()
    with find_release(release, context.storage) as opened:
        path = to or Path(f"{opened.name}-{opened.release_id}.zip")
        index = pack_analysis(context, opened, path, with_recording=recording)
    console.print(f"wrote {path}: {len(index.files)} files, {megabytes(path.stat().st_size)}")


def unpack(file: Annotated[Path, typer.Argument(help="an archive of `rnnvis pack`")]) -> None:
    """Adds the analysis in an archive to the storage; every file's hash is checked."""
    context = _context()
    index = unpack_analysis(context, file)
    model, release = index.about["model"], index.about["release"]
    console.print(f"unpacked {model}, release {release}; now: rnnvis view")
    if model not in context.project.models:
        console.print(f"no configuration is named {model} here: it can be viewed, not run again")


def reproduce(
    release: Annotated[str, typer.Argument(help="a model's name, a release's id, or its file")],
    into: Annotated[
        Path | None, typer.Option(help="storage folder to keep it in; else a temporary one")
    ] = None,
) -> None:
    """Makes a release again, from the configuration that it holds, and compares every table.

    Exits with 1 where one differs. A dataset is read from where `rnnvis materialize` reads it.
    """
    from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES

    of_dataset, of_model = (
        [asset.stage for asset in group] for group in (DATASET_STAGES, MODEL_STAGES)
    )
    with TemporaryDirectory(prefix="rnnvis-") as temporary, find_release(release) as first:
        storage = Storage((into or Path(temporary)).absolute())
        with make_again(first, storage, of_dataset, of_model, console.print) as second:
            differing = differing_columns(first, second)
            console.print(_compared(first, second, differing))
    if any(differing.values()):
        raise typer.Exit(1)


def _compared(first: Release, second: Release, differing: Mapping[str, Sequence[str]]) -> Table:
    table = Table("table", f"{first.release_id} and {second.release_id}", "not compared")
    for name, columns in differing.items():
        verdict = f"[red]differs[/] in {', '.join(columns)}" if columns else "[green]identical[/]"
        table.add_row(name, verdict, ", ".join(TABLES[name].volatile))
    return table
