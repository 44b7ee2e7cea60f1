"""The embedded language corpus: prose in the docstrings of installed libraries.

Source files are parsed, never imported, so nothing of the libraries runs.
"""

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import DocstringSource
from rnnvis_assets.corpus.docstring_prose import prose_sentences
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from warehouse.errors import CorpusError

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "handlers", "finalbody")


def read_docstrings(source: DocstringSource, report: Callable[[str], None]) -> SourceText:
    """One document a docstring with prose in it; no sentence comes twice.

    Raises CorpusError where a package is not installed.
    """
    seen: set[str] = set()
    documents: list[SourceDocument] = []
    found = 0
    for package in source.packages:
        for docstring in _docstrings(_folder_of(package), report):
            sentences = prose_sentences(docstring)
            fresh = {text.lower(): text for text in sentences if text.lower() not in seen}
            seen.update(fresh)
            found += len(sentences)
            if fresh:
                documents.append(SourceDocument(tuple(fresh.values())))
        report(f"docstrings of {package}: {len(documents):,} documents, {len(seen):,} sentences")
    return SourceText(documents, {"duplicate sentences removed": found - len(seen)})


def installed_versions(source: DocstringSource) -> dict[str, str]:
    """The version of each package's distribution, on which this text depends."""
    distributions = _distributions()
    return {
        package: version(distributions[package][0]) if package in distributions else "unknown"
        for package in source.packages
    }


@cache  # asked for whenever freshness is, and it reads every installed package's file list
def _distributions() -> Mapping[str, Sequence[str]]:
    return packages_distributions()


def _folder_of(package: str) -> Path:
    spec = find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError(
            f"no installed package {package!r} to read docstrings from",
            repair=f"pip install it, or take {package} out of source.packages",
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _docstrings(folder: Path, report: Callable[[str], None]) -> Iterator[str]:
    for path in sorted(path.relative_to(folder) for path in folder.rglob("*.py")):
        if "tests" in path.parts:
            continue
        try:
            yield from _docstrings_of_file(folder / path)
        except SyntaxError as error:
            report(f"{folder / path} is written for another Python, left out: {error.msg}")


def _docstrings_of_file(path: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of other people's code
        tree = ast.parse(path.read_bytes())
    nodes: list[ast.AST] = [tree]
    for node in nodes:  # grows as it goes; only statements can hold a docstring
        nodes += (child for block in _BLOCKS for child in getattr(node, block, ()))
        if isinstance(node, _DOCUMENTED) and (docstring := ast.get_docstring(node, clean=False)):
            yield docstring
