from pathlib import Path

import pytest

from rnnvis_assets.configuration.dataset_config import DocstringSource
from rnnvis_assets.corpus.docstring_source import installed_versions, read_docstrings
from warehouse.errors import CorpusError

INIT = '''"""Read this sentence of the module."""
raise RuntimeError("imported, although it must only be parsed")
'''
MODULE = '''
def outer(x):
    """Say the same thing every time. Read this sentence of the module."""
    if x:
        async def inner():
            """Find functions inside of functions too."""

class Thing:
    """Say the same thing every time."""
    attribute = "This string is not a docstring at all."
    def method(self):
        """Short."""
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "madeup_package"
    (folder / "tests").mkdir(parents=True)
    (folder / "__init__.py").write_text(INIT)
    (folder / "a_module.py").write_text(MODULE)
    (folder / "tests" / "test_module.py").write_text('"""Tests of a package are no prose."""')
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def source(*packages: str) -> DocstringSource:
    return DocstringSource(kind="docstrings", packages=packages)


@pytest.mark.usefixtures("package")
def test_docstrings_are_read_in_order_without_importing_and_without_repeats() -> None:
    text = read_docstrings(source("madeup_package"), lambda _: None)
    assert [document.sentences for document in text.documents] == [
        ("Read this sentence of the module.",),
        ("Say the same thing every time.",),
        ("Find functions inside of functions too.",),
    ]
    assert text.figures == {"duplicate sentences removed": 2}


def test_a_file_for_another_python_is_reported(package: Path) -> None:
    (package / "future.py").write_text('"""Nobody can read this sentence."""\nmatch = = 1\n')
    lines: list[str] = []
    assert len(read_docstrings(source("madeup_package"), lines.append).documents) == 3
    assert "future.py is written for another Python" in lines[0]


@pytest.mark.parametrize("name", ["no_such_package_anywhere", "not a name", "this"])
def test_a_package_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(CorpusError, match=f"no installed package '{name}'"):
        read_docstrings(source(name), lambda _: None)


def test_the_text_depends_on_installed_versions() -> None:
    found = installed_versions(source("numpy", "sklearn", "no_such_package_anywhere"))
    assert found["numpy"].startswith("2.")
    assert found["sklearn"][0].isdigit()
    assert found["no_such_package_anywhere"] == "unknown"
