"""Your own files: one by its path, several by a pattern, and one or more for each split."""

from collections.abc import Sequence
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import (
    SPLITS,
    LabelledTableSource,
    OwnSplitsSource,
    SplitName,
    TableSettings,
)
from rnnvis_assets.corpus.source_documents import SourceText, read_texts
from rnnvis_assets.corpus.table_reader import TABLE_SUFFIXES, suffix_of
from rnnvis_assets.corpus.table_source import read_labelled_tables
from warehouse.atomic_files import sha256_of_file
from warehouse.errors import CorpusError
from warehouse.storage import base_folder

_PATTERN = "*?["


def own_files(path: str) -> list[Path]:
    """The file at ``path``, relative to the folder of `configs`, or all that match the pattern, in
    the order of their names. Raises CorpusError where a pattern matches none."""
    folder = base_folder()
    if (folder / path).exists() or not any(sign in path for sign in _PATTERN):
        return [folder / path]
    anchor = Path(path).anchor
    found = (Path(anchor) if anchor else folder).glob(path.removeprefix(anchor))
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise CorpusError(
            f"no file matches {folder / path}",
            repair="correct the pattern in configs/datasets, or put the files there",
        )
    return files


def identity_of(path: str) -> dict[str, str]:
    """The hash of each file, by its path; where there is none, ``missing``."""
    try:
        files = own_files(path)
    except CorpusError:
        return {path: "missing"}
    names = (
        [path]
        if len(files) == 1 and not any(sign in path for sign in _PATTERN)
        else map(str, files)
    )
    return {name: sha256_of_file(file) if file.is_file() else "missing"
            for name, file in zip(names, files, strict=True)}  # fmt: skip


def read_own_splits(source: OwnSplitsSource, classes: tuple[str, ...] | None) -> SourceText:
    """The documents of all files, each of its split; those from which missing splits are dealt have
    none.

    Raises CorpusError where files cannot be read, or where text files and tables are mixed.
    """
    given = source.paths
    whole = len(given) == len(SPLITS)
    dealt = None if whole else next(split for split in SPLITS if split in given)
    files: list[tuple[Path, SplitName | None]] = [
        (file, None if split == dealt else split)
        for split, path in given.items()
        for file in own_files(path)
    ]
    tables = [path for path, _ in files if suffix_of(path) in TABLE_SUFFIXES]
    if tables and len(tables) < len(files):
        raise CorpusError(
            "some files are tables and some are text: " + ", ".join(str(path) for path, _ in files),
            repair="give files of one kind",
        )
    if tables:
        settings = source.model_dump(include={*TableSettings.model_fields, "label"})
        table = LabelledTableSource(kind="table", path="", **settings)
        text = read_labelled_tables(files, table, classes)
    else:
        _require_no_labels(source, files)
        text = read_texts(files, source.document, source.encoding)
    return text if whole else _with_note(text, source, dealt)


def _require_no_labels(
    source: OwnSplitsSource, files: Sequence[tuple[Path, SplitName | None]]
) -> None:
    if source.label is not None:
        raise CorpusError(
            f"{files[0][0]} is no table and has no column {source.label!r} of labels; tables are "
            f"read by suffix: {', '.join(TABLE_SUFFIXES)}",
            repair="write label: null and task: language_model, or name tables",
        )


def _with_note(text: SourceText, source: OwnSplitsSource, dealt: SplitName | None) -> SourceText:
    missing = " and ".join(split for split in SPLITS if split not in source.paths)
    note = f"no file of {missing}: dealt from that of {dealt}, by the fractions of split"
    return SourceText(text.documents, text.figures, [*text.notes, note])
