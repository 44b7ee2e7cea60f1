"""The Markdown pages of the project, and what stands in them."""

import re
from pathlib import Path

import typer

from pipelines.cli.main import app
from warehouse.storage import CHECKOUT

PAGES = [
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((CHECKOUT / "docs").glob("*.md")),
]
NAMES = [str(page.relative_to(CHECKOUT)) for page in PAGES]

_BLOCK = re.compile(r"^( *)```(\S*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read(name: str) -> str:
    return (CHECKOUT / name).read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks in a language, without their marks."""
    return [block for _, found, block in _BLOCK.findall(text) if found == language]


def prose(text: str) -> str:
    """The text without its code blocks."""
    return _BLOCK.sub("", text)


def links(text: str) -> list[str]:
    """The targets of all links and pictures."""
    return _LINK.findall(prose(text))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and Sphinx write them."""
    headings = _HEADING.findall(prose(path.read_text("utf-8")))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def commands(text: str) -> list[str]:
    """The lines of all shell blocks, continued ones joined, without comments."""
    joined = "\n".join(blocks(text, "sh")).replace("\\\n", " ")
    lines = (line.partition(" #")[0].strip() for line in joined.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def parse_command(words: list[str]) -> None:
    """Parses the arguments of ``rnnvis``; raises where there is no such command or option."""
    command, path = typer.main.get_command(app), "rnnvis"
    while hasattr(command, "commands"):
        path, word, words = f"{path} {words[0]}", words[0], words[1:]
        assert word in command.commands, f"no command {path}"
        command = command.commands[word]
    command.make_context(path, words)
