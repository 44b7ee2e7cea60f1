"""Factories in the files of a user's own project, as such projects are."""

import os
import sys
from pathlib import Path

import pytest

from rnnvis_assets.model_import.loading.source_files import code_files
from rnnvis_assets.model_import.loading.user_code import UserCode
from warehouse.errors import ImportedModelError


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def load_function(name: str, path: str | None = None):
    return UserCode(path).function(name)


def package(folder: Path) -> Path:
    """A package of the user's, whose modules import each other in both ways."""
    (folder / "mine").mkdir(parents=True)
    (folder / "mine" / "__init__.py").write_text("")
    (folder / "mine" / "sizes.py").write_text("UNITS = 5")
    (folder / "mine" / "net.py").write_text(
        "from .sizes import UNITS\n"
        "def build():\n    from mine.sizes import UNITS as same\n    return UNITS + same\n"
    )
    return folder / "mine" / "net.py"


def test_a_factory_imports_its_neighbours_when_it_is_called(tmp_path):
    write(
        tmp_path, main="def build():\n    from model import name\n    return name", model="name = 1"
    )
    assert load_function(f"{tmp_path}/main.py:build")() == 1
    assert "model" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_folders_that_hold_files_of_one_name_are_kept_apart(tmp_path):
    first = write(
        tmp_path / "a", main="import model\ndef build(): return model.name", model="name = 1"
    )
    second = write(
        tmp_path / "b", main="import model\ndef build(): return model.name", model="name = 2"
    )
    builds = [load_function(f"{folder}/main.py:build") for folder in (first, second)]
    assert [build() for build in builds] == [1, 2]
    late = [
        load_function(f"{folder}/late.py:build")
        for folder in (first, second)
        if write(folder, late="def build():\n    import model\n    return model.name")
    ]
    assert [build() for build in (*late, *reversed(late))] == [1, 2, 2, 1]


def test_a_file_named_like_a_module_of_the_project_is_the_users(tmp_path):
    ours = sys.modules["warehouse"]
    write(
        tmp_path, main="import warehouse\ndef build(): return warehouse.mine", warehouse="mine = 3"
    )
    assert load_function(f"{tmp_path}/main.py:build")() == 3
    assert sys.modules["warehouse"] is ours


def test_a_file_named_like_an_installed_package_does_not_replace_it(tmp_path):
    write(tmp_path, main="import torch\ndef build(): return torch.__version__", torch="x = 1")
    assert load_function(f"{tmp_path}/main.py:build")()


def test_a_file_of_a_package_imports_as_a_part_of_it(tmp_path):
    path = package(tmp_path)
    assert load_function(f"{path}:build")() == 10
    assert not any(name.partition(".")[0] == "mine" for name in sys.modules)


def test_changed_files_are_read_again(tmp_path):
    write(tmp_path, main="import model\ndef build(): return model.name", model="name = 1")
    assert load_function(f"{tmp_path}/main.py:build")() == 1
    write(tmp_path, model="name = 200")
    later = (tmp_path / "model.py").stat().st_mtime + 10
    os.utime(tmp_path / "model.py", (later, later))
    assert load_function(f"{tmp_path}/main.py:build")() == 200


def test_all_files_that_a_factory_is_made_of(tmp_path):
    path = package(tmp_path)
    assert [found.name for found in code_files(f"{path}:build")] == [
        "__init__.py",
        "net.py",
        "sizes.py",
    ]
    write(tmp_path, main="import model, torch", model="name = 1", other="")
    assert [found.name for found in code_files(f"{tmp_path}/main.py:x")] == ["main.py", "model.py"]
    (tmp_path / "main.py").write_text("def build(:")
    assert [found.name for found in code_files(f"{tmp_path}/main.py:x")] == ["main.py"]
    assert code_files("torch.nn:LSTM") == []


def test_a_package_needs_no_init_file_to_be_imported_and_hashed(tmp_path):
    write(tmp_path / "tools", sizes="UNITS = 7")
    write(tmp_path, main="from tools.sizes import UNITS\ndef build(): return UNITS")
    assert load_function(f"{tmp_path}/main.py:build")() == 7
    names = [found.name for found in code_files(f"{tmp_path}/main.py:build")]
    assert names == ["main.py", "sizes.py"]


def test_a_file_may_be_imported_from_a_folder_further_up(tmp_path):
    write(tmp_path / "nets", net="import tools\ndef build(): return tools.UNITS")
    write(tmp_path, tools="UNITS = 8")
    name = f"{tmp_path}/nets/net.py:build"
    with pytest.raises(ImportedModelError, match=r"(?s)found no module 'tools'.*path=FOLDER"):
        load_function(name)
    assert load_function(name, str(tmp_path))() == 8
    assert [found.name for found in code_files(name, str(tmp_path))] == ["net.py", "tools.py"]
    assert "tools" not in sys.modules


def test_a_file_that_imports_from_its_own_package_is_in_one(tmp_path):
    write(
        tmp_path / "plain",
        main="def build():\n    from .model import name\n    return name",
        model="name = 9",
    )
    assert load_function(f"{tmp_path}/plain/main.py:build")() == 9
    found = code_files(f"{tmp_path}/plain/main.py:build")
    assert [path.name for path in found] == ["main.py", "model.py"]


def test_a_factory_that_exits_is_reported(tmp_path):
    write(tmp_path, main="import sys\ndef build(): sys.exit(3)\nsys.exit('no data')")
    with pytest.raises(ImportedModelError, match="raised SystemExit: no data"):
        load_function(f"{tmp_path}/main.py:build")


def test_functions_of_one_model_share_the_modules_of_their_project(tmp_path):
    write(
        tmp_path,
        model="class Net: pass",
        main="from model import Net\ndef build(): return Net()",
        run="def run(net):\n    from model import Net\n    return isinstance(net, Net)",
    )
    code = UserCode()
    build, run = (code.function(f"{tmp_path}/{name}") for name in ("main.py:build", "run.py:run"))
    assert run(build())


def test_what_a_factory_changes_in_a_neighbour_stays_changed(tmp_path):
    write(
        tmp_path,
        settings="units = 1",
        main="import settings\n"
        "def build():\n"
        "    import settings as same\n"
        "    same.units += 1\n"
        "    return settings.units",
    )
    build = load_function(f"{tmp_path}/main.py:build")
    assert [build(), build()] == [2, 3]


def test_the_files_of_a_package_without_an_init_file_import_each_other_from_the_path(tmp_path):
    (tmp_path / "a").mkdir()
    write(tmp_path / "a" / "b", net="from a.b.sizes import UNITS\ndef build(): return UNITS")
    write(tmp_path / "a" / "b", sizes="UNITS = 4")
    name = f"{tmp_path}/a/b/net.py:build"
    assert load_function(name, str(tmp_path))() == 4
    assert [found.name for found in code_files(name, str(tmp_path))] == ["net.py", "sizes.py"]


def test_functions_of_two_folders_with_one_file_name_are_distinct(tmp_path):
    for folder, result in (("a", 1), ("b", 2)):
        write(tmp_path / folder, main=f"def run(): return {result}")
    code = UserCode()
    assert [code.function(f"{tmp_path}/{folder}/main.py:run")() for folder in "ab"] == [1, 2]
