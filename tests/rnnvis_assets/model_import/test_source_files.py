"""Names of files and functions that were typed in one folder hold in any other."""

from pathlib import Path

import pytest

from rnnvis_assets.model_import.loading.source_files import resolve_paths
from rnnvis_assets.model_import.loading.user_code import UserCode
from rnnvis_assets.model_import.state_reader import StateReader
from warehouse.storage import CHECKOUT


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


BUILD = "def build(): return UNITS"
SIZES = "UNITS = 5"


@pytest.mark.parametrize(
    ("files", "factory", "written"),
    [
        ({"net.py": SIZES}, "net:build", {"factory": "net.py:build"}),
        (
            {"mine/__init__.py": "from mine.net import UNITS", "mine/net.py": SIZES},
            "mine:build",
            {"factory": "mine/__init__.py:build"},
        ),
        (
            {"mine/net.py": "from mine.sizes import UNITS", "mine/sizes.py": SIZES},
            "mine.net:build",
            {"factory": "mine/net.py:build", "path": "."},
        ),
        (
            {"a/b/net.py": "from a.b.sizes import UNITS", "a/b/sizes.py": SIZES},
            "a/b/net.py:build",
            {"factory": "a/b/net.py:build", "path": "."},
        ),
        (
            {"nets/net.py": "from sizes import UNITS", "sizes.py": SIZES},
            "nets/net.py:build",
            {"factory": "nets/net.py:build", "path": "."},
        ),
        (
            {"nets/net.py": "from sizes import UNITS", "nets/sizes.py": SIZES},
            "nets/net.py:build",
            {"factory": "nets/net.py:build", "path": "."},
        ),
        (
            {"viewer/__init__.py": "", "viewer/net.py": SIZES},  # named like one of the project's
            "viewer.net:build",
            {"factory": "viewer/net.py:build"},
        ),
    ],
)
@pytest.mark.parametrize("on_the_path", [False, True])
def test_a_factory_is_named_by_its_file_and_finds_its_modules(
    tmp_path, monkeypatch, files, factory, written, on_the_path
):
    write(tmp_path, files)
    with (tmp_path / written["factory"].partition(":")[0]).open("a") as file:
        file.write(f"\n{BUILD}\n")
    if on_the_path:
        monkeypatch.syspath_prepend(tmp_path)
    found = resolve_paths({"factory": factory}, tmp_path)
    assert found == {key: str(tmp_path / value) for key, value in written.items()}
    assert UserCode(found.get("path")).function(found["factory"])() == 5


@pytest.mark.parametrize("factory", ["torch.nn:LSTM", "no.such:build"])
def test_a_package_that_is_not_in_the_folder_keeps_its_name(factory):
    assert resolve_paths({"factory": factory}, CHECKOUT) == {"factory": factory}


def test_a_package_of_the_checkout_is_named_by_its_file():
    place = "rnnvis_assets.model_import.examples.min_gru"
    found = resolve_paths({"factory": f"{place}:build"}, CHECKOUT)
    assert found == {"factory": f"{place.replace('.', '/')}.py:build"}
    made = UserCode().function(found["factory"])(words=5)
    assert isinstance(made, StateReader)


def test_values_of_the_wrong_type_are_left_to_validation(tmp_path):
    content = {"factory": 3, "input": "single", "vocabulary": ["a"], "weights": 4}
    assert resolve_paths(content, tmp_path) == content


def test_a_path_that_is_given_is_taken_and_a_function_for_the_input_is_placed_too(tmp_path):
    write(tmp_path, {"lib/run.py": "", "net.py": ""})
    content = {"factory": "net.py:build", "path": "lib", "input": {"call": "lib/run.py:run"}}
    assert resolve_paths(content, tmp_path) == {
        "factory": f"{tmp_path}/net.py:build",
        "path": f"{tmp_path}/lib",
        "input": {"call": f"{tmp_path}/lib/run.py:run"},
    }
