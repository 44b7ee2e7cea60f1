"""What a page needs of our own files at once, named in its head.

The modules import each other six deep. Without being told, a browser learns of the deepest only
after five round trips, and of all of them only once Bokeh has been read.
"""

import re
from functools import lru_cache
from pathlib import Path

from viewer.style import COMPONENT

ENTRIES = ("index.js", "find.js", "sentence_picker.js", "chosen.js")
"""The components of a page as it is opened."""
_IMPORT = re.compile(r"""\b(?:from|import)\s*"(\./[^"]+)\"""")


@lru_cache(maxsize=1)
def preloaded() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the modules that the entries import, at any depth, and of the entries' styles."""
    found, waiting = set[Path](), [COMPONENT / entry for entry in ENTRIES]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [path.parent / name for name in _IMPORT.findall(path.read_text("utf-8"))]
    modules = sorted(path.relative_to(COMPONENT).as_posix() for path in found)
    styles = [Path(entry).with_suffix(".css") for entry in ENTRIES]
    return tuple(modules), tuple(str(s) for s in styles if (COMPONENT / s).is_file())
