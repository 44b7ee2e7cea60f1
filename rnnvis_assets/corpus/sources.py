"""From a dataset's configuration to its documents, whatever the source."""

from collections.abc import Callable
from typing import assert_never

from rnnvis_assets.configuration.dataset_config import (
    SPLITS,
    DatasetConfig,
    DocstringSource,
    LabelledTableSource,
    OwnSplitsSource,
    SplitFilesSource,
    TextSource,
    ToyReviewSource,
    YelpSource,
)
from rnnvis_assets.corpus.docstring_source import installed_versions, read_docstrings
from rnnvis_assets.corpus.download import fetch_file
from rnnvis_assets.corpus.own_files import identity_of, own_files, read_own_splits
from rnnvis_assets.corpus.source_documents import SourceText, read_texts
from rnnvis_assets.corpus.table_source import read_labelled_tables, read_yelp
from rnnvis_assets.corpus.toy_review_source import read_toy_reviews
from warehouse.storage import Storage


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
            paths = [known] if known else own_files(str(source.path))
            return read_texts([(path, None) for path in paths], source.document, source.encoding)
        case YelpSource() as source:
            return read_yelp(fetch_file(source.file, storage, report), source)
        case LabelledTableSource() as source:
            paths = own_files(source.path)
            return read_labelled_tables([(path, None) for path in paths], source, config.classes)
        case OwnSplitsSource() as source:
            return read_own_splits(source, config.classes)
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
    return {name: sha256 for path in own for name, sha256 in identity_of(path).items()}
