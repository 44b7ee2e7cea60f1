"""From a dataset's configuration to its documents, whatever the source."""

from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from rnnvis_assets.configuration.dataset_config import (
    SPLITS,
    DatasetConfig,
    DocstringSource,
    LabelledTableSource,
    SplitFilesSource,
    TextSource,
    ToyReviewSource,
    YelpSource,
)
from rnnvis_assets.corpus.docstring_source import installed_versions, read_docstrings
from rnnvis_assets.corpus.download import fetch_file
from rnnvis_assets.corpus.source_documents import SourceText, read_split_files, read_text
from rnnvis_assets.corpus.table_source import read_labelled_table, read_yelp
from rnnvis_assets.corpus.toy_review_source import read_toy_reviews
from warehouse.atomic_files import sha256_of_file
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
            files = {split: getattr(source, split) for split in SPLITS}
            return read_split_files(
                {split: fetch_file(file, storage, report) for split, file in files.items()}
            )
        case TextSource() as source:
            path = fetch_file(source.file, storage, report) if source.file else _own_file(source)
            return read_text(path, source)
        case YelpSource() as source:
            return read_yelp(fetch_file(source.file, storage, report), source)
        case LabelledTableSource() as source:
            return read_labelled_table(base_folder() / source.path, source)
        case _ as unknown:
            assert_never(unknown)


def _own_file(source: TextSource) -> Path:
    return base_folder() / str(source.path)


def source_identity(config: DatasetConfig) -> dict[str, str]:
    """What the text depends on besides the configuration: library versions, or your file's hash."""
    source = config.source
    if isinstance(source, DocstringSource):
        return installed_versions(source)
    path = getattr(source, "path", None)
    if path is None:
        return {}
    found = base_folder() / path
    return {path: sha256_of_file(found) if found.is_file() else "missing"}
