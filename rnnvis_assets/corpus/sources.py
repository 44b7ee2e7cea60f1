"""From a dataset's configuration to its documents, whatever the source.

Your own files are one by its path, several by a pattern, and one or more for each split.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

from rnnvis_assets.configuration.dataset_config import (
    SPLITS,
    DatasetConfig,
    DocstringSource,
    LabelledTableSource,
    OwnSplitsSource,
    SplitFilesSource,
    SplitName,
    TableSettings,
    TextSource,
    ToyReviewSource,
    YelpSource,
)
from rnnvis_assets.corpus.docstring_source import installed_versions, read_docstrings
from rnnvis_assets.corpus.download import fetch_file
from rnnvis_assets.corpus.source_documents import SourceText, read_texts
from rnnvis_assets.corpus.table_reader import TABLE_SUFFIXES, suffix_of
from rnnvis_assets.corpus.table_source import read_labelled_tables, read_yelp
from rnnvis_assets.corpus.toy_review_source import read_toy_reviews
from warehouse.atomic_files import sha256_of_file
from warehouse.errors import CorpusError
from warehouse.storage import Storage, base_folder


def read_source(
    config: DatasetConfig, storage: Storage, report: Callable[[str], None]
) -> SourceText:
    """All documents of a dataset. Raises CorpusError where its text cannot be had or read."""
    match config.source:
        case DocstringSource() as source:
            return read_docstrings(source, report)
        case ToyReviewSource() as source:
            return read_toy_reviews(source, config.split.seed)
        case SplitFilesSource() as source:
            files = [(fetch_file(getattr(source, s), storage, report), s) for s in SPLITS]
            return read_texts(files, "paragraph", "utf-8")
        case TextSource() as source:
            known = source.file and fetch_file(source.file, storage, report)
            paths = [known] if known else _own_files(str(source.path))
            return read_texts([(path, None) for path in paths], source.document, source.encoding)
        case YelpSource() as source:
            return read_yelp(fetch_file(source.file, storage, report), source)
        case LabelledTableSource() as source:
            paths = _own_files(source.path)
            return read_labelled_tables([(path, None) for path in paths], source, config.classes)
        case OwnSplitsSource() as source:
            return _read_own_splits(source, config.classes)
        case _ as unknown:
            assert_never(unknown)


def source_identity(config: DatasetConfig) -> dict[str, str]:
    """What a text depends on besides the configuration: library versions, or your files' hashes."""
    source = config.source
    if isinstance(source, DocstringSource):
        return installed_versions(source)
    if isinstance(source, OwnSplitsSource):
        own = list(source.paths.values())
    else:
        own = [path] if (path := getattr(source, "path", None)) else []
    return {name: sha256 for path in own for name, sha256 in _identity_of(path).items()}


def _is_pattern(path: str) -> bool:
    return any(sign in path for sign in "*?[")


def _own_files(path: str) -> list[Path]:
    """The file at ``path``, relative to the folder of `configs`, or all that match the pattern, in
    the order of their names. Raises CorpusError where a pattern matches none."""
    folder = base_folder()
    if (folder / path).exists() or not _is_pattern(path):
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


def _identity_of(path: str) -> dict[str, str]:
    """The hash of each file, by its path; where there is none, ``missing``."""
    try:
        files = _own_files(path)
    except CorpusError:
        return {path: "missing"}
    named = {str(file): file for file in files} if _is_pattern(path) else {path: files[0]}
    return {
        name: sha256_of_file(file) if file.is_file() else "missing" for name, file in named.items()
    }


def _read_own_splits(source: OwnSplitsSource, classes: tuple[str, ...] | None) -> SourceText:
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
        for file in _own_files(path)
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
