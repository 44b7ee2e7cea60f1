"""Every link, picture and path in the pages leads somewhere, and the pages build strictly."""

import re
import subprocess
import sys

import pytest

from tests.docs.markdown_pages import NAMES, anchors, links, prose, read
from warehouse.storage import CHECKOUT

FOLDERS = "configs|docs|pipelines|rnnvis_assets|tests|viewer|warehouse"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
MODULE = re.compile(r"`([\w/]+\.(?:py|js))`")
MADE_BY_THE_READER = ("my_", "my-", "NAME", "vocabulary_section.py", "leaky.py")


@pytest.mark.parametrize("name", NAMES)
def test_links_resolve(name):
    page = CHECKOUT / name
    broken = []
    for target in links(read(name)):
        if target.startswith(("https://", "http://")):
            continue
        place, _, anchor = target.partition("#")
        path = (page.parent / place).resolve() if place else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


def _repository() -> set[str]:
    """The names of all files and folders of the folders that pages name, and of modules at the
    root."""
    modules = {path.name for path in CHECKOUT.glob("*.py")}
    return modules | {
        str(path.relative_to(CHECKOUT))
        for folder in FOLDERS.split("|")
        for path in [CHECKOUT / folder, *(CHECKOUT / folder).rglob("*")]
    }


@pytest.mark.parametrize("name", [name for name in NAMES if name != "CHANGELOG.md"])
def test_paths_in_the_text_exist(name):
    """Whole paths, and modules by the end of theirs."""
    there, text = _repository(), prose(read(name))
    ends = {
        path[at:] for path in there for at in range(len(path)) if at == 0 or path[at - 1] == "/"
    }
    named = {path.rstrip("/") for path in PATH.findall(text) + MODULE.findall(text)
             if not any(part in path for part in MADE_BY_THE_READER)}  # fmt: skip
    assert named - ends == set()


def test_every_page_is_in_the_table_of_contents():
    index = read("docs/index.md")
    listed = {line.strip() for line in index.splitlines()}
    pages = {name.removesuffix(".md") for name in NAMES} - {"README", "docs/index"}
    places = {page.removeprefix("docs/") if "docs/" in page else f"/{page}" for page in pages}
    assert places <= listed


def test_the_pages_build_without_a_warning(tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-c", "docs",
         "-d", str(tmp_path / "doctrees"), ".", str(tmp_path / "html")],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "html" / "docs" / "start.html").is_file()


def test_the_design_that_code_cites_is_there():
    cited = set()
    for folder in ("rnnvis_assets", "warehouse", "viewer", "pipelines", "tests"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            cited |= set(re.findall(r"docs/design\.md, (\w+)", path.read_text("utf-8")))
    assert cited
    assert {heading.lower() for heading in cited} <= anchors(CHECKOUT / "docs" / "design.md")
