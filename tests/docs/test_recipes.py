"""The recipes of CONTRIBUTING.md, done: each in a copy of the project, where a small check then runs.

A recipe's changes are to the files that its text names, three at most.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.markdown_pages import read
from warehouse.storage import CHECKOUT

COPIED = ("configs", "pipelines", "rnnvis_assets", "viewer", "warehouse", "tests")
MOST_FILES = 3


@dataclass(frozen=True)
class Recipe:
    """``changed``: for each file, texts and what takes their place; ``added``: new files; ``check``
    runs in the copy, in its folder ``place``."""

    heading: str
    check: str
    changed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> set[str]:
        return {*self.changed, *self.added}

    def apply(self, copy: Path) -> None:
        for name, replacements in self.changed.items():
            path = copy / name
            text = path.read_text("utf-8")
            for old, new in replacements.items():
                assert text.count(old) == 1, f"{name}: found {text.count(old)} times {old!r}"
                text = text.replace(old, new)
            path.write_text(text, "utf-8")
        for name, text in self.added.items():
            (copy / name).write_text(text, "utf-8")


URL_PARAMETER = Recipe(
    heading="A parameter of the page's address",
    changed={
        "viewer/state/explorer_state.py": {
            "    dark = param.Boolean(default=False)\n": (
                "    dark = param.Boolean(default=False)\n"
                '    grid = param.Boolean(default=False, doc="lines behind the clouds")\n'
            )
        },
        "viewer/state/url_parameters.py": {
            '    UrlParameter("dark", "dark"),\n': (
                '    UrlParameter("dark", "dark"),\n    UrlParameter("grid", "grid"),\n'
            )
        },
    },
    check="""
from tests.viewer.made_up_release import MadeUp, publish_made_up
from viewer.state.page_address import query_of_session, restore_session
from viewer.state.session import Session
from warehouse.storage import Storage

storage = Storage(place)
publish_made_up(storage, MadeUp())
session = Session(storage)
assert restore_session(session, {"grid": "1"}) == []
assert session.left.grid
assert "grid=1" in query_of_session(session)
session.compare()
session.right.grid = False
assert not session.left.grid, "the panes share it"
(problem,) = restore_session(session, {"grid": "perhaps"})
assert "expected one of 0, 1" in problem
""",
)
DETAIL_PAGE = Recipe(
    heading="A page of the detail column",
    changed={
        "viewer/state/detail_pages.py": {
            '        "findings": (f"{_SECTIONS}.findings_section", "FindingsSection"),\n': (
                '        "findings": (f"{_SECTIONS}.findings_section", "FindingsSection"),\n'
                '        "vocabulary": (f"{_SECTIONS}.vocabulary_section", "VocabularySection"),\n'
            )
        }
    },
    added={
        "viewer/views/sections/vocabulary_section.py": '''"""A page on the vocabulary."""

from viewer.state.explorer_state import ExplorerState
from viewer.views.sections.section import Section, TextLine


class VocabularySection(Section):
    """How many words the network knows."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.text = TextLine()
        self.column[:] = [self.text]

    def draw(self) -> None:
        self.text.say(f"{self.state.num_words:,} words")
'''
    },
    check="""
from tests.viewer.made_up_release import MadeUp, publish_made_up
from viewer.state.explorer_state import ExplorerState
from viewer.views.detail_view import DetailView
from warehouse.storage import Storage

storage = Storage(place)
publish_made_up(storage, MadeUp())
state = ExplorerState(storage)
state.model = MadeUp().name
detail = DetailView(state)
state.section = "vocabulary"
assert f"{state.num_words} words" in detail.sections["vocabulary"].text.pane.object
""",
)
RECIPES = (URL_PARAMETER, DETAIL_PAGE)


def _section(heading: str) -> str:
    """The text of a recipe."""
    found = read("CONTRIBUTING.md").partition(f"### {heading}\n")[2]
    return re.split(r"^##", found, maxsplit=1, flags=re.MULTILINE)[0]


def _headings() -> list[str]:
    text = read("CONTRIBUTING.md").partition("## Recipes\n")[2]
    return re.findall(r"^### (.+)$", re.split(r"^## ", text, flags=re.MULTILINE)[0], re.MULTILINE)


def test_every_recipe_is_done_here():
    assert _headings() == [recipe.heading for recipe in RECIPES]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_a_recipe_names_the_files_that_it_changes(recipe):
    named = set(re.findall(r"^\d\. `([\w./]+)`", _section(recipe.heading), re.MULTILINE))
    assert named == recipe.files
    assert len(named) <= MOST_FILES


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_a_recipe_does_what_it_says(recipe, tmp_path):
    copy = tmp_path / "project"
    for folder in COPIED:
        shutil.copytree(
            CHECKOUT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    recipe.apply(copy)
    script = f"from pathlib import Path\nplace = Path({str(tmp_path / 'storage')!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", script + recipe.check], cwd=copy, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(copy), "RNNVIS_HOME": str(tmp_path / "storage")},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
