"""The files of the browser component that a page names in its head for preloading.

The modules import each other six deep. Without these links a browser discovers the deepest only
after five round trips, and the first only once Bokeh has been read.
"""

import re
from functools import lru_cache
from pathlib import Path

from viewer.style import COMPONENT

ENTRIES = (
    "index.js", "panels/search_line.js", "panels/sentence_picker.js", "panels/selection_chips.js",
)  # fmt: skip
"""The components of a page when it opens."""
_IMPORT = re.compile(r"""\b(?:from|import)\s*"(\.{1,2}/[^"]+)\"""")


@lru_cache(maxsize=1)
def preloaded() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the modules that the entries import, at any depth, and of the entries' styles."""
    root = COMPONENT.resolve()
    found, waiting = set[Path](), [root / entry for entry in ENTRIES]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            imported = _IMPORT.findall(path.read_text("utf-8"))
            waiting += [(path.parent / name).resolve() for name in imported]
    modules = sorted(path.relative_to(root).as_posix() for path in found)
    styles = [Path(entry).with_suffix(".css") for entry in ENTRIES]
    return tuple(modules), tuple(str(s) for s in styles if (COMPONENT / s).is_file())
