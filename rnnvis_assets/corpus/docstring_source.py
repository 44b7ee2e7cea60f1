"""The embedded language corpus: English prose from the docstrings of installed libraries.

Source files are parsed, never imported, so that no code of the libraries runs. Of a docstring, the
prose is kept: reStructuredText (numpydoc sections, Sphinx fields and roles) is understood as far as
this needs, and what is doubtful is left out.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from inspect import cleandoc
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import DocstringSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from rnnvis_assets.corpus.tokenization import split_sentences
from warehouse.errors import CorpusError

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "handlers", "finalbody")

FEWEST_WORDS, MOST_WORDS = 4, 60
LEAST_FRACTION_OF_PLAIN_WORDS = 0.8

_UNDERLINE = re.compile(r"([-=~^*\"'])\1{2,}\s*$")
_SKIPPED_SECTIONS = frozenset({"examples", "example", "references", "see also", "methods"})
_DIRECTIVE = re.compile(r"\.\.(\s|$)")
_PROSE_DIRECTIVE = re.compile(r"\.\. (note|warning|tip|important|caution|admonition)::")
_DOCTEST = re.compile(r">>>|\.\.\. |In \[")
_ITEM = re.compile(r"(?:[-*+•]|\(?[0-9a-z]{1,2}[.)])\s+(?=\S)")
_FIELD = re.compile(r"[:@](?:param|parameter|arg|return|returns|raise|raises|note)\b[^:]*:\s*")
_ROLE = re.compile(r":(?!math)[\w:]+:`~?(?:[\w.]+\.)?([^`<]+?)(?:\s*<[^`>]*>)?`")
_LINK = re.compile(r"`([^`<]+?)\s*<[^`>]*>`_{1,2}")
_LITERAL = re.compile(r"(?<![`:\w])(`{1,2})([^`]+)\1(?![`\w])")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,2})([^*\s](?:[^*]*[^*\s])?)\1(?![\w*])")
_CITATION = re.compile(r"\s*\[[\w.+-]+\]_?")
_PLAIN = re.compile(r"[A-Z](?:[^\W_]|[ ,;:'\"()%/.!?–—-])*[.!?]\)?")
_CODE = re.compile(r"\w\w\.\w|\w\((?!s\))")
_WORD = re.compile(r"[AaI]|[A-Za-z]{2,}(?:['’-][A-Za-z]+)*")


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


def prose_sentences(docstring: str) -> list[str]:
    """The readable English sentences of a docstring, in order, with single blanks."""
    paragraphs = _paragraphs(cleandoc(docstring).splitlines())
    return [sentence for paragraph in paragraphs for sentence in _prose_of(paragraph)]


@lru_cache(maxsize=2**14)  # libraries say the same of the same parameter over and over again
def _prose_of(paragraph: str) -> tuple[str, ...]:
    sentences = split_sentences(_without_markup(paragraph))
    return tuple(sentence for sentence in sentences if _is_prose(sentence))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _without_sections(lines: list[str]) -> Iterator[str]:
    """The lines, less headings and the sections that hold no prose."""
    skipping = False
    for line, following in zip(lines, [*lines, ""][1:], strict=True):
        if line.strip() and _UNDERLINE.match(following.strip()):
            skipping = line.strip().lower() in _SKIPPED_SECTIONS
            yield ""
        elif not skipping and not _UNDERLINE.match(line.strip()):
            yield line


def _without_blocks(lines: Iterator[str]) -> Iterator[str]:
    """The lines, less doctests, literal blocks and directives (blank lines take their place)."""
    block: int | None = None  # what is indented deeper than this belongs to a dropped block
    doctest = False
    for line in lines:
        text, indentation = line.strip(), _indentation(line)
        doctest = bool(text) and (doctest or bool(_DOCTEST.match(text)))
        if text and block is not None and indentation <= block:
            block = None
        if not text or doctest or block is not None:
            yield ""
        elif _DIRECTIVE.match(text):
            block = None if _PROSE_DIRECTIVE.match(text) else indentation
            yield ""
        else:
            block = indentation if text.endswith("::") else None
            yield line


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Runs of lines that belong together: equally indented, or hanging from a list item."""
    run: list[str] = []
    margin = 0
    hanging = False
    for line in _without_blocks(_without_sections(lines)):
        text, indentation = line.strip(), _indentation(line)
        marker = _ITEM.match(text) or _FIELD.match(text)
        continues = indentation > margin if hanging else indentation == margin
        if not text or marker or not continues:
            yield " ".join(run)
            run, margin, hanging = [], indentation, bool(marker)
        run.append(text[marker.end() :] if marker else text)
    yield " ".join(run)


def _without_markup(paragraph: str) -> str:
    """Roles, links, literals and emphasis give way to their text; formulas stay, to be refused."""
    text = _ROLE.sub(r"\1", paragraph)
    text = _LINK.sub(r"\1", text)
    text = _LITERAL.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\2", text)
    return " ".join(_CITATION.sub("", text).split())


def _is_prose(sentence: str) -> bool:
    words = sentence.split()
    plain = sum(bool(_WORD.fullmatch(word.strip(",;:.!?()'\""))) for word in words)
    return (
        FEWEST_WORDS <= len(words) <= MOST_WORDS
        and plain >= LEAST_FRACTION_OF_PLAIN_WORDS * len(words)
        and _PLAIN.fullmatch(sentence) is not None
        and _CODE.search(sentence) is None
        and sentence.count("(") == sentence.count(")")
        and sentence.count('"') % 2 == 0
    )
