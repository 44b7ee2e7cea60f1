"""Dependencies point downwards: between the floors, and between the packages of rnnvis_assets."""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import networkx as nx
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FLOORS = {"configs": 1, "warehouse": 2, "rnnvis_assets": 3, "pipelines": 4, "viewer": 4}
LIBRARIES = {
    "dagster": ("pipelines/", "rnnvis_assets/engine/dagster_"),
    "panel": ("viewer/",),
    "bokeh": ("viewer/",),
    "duckdb": ("warehouse/",),
    "ray": ("rnnvis_assets/engine/ray_tasks.py",),
    "torch": ("rnnvis_assets/",),
}
OWN_COMMAND = ("pipelines", "viewer")
"""The command ``rnnvis`` starts the viewer, which stands on the same floor."""


def _imports(source: str) -> Iterator[str]:
    """Every module that the source imports, also within a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "imports are absolute"
            yield node.module


def _modules() -> list[Path]:
    found = [path for top in FLOORS for path in (ROOT / top).rglob("*.py")]
    return [path.relative_to(ROOT) for path in found]


def _arrows() -> list[tuple[Path, str]]:
    """Every module with every module that it imports."""
    return list(
        chain.from_iterable(
            ((module, name) for name in _imports((ROOT / module).read_text("utf-8")))
            for module in _modules()
        )
    )


def test_no_module_imports_a_floor_above_or_next_to_it():
    wrong = [
        f"{module} imports {name}"
        for module, name in _arrows()
        for here, there in [(module.parts[0], name.partition(".")[0])]
        if there in FLOORS and there != here
        if FLOORS[there] >= FLOORS[here] and (here, there) != OWN_COMMAND
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", list(LIBRARIES))
def test_a_library_stays_on_its_floor(library):
    importing = {str(module) for module, name in _arrows() if name.partition(".")[0] == library}
    assert importing, f"nothing imports {library}"
    wrong = [module for module in sorted(importing) if not module.startswith(LIBRARIES[library])]
    assert not wrong, f"{library} is imported by {', '.join(wrong)}"


def test_the_packages_of_rnnvis_assets_form_no_cycle():
    graph = nx.DiGraph()
    for module, name in _arrows():
        there = name.split(".")
        if module.parts[0] == there[0] == "rnnvis_assets" and len(module.parts) > 2:
            graph.add_edge(module.parts[1], there[1])
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    assert {"corpus", "recording", "model_kinds"} <= set(graph)
    cycles = [" -> ".join([*cycle, cycle[0]]) for cycle in nx.simple_cycles(graph)]
    assert not cycles, "\n".join(cycles)
