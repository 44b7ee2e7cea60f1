"""Which commit of the code a run was made by."""

import subprocess

import pytest

from rnnvis_assets.engine.run_environment import Commit, code_commit, describe_machine


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one commit, of a module and a configuration."""
    for name in ("warehouse/schema.py", "configs/models/a.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("first")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init"], ["add", "."], [*identity, "commit", "-m", "first"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True, capture_output=True)
    code_commit.cache_clear()
    yield tmp_path
    code_commit.cache_clear()


def test_an_unchanged_checkout_is_clean(checkout):
    found = code_commit(checkout)
    head = (checkout / ".git" / "HEAD").read_text().removeprefix("ref: ").strip()
    assert found == Commit((checkout / ".git" / head).read_text().strip(), True)


@pytest.mark.parametrize("name", ["warehouse/schema.py", "rnnvis_assets/new.py"])
def test_changed_or_new_code_is_not(checkout, name):
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("second")
    assert code_commit(checkout).clean is False


def test_a_configuration_is_no_code(checkout):
    (checkout / "configs" / "models" / "b.yaml").write_text("second")
    assert code_commit(checkout).clean is True


def test_code_that_is_no_checkout_has_no_commit_even_within_one(checkout):
    installed = checkout / "lib" / "site-packages"
    installed.mkdir(parents=True)
    assert code_commit(installed) == Commit(None, None)


def test_a_machine_without_git_has_none(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert code_commit(checkout) == Commit(None, None)


def test_the_machine_is_described():
    assert "cores" in describe_machine()
