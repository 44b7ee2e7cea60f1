"""What people have written about models: names of clusters, and named views.

It is no result, and no run makes it again: it stays where results are removed, and goes along where
they are handed over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.engine.stage import RunContext
from warehouse.atomic_files import explained, write_text
from warehouse.cluster_names import name_files, require_name
from warehouse.disk_use import bytes_of
from warehouse.errors import StorageError
from warehouse.named_views import named_views, read_view_file
from warehouse.storage import NOTE_FOLDERS, Storage

NAMES, VIEWS = NOTE_FOLDERS


@dataclass(frozen=True)
class Notes:
    """The files of the names of a model's clusters, and of the views that show it first or only it;
    ``shared`` are those of the views that show other models too."""

    names: tuple[Path, ...]
    views: tuple[Path, ...]
    shared: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return self.names + self.views

    @property
    def size(self) -> int:
        return sum(map(bytes_of, self.files))

    def __str__(self) -> str:
        return _counted(len(self.names), len(self.views))


def _counted(names: int, views: int) -> str:
    counts = {"name of a cluster": names, "named view": views}
    plurals = {"name of a cluster": "names of clusters", "named view": "named views"}
    found = [f"{n} {what if n == 1 else plurals[what]}" for what, n in counts.items() if n]
    return " and ".join(found)


def notes_of(storage: Storage, model: str) -> Notes:
    """What there is of a model."""
    views, _ = named_views(storage)
    own = [view for view in views if view.models[:1] == (model,)]
    paths = {view.id: storage.views / f"{view.id}.json" for view in own}
    return Notes(
        tuple(name_files(storage, model)),
        tuple(paths.values()),
        tuple(paths[view.id] for view in own if len(view.models) > 1),
    )


def noted_models(storage: Storage) -> list[str]:
    """Every model that somebody has written something about."""
    named = {path.parent.name for path in storage.root.glob(f"{NAMES}/[!.]*/[!.]*.json")}
    views, _ = named_views(storage)
    return sorted(named | {view.models[0] for view in views if view.models})


def notes_faults(storage: Storage) -> Iterator[StorageError]:
    """What is wrong with files that cannot be read."""
    readers = {f"{NAMES}/[!.]*/[!.]*.json": require_name, f"{VIEWS}/[!.]*.json": read_view_file}
    for pattern, read in readers.items():
        for path in sorted(storage.root.glob(pattern)):
            try:
                read(path)
            except StorageError as error:
                yield error


def packed_notes(context: RunContext, model: str) -> Iterator[tuple[str, Path]]:
    """What an archive of the model holds of them, by its path there, and reports it. A view that
    shows another model too is left out, since that one is not packed.

    Raises StorageError where a name is damaged.
    """
    notes = notes_of(context.storage, model)
    exclusive = [path for path in notes.views if path not in notes.shared]
    for path in notes.names:
        require_name(path)
        yield f"{NAMES}/{model}/{path.name}", path
    for path in exclusive:
        yield f"{VIEWS}/{model}/{path.name}", path
    if notes.names or exclusive:
        context.report(f"with {_counted(len(notes.names), len(exclusive))}")
    if notes.shared:
        left = _counted(0, len(notes.shared))
        context.report(f"without {left} that show other models too")


def unpacked_notes(unpacked: Storage, storage: Storage, model: str) -> dict[Path, Path]:
    """The files of them in an unpacked archive, and where each belongs in the storage.

    Raises StorageError where one is damaged, or no name or view.
    """
    names = sorted((unpacked.root / NAMES / model).glob("*"))
    views = sorted((unpacked.root / VIEWS / model).glob("*"))
    for path in names:
        require_name(path)
    for path in views:
        read_view_file(path)
    return {path: storage.cluster_names(model) / path.name for path in names} | {
        path: storage.views / path.name for path in views
    }


def add_notes(context: RunContext, unpacked: Mapping[Path, Path]) -> None:
    """Adds what ``unpacked_notes`` found, and reports it; what is here already stays."""
    new = {source: target for source, target in unpacked.items() if not target.exists()}
    for source, target in new.items():
        write_text(target, source.read_text("utf-8"))
    if new:
        views = sum(target.parent == context.storage.views for target in new.values())
        context.report(f"with {_counted(len(new) - views, views)}")
    for source, target in unpacked.items():
        if target.read_bytes() != source.read_bytes():
            context.report(f"{target} was here already and stays as it is")


def remove_notes(context: RunContext, model: str) -> None:
    """Removes them. Raises StorageError where that is not possible."""
    for path in notes_of(context.storage, model).files:
        with explained(path):
            path.unlink(missing_ok=True)
