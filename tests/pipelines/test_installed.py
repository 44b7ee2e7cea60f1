"""The command ``rnnvis``, installed from a wheel and run outside the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.end_to_end

COPIED = ("configs", "pipelines", "rnnvis_assets", "viewer", "warehouse")
FILES = ("pyproject.toml", "README.md", "LICENSE", "rnnvis.py")
PATIENCE_SECONDS = 600


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which a wheel of this checkout was installed."""
    folder = tmp_path_factory.mktemp("installed")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        shutil.copytree(CHECKOUT / name, folder / "source" / name, ignore=ignored)
    for name in FILES:
        shutil.copy(CHECKOUT / name, folder / "source" / name)
    options = ("--no-deps", "--no-build-isolation", "--no-index")
    _pip("wheel", *options, "--wheel-dir", str(folder / "wheel"), str(folder / "source"))
    (wheel,) = (folder / "wheel").glob("rnnvis-*.whl")
    _pip("install", "--no-deps", "--no-index", "--target", str(folder / "packages"), str(wheel))
    return folder / "packages"


@pytest.fixture
def rnnvis(installed: Path, tmp_path: Path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RNNVIS_", "DAGSTER_"))}
    env = kept | {
        "PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path / "data"), "COLUMNS": "200",
    }  # fmt: skip

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli.main", *arguments],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return run


def test_the_models_that_came_with_it_are_listed(rnnvis):
    done = rnnvis("list")
    assert done.returncode == 0, done.stdout
    assert "toy-reviews-gru" in done.stdout
    assert "missing" in done.stdout


def test_the_doctor_looks_at_the_installation(rnnvis, tmp_path):
    done = rnnvis("doctor")
    assert f"{tmp_path}/data/rnnvis" in done.stdout
    assert "packages: an installed package pins no versions" in done.stdout
    assert "datasets" in done.stdout


def test_nothing_is_written_into_the_installation(rnnvis, installed, tmp_path):
    (tmp_path / "theirs").mkdir()
    before = sorted(installed.rglob("*.yaml"))
    done = rnnvis("import", "recording", "theirs")
    assert done.returncode == 1
    assert "rnnvis init" in done.stdout
    assert sorted(installed.rglob("*.yaml")) == before
    assert "made" in rnnvis("init").stdout
    done = rnnvis("import", "recording", "theirs")
    assert done.returncode == 1
    assert "rnnvis init" not in done.stdout
    assert sorted(installed.rglob("*.yaml")) == before


def test_python_imports_it_as_rnnvis(installed, tmp_path):
    code = "import rnnvis; print(rnnvis.__file__, rnnvis.names())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed), "RNNVIS_HOME": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"{installed / 'rnnvis.py'} []"


def test_pytorch_is_not_pinned(installed):
    (metadata,) = installed.glob("rnnvis-*.dist-info/METADATA")
    needed = [line for line in metadata.read_text("utf-8").splitlines() if "Requires-Dist" in line]
    assert "Requires-Dist: torch>=2.6" in needed
    assert not any("==" in line for line in needed if "extra" not in line)


WITHOUT_EXTRAS = """
import sys

class NoExtras:
    def find_spec(self, name, *_):
        if name.split(".")[0] in {"bokeh", "dagster", "matplotlib", "networkx", "pandas", "panel"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoExtras())
import torch, rnnvis

class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.layer = torch.nn.Embedding(6, 4), torch.nn.GRU(4, 5, batch_first=True)
        self.output = torch.nn.Linear(5, 6)

    def forward(self, words):
        return self.output(self.layer(self.embedding(words))[0])

analysis = rnnvis.analyse(Network(), ["a b c d e f a b c"] * 30, words=list("abcdef"))
print(analysis.responses().mean.shape, len(analysis.clusters(k=2)))
print(analysis.sentence("a b").words)
for needs_viewer in (analysis.to_html, analysis.view):
    try:
        needs_viewer()
    except rnnvis.InstallationError as error:
        print(error)
from pipelines.cli.main import main
sys.argv = ["rnnvis", "materialize", "toy-reviews-gru"]
main()
"""


def test_without_extras_networks_in_memory_are_analysed_and_what_is_missing_is_named(
    installed, tmp_path
):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed), "RNNVIS_HOME": str(tmp_path / "storage")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[:2] == ["(6, 5) 2", "('a', 'b')"], done.stderr
    assert [line for line in lines if line.startswith("repair")] == [
        *["repair: pip install 'rnnvis[viewer]', or 'rnnvis[all]' for everything"] * 2,
        "repair: pip install 'rnnvis[dagster]', or 'rnnvis[all]' for everything",
    ], done.stdout
    assert done.returncode == 1
