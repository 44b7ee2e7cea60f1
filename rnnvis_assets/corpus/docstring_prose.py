"""English prose out of one docstring: what is left when code, tables and markup are gone.

Understands the reStructuredText of scientific Python (numpydoc sections, Sphinx fields and roles)
as far as telling prose from everything else needs; when in doubt, text is left out.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from inspect import cleandoc

from rnnvis_assets.corpus.sentence_split import split_sentences

FEWEST_WORDS, MOST_WORDS = 4, 60
LEAST_SHARE_OF_PLAIN_WORDS = 0.8

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
        and plain >= LEAST_SHARE_OF_PLAIN_WORDS * len(words)
        and _PLAIN.fullmatch(sentence) is not None
        and _CODE.search(sentence) is None
        and sentence.count("(") == sentence.count(")")
        and sentence.count('"') % 2 == 0
    )
