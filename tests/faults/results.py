"""The figures of `make faults`, one table a section of RESULTS.md, written by the run itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock

from warehouse.atomic_files import atomic_file

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = (
    "# Faults\n\n"
    "What `make faults` did to a running installation, and what came of it. The run writes this "
    "page.\n"
)


def write_results(
    section: str, header: Sequence[str], rows: Sequence[Sequence[object]], path: Path = RESULTS
) -> None:
    """Replaces one section of the page by a table; the others stay, in alphabetical order."""
    with FileLock(Path(gettempdir()) / "rnnvis-faults.lock"):
        sections = dict(_sections(path)) | {section: _table(header, rows)}
        texts = [f"\n## {title}\n\n{sections[title]}" for title in sorted(sections)]
        with atomic_file(path) as temporary:
            temporary.write_text(HEADING + "".join(texts), "utf-8")


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _sections(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text("utf-8") if path.exists() else ""
    for part in text.split("\n## ")[1:]:
        title, _, table = part.partition("\n")
        yield title, table.strip() + "\n"
