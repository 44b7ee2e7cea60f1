"""The version of code: what changes it, what does not, and what it covers of the real stages."""

from pathlib import Path

import pytest

from rnnvis_assets.engine.code_version import PACKAGES, ROOT, KeptVersions, SourceTree, code_version
from rnnvis_assets.model_kinds.model_kinds import IMPORTED, KINDS, RECORDED, TRAINED

STAGE_MODULE = '''
"""A stage."""

from dataclasses import dataclass

from rnnvis_assets.mathematics import HALF, scale as scaled
from rnnvis_assets import tables
from warehouse.errors import StorageError


@dataclass(frozen=True)
class Rows:
    """Rows."""

    first: int


def run(context: Rows, report: object) -> int:
    """Doubles."""
    report("working")  # a comment
    if context.first < 0:
        raise StorageError(f"found {context.first}")
    return scaled(context.first) + tables.width()


def never_called() -> int:
    return HALF
'''
MATHEMATICS = """
HALF = 0.5


def scale(value: float) -> float:
    from warehouse.numbers import TWO

    return TWO * value


def unused() -> float:
    return 3.0
"""
FILES = {
    "rnnvis_assets/stage.py": STAGE_MODULE,
    "rnnvis_assets/mathematics.py": MATHEMATICS,
    "rnnvis_assets/tables.py": "def width() -> int:\n    return 7\n",
    "warehouse/numbers.py": "TWO = 2\n",
    "warehouse/errors.py": "class StorageError(Exception):\n    pass\n",
}


def _version(root: Path, changes: tuple[tuple[str, str, str], ...] = ()) -> str:
    """The version of ``run`` where each change replaces text in a file."""
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    for name, before, after in changes:
        assert before in (root / name).read_text()
        (root / name).write_text((root / name).read_text().replace(before, after))
    return SourceTree(root).version(("rnnvis_assets.stage", "run"))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("rnnvis_assets/stage.py", "context.first < 0", "context.first < 1"),
        ("rnnvis_assets/mathematics.py", "TWO * value", "TWO + value"),
        ("rnnvis_assets/tables.py", "return 7", "return 8"),
        ("warehouse/numbers.py", "TWO = 2", "TWO = 3"),
        ("rnnvis_assets/mathematics.py", "TWO * value", "TWO * value if value else 0"),
    ],
)
def test_a_change_of_what_is_computed_changes_the_version(tmp_path, name, before, after):
    assert _version(tmp_path, ((name, before, after),)) != _version(tmp_path)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("rnnvis_assets/stage.py", "# a comment", "# another one"),
        ("rnnvis_assets/stage.py", '"""Doubles."""', '"""Twice as much."""'),
        ("rnnvis_assets/stage.py", "report: object", "report: str"),
        ("rnnvis_assets/stage.py", 'report("working")', 'report("still working")'),
        ("rnnvis_assets/stage.py", 'f"found {context.first}"', '"too small"'),
        ("rnnvis_assets/stage.py", "return HALF", "return 4 * HALF"),
        ("rnnvis_assets/stage.py", "def run", "\n\ndef run"),
        ("rnnvis_assets/mathematics.py", "return 3.0", "return 4.0"),
        ("rnnvis_assets/mathematics.py", "HALF = 0.5", "HALF = 0.25"),
        ("warehouse/errors.py", "pass", "code = 3"),
    ],
)
def test_a_change_of_anything_else_does_not(tmp_path, name, before, after):
    assert _version(tmp_path, ((name, before, after),)) == _version(tmp_path)


def test_a_function_that_moves_to_another_module_keeps_its_version(tmp_path):
    body = "def width() -> int:\n    return 7\n"
    moved = (
        ("rnnvis_assets/tables.py", body, "from warehouse.numbers import width\n"),
        ("warehouse/numbers.py", "TWO = 2\n", "TWO = 2\n\n\n" + body),
    )
    assert _version(tmp_path, moved) == _version(tmp_path)


@pytest.mark.slow
def test_it_is_the_same_in_every_process_and_differs_between_functions():
    made = [kind.make_checkpoint for kind in KINDS.values()]
    versions = {code_version(function) for function in made}
    assert len(versions) == len(KINDS)
    again = SourceTree(ROOT)
    assert versions == {again.version((each.__module__, each.__qualname__)) for each in made}


def _modules(*functions: object) -> set[str]:
    tree = SourceTree(ROOT)
    return {module for module, _ in tree.reached(*((f.__module__, f.__name__) for f in functions))}


@pytest.mark.slow
def test_training_is_made_of_training_code_and_no_import():
    reached = _modules(TRAINED.make_checkpoint)
    assert "rnnvis_assets.checkpoint.training_run" in reached
    assert "rnnvis_assets.network.recurrent_network" in reached
    assert not [name for name in reached if "import" in name or name.endswith(".previews")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [TRAINED, IMPORTED, RECORDED], ids=["trained", "imported", "recorded"]
)
def test_every_recording_depends_on_the_columns_of_recordings(kind):
    tree, make = SourceTree(ROOT), kind.make_recording
    reached = tree.reached((make.__module__, make.__name__))
    assert ("warehouse.recording_schema", "recording_schema") in reached


@pytest.mark.slow
def test_every_definition_that_is_reached_is_our_own():
    reached = _modules(*(kind.make_recording for kind in KINDS.values()))
    assert {name.partition(".")[0] for name in reached} <= set(PACKAGES)


def test_versions_are_kept_until_a_source_file_changes(tmp_path, monkeypatch):
    derived = []
    name = ("rnnvis_assets.stage", "run")
    _version(tmp_path)
    reached = SourceTree.reached

    def count(tree: SourceTree, *names: tuple[str, str]) -> object:
        derived.append(names)
        return reached(tree, *names)

    monkeypatch.setattr(SourceTree, "reached", count)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    first = KeptVersions(tmp_path).version(name)
    assert KeptVersions(tmp_path).version(name) == first
    assert derived == [(name,)]
    (tmp_path / "warehouse" / "numbers.py").write_text("TWO = 22\n")
    assert KeptVersions(tmp_path).version(name) != first
