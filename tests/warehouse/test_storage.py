"""Where things lie."""

from pathlib import Path

import pytest

from warehouse import storage
from warehouse.storage import (
    CHECKOUT,
    Storage,
    base_folder,
    configs_folder,
    is_installed,
)


def test_paths_of_the_contract():
    found = Storage(Path("/root"))
    assert found.corpus("ptb") == Path("/root/corpora/ptb")
    assert found.checkpoint("m") == Path("/root/checkpoints/m")
    assert found.recording("m", "test") == Path("/root/recordings/m/test")
    assert found.table("m", "glyph") == Path("/root/tables/m/glyph.parquet")
    assert found.releases("m") == Path("/root/releases/m")


def _project(folder: Path) -> Path:
    for name in ("datasets", "models", "analyses"):
        (folder / "configs" / name).mkdir(parents=True)
    return folder


@pytest.fixture
def elsewhere(monkeypatch, tmp_path) -> Path:
    """A folder of another kind, in which no variable says where anything is."""
    for name in ("RNNVIS_CONFIGS", "RNNVIS_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "configs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installed(monkeypatch, elsewhere) -> Path:
    """Where the packages lie when they are installed: with configurations, in no checkout."""
    packages = _project(elsewhere / "site-packages")
    monkeypatch.setattr(storage, "CHECKOUT", packages)
    monkeypatch.setattr(storage, "SHIPPED_CONFIGS", packages / "configs")
    monkeypatch.setenv("XDG_DATA_HOME", str(elsewhere / "data"))
    return packages


def test_the_environment_comes_first(monkeypatch, elsewhere):
    monkeypatch.setenv("RNNVIS_CONFIGS", str(elsewhere / "theirs"))
    monkeypatch.setenv("RNNVIS_HOME", str(elsewhere / "home"))
    monkeypatch.chdir(_project(elsewhere / "project"))
    assert configs_folder() == elsewhere / "theirs"
    assert base_folder() == elsewhere
    assert Storage.from_environment().root == elsewhere / "home"


def test_a_projects_folder_comes_next(monkeypatch, installed, elsewhere):
    project = _project(elsewhere / "project")
    monkeypatch.chdir(project)
    assert configs_folder() == project / "configs"
    assert base_folder() == project
    assert Storage.from_environment().root == project / "storage"
    assert not is_installed(configs_folder())


@pytest.mark.parametrize("value", ["", None])
def test_the_checkout_serves_from_any_folder(monkeypatch, elsewhere, value):
    if value is not None:
        monkeypatch.setenv("RNNVIS_HOME", value)
        monkeypatch.setenv("RNNVIS_CONFIGS", value)
    assert configs_folder() == CHECKOUT / "configs"
    assert Storage.from_environment().root == CHECKOUT / "storage"
    assert not is_installed(configs_folder())


def test_installed_packages_bring_configurations_and_store_among_the_users_data(
    installed, elsewhere
):
    assert configs_folder() == installed / "configs"
    assert base_folder() == installed
    assert Storage.from_environment().root == elsewhere / "data" / "rnnvis"
    assert is_installed(configs_folder())
