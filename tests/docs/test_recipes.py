"""The recipes of CONTRIBUTING.md, done: each in a copy of the project, with a small check in it.

A recipe's changes are to the files that its text names, three at most.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.checkout_copy import copy_checkout
from tests.docs.markdown_pages import read
from tests.pipelines.shared_analysis import copy_analysed
from tests.pipelines.tiny_project import environment

COPIED = ("configs", "docs", "pipelines", "rnnvis_assets", "viewer", "warehouse", "tests")
MOST_FILES = 3


@dataclass(frozen=True)
class Recipe:
    """``changed``: for each file, how a line begins and what is put after it; ``replaced``: for
    each file, texts and what takes their place; ``added``: new files; ``written``: files that
    ``check`` has a command write.

    ``check`` runs in the copy after the changes; in the folder ``place`` it finds the tiny project,
    analysed before them.
    """

    heading: str
    check: str
    changed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    replaced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)
    written: tuple[str, ...] = ()

    @property
    def files(self) -> set[str]:
        return {*self.changed, *self.replaced, *self.added, *self.written}

    def apply(self, copy: Path) -> None:
        for name, insertions in self.changed.items():
            path = copy / name
            lines = path.read_text("utf-8").splitlines(keepends=True)
            for start, new in insertions.items():
                (place,) = [at for at, line in enumerate(lines) if line.startswith(start)]
                lines.insert(place + 1, new)
            path.write_text("".join(lines), "utf-8")
        for name, replacements in self.replaced.items():
            text = (copy / name).read_text("utf-8")
            for old, new in replacements.items():
                assert text.count(old) == 1, f"{name}: found {text.count(old)} times {old!r}"
                text = text.replace(old, new)
            (copy / name).write_text(text, "utf-8")
        for name, text in self.added.items():
            (copy / name).write_text(text, "utf-8")


TINY_PROJECT = """
from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from warehouse.reader import open_release
from warehouse.storage import Storage

storage = Storage(place / "storage")
context = RunContext(load_project(place / "configs"), storage, lambda _: None)


def states():
    return {asset.stage.name: freshness(asset.stage, context, "tiny-gru").state
            for asset in MODEL_STAGES}


"""
CELL = Recipe(
    heading="A cell type",
    changed={
        "rnnvis_assets/configuration/cell_kinds.py": {
            '    "rnn": CellKind(': (
                '    "elman": CellKind("Elman", ("hidden",), False, "RNN", function="rnn_tanh"),\n'
            )
        },
    },
    replaced={
        "rnnvis_assets/configuration/cell_kinds.py": {'Literal["rnn",': 'Literal["elman", "rnn",'},
        "rnnvis_assets/network/cells.py": {
            "\nLAYERS: Mapping": '''
class ElmanLayer(TanhLayer):
    """h = tanh(W x + b + U h + b')."""

    cell = "elman"

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        (hidden,) = before
        torch.tanh(read + hidden @ self.weight_hh, out=after["hidden"])


LAYERS: Mapping''',
            "for layer in (TanhLayer,": "for layer in (ElmanLayer, TanhLayer,",
        },
    },
    check=TINY_PROJECT
    + """
import dataclasses

from viewer.views.model_summary import CELL_NAMES

config = context.project.models["tiny-gru"].model_copy(update={"cell": "elman"})
type(config).model_validate(config.model_dump(exclude_unset=True))
project = dataclasses.replace(context.project, models={"tiny-elman": config})
context = dataclasses.replace(context, project=project)
for asset in MODEL_STAGES:
    manifest = run_stage(asset.stage, context, "tiny-elman")
    for check in asset.checks:
        assert not check.blocking or check.evaluate(context, manifest).passed, check.name
with open_release("tiny-elman", storage=storage) as release:
    assert release.sql("SELECT cell FROM layer")["cell"].to_pylist() == ["elman"]
assert CELL_NAMES["elman"] == "Elman"
""",
)
AFFINITY = Recipe(
    heading="An affinity",
    changed={
        "rnnvis_assets/configuration/affinity.py": {
            "AFFINITIES: Mapping": (
                '    "squared": AffinityKind(\n'
                '        "by the units that they change much", lambda s: s * s\n    ),\n'
            )
        },
    },
    replaced={
        "rnnvis_assets/configuration/affinity.py": {
            'Affinity = Literal["signed",': 'Affinity = Literal["squared", "signed",'
        },
    },
    check=TINY_PROJECT
    + """
from viewer.data.release_store import facts_of

assert states()["co_clusters"] == "stale", "a new affinity is computed for models that there are"
assert states()["recording"] == "fresh"
for asset in MODEL_STAGES:
    if states()[asset.stage.name] != "fresh":
        run_stage(asset.stage, context, "tiny-gru")
with open_release("tiny-gru", storage=storage) as release:
    assert "squared" in facts_of(release).affinities
    rows = release.sql("FROM clustering WHERE affinity = 'squared'").to_pylist()
assert [row["num_clusters"] for row in rows] == [2, 3]
""",
)
COLUMN = Recipe(
    heading="A column of a release",
    changed={
        "warehouse/schema.py": {
            '    Column("pos_share", ': '    Column("length", "INTEGER", "letters of the word"),\n'
        },
        "rnnvis_assets/release/release_stage.py": {
            '        "pos": ': '        "length": list(map(len, words.words)),\n'
        },
    },
    written=("docs/tables.md",),
    check=TINY_PROJECT
    + """
from warehouse.schema_docs import main

assert states()["release"] == "stale", "a release of the earlier schema is built again"
assert states()["co_clusters"] == "fresh"
run_stage(MODEL_STAGES[-1].stage, context, "tiny-gru")
with open_release("tiny-gru", storage=storage) as release:
    rows = release.sql("SELECT word, length FROM vocabulary").to_pylist()
assert rows
assert all(len(row["word"]) == row["length"] for row in rows)
main()
assert "| length | `INTEGER` |" in Path("docs/tables.md").read_text("utf-8")
""",
)
URL_PARAMETER = Recipe(
    heading="A parameter of the page's address",
    changed={
        "viewer/state/explorer_state.py": {
            "    dark = param.Boolean(": (
                '    grid = param.Boolean(default=False, doc="lines behind the clouds")\n'
            )
        },
        "viewer/state/url_parameters.py": {
            '    UrlParameter("dark", ': '    UrlParameter("grid", "grid"),\n'
        },
    },
    check="""
from tests.viewer.made_up_release import MadeUp, publish_made_up
from viewer.state.page_address import query_of_session, restore_session
from viewer.state.session import Session
from warehouse.storage import Storage

storage = Storage(place / "made_up")
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
            '        "findings": ': (
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

storage = Storage(place / "made_up")
publish_made_up(storage, MadeUp())
state = ExplorerState(storage)
state.model = MadeUp().name
detail = DetailView(state)
state.section = "vocabulary"
assert f"{state.num_words} words" in detail.sections["vocabulary"].text.pane.object
""",
)
RECIPES = (CELL, AFFINITY, COLUMN, URL_PARAMETER, DETAIL_PAGE)


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


@pytest.mark.end_to_end
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_a_recipe_does_what_it_says(recipe, tmp_path, tmp_path_factory):
    copy = tmp_path / "project"
    copy_checkout(COPIED, copy)
    place = copy_analysed(tmp_path_factory, tmp_path / "analysed")
    recipe.apply(copy)
    _run(recipe.check, copy, place)


def _run(script: str, copy: Path, place: Path) -> None:
    """Runs a script in the copy, which it imports."""
    head = f"from pathlib import Path\nplace = Path({str(place)!r})\n"
    env = environment(place / "configs", place / "storage") | {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", head + script], cwd=copy, capture_output=True, text=True, env=env,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
