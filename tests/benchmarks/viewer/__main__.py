"""Measures the viewer in a real headless Chromium: ``make bench-viewer``.

``python -m tests.benchmarks.viewer`` measures everything and writes RESULTS.md and results.json
beside this file; with names (``acting``, say) it prints those parts alone. ``--small`` leaves out
the largest and the widest release.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import Browser

from tests.benchmarks.harness import Row, markdown_table
from tests.benchmarks.reporting import circumstances, write_results
from tests.benchmarks.viewer import acting, hovering, loading, sharing, tidiness
from tests.benchmarks.viewer.figures import REPEATS
from tests.benchmarks.viewer.releases import (
    LARGEST,
    SIZES,
    SMALL,
    WIDEST,
    Sized,
    publish_sized,
)
from tests.benchmarks.viewer.serving import serving
from tests.kept_browser import opened_browser
from warehouse.storage import Storage

FOLDER = Path(__file__).parent
COMMAND = "make bench-viewer"
LIBRARIES = ("panel", "bokeh", "duckdb", "torch", "numpy", "playwright")
PARTS = {"sharing": sharing, "loading": loading, "acting": acting, "hovering": hovering}
OF_WIDEST = ("loading", "acting")
TIDY, OUTSIDE = "tidiness", "outside"


def _measured(name: str, browser: Browser, root: Path, sizes: Sequence[Sized]) -> list[Row]:
    """One part at every size, each on a server of its own: what one leaves behind is not the
    other's."""
    rows: list[Row] = []
    if name == TIDY:
        with serving(root) as served:
            words = {spec.name: spec.num_words - 1 for spec in (SMALL, *sizes)}
            return tidiness.measure(browser, served, words)
    if name == OUTSIDE:
        with serving(root) as served:
            return loading.outside_requests(browser, served, sizes[0].name)
    wide = (WIDEST,) if name in OF_WIDEST and LARGEST in sizes else ()
    for spec in (*sizes, *wide):
        with serving(root) as served:
            rows += PARTS[name].measure(browser, served, spec.name)
    return rows


def _report(rows: Sequence[Row], sizes: Sequence[Sized]) -> str:
    described = "; ".join(
        f"{spec.name}: {spec.num_units:,} units, {spec.num_words - 1:,} words, "
        f"k = {spec.cluster_counts[-1]}"
        for spec in sizes
    )
    wide = f"{WIDEST.name}: {WIDEST.num_units:,} units in {WIDEST.heads} heads of a matrix memory"
    return (
        f"Headless, without a GPU; releases read from DuckDB. {described}; {wide}. {REPEATS} "
        f"measurements of each time, which ends with the frame that shows what was asked for.\n\n"
        f"{markdown_table(rows)}\n"
    )


def main(arguments: Sequence[str]) -> int:
    """Measures the named parts, or all of them."""
    sizes = [spec for spec in SIZES if "--small" not in arguments or spec != LARGEST]
    names = [argument for argument in arguments if not argument.startswith("-")]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, opened_browser() as browser:
        for spec in (SMALL, *sizes, *((WIDEST,) if LARGEST in sizes else ())):
            print(f"writing the release {spec.name} ...", flush=True)
            publish_sized(Storage(Path(folder)), spec)
        about = circumstances(COMMAND, LIBRARIES)
        about["versions"] |= {"chromium": browser.version}
        for name in names or [*PARTS, TIDY, OUTSIDE]:
            print(f"{name} ...", flush=True)
            found = _measured(name, browser, Path(folder), sizes)
            print(markdown_table(found), flush=True)  # a later part may fail
            rows += found
    if not names:
        write_results(FOLDER, about, [asdict(row) for row in rows], _report(rows, sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
