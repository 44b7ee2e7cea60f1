"""The modules of the browser component: those to preload, and all of them as one import map."""

import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

from viewer.style import COMPONENT

ENTRIES = (
    "index.js", "panels/search_line.js", "panels/sentence_picker.js", "panels/selection_chips.js",
)  # fmt: skip
"""The components of a page when it opens."""
PREFIX = "rnnvis/"
_STATIC_IMPORT = re.compile(r"""(\b(?:from|import)\s*)(")(\.{1,2}/[^"]+)\"""")
_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}/[^"']+)\2""")


def _sources(entries: Iterable[Path], imports: re.Pattern[str]) -> dict[Path, str]:
    """The sources of the entries and of all that they import, at any depth."""
    found, waiting = dict[Path, str](), [entry.resolve() for entry in entries]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = path.read_text("utf-8")
            imported = (match[3] for match in imports.finditer(found[path]))
            waiting += [(path.parent / name).resolve() for name in imported]
    return found


@lru_cache(maxsize=1)
def preloaded() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the modules that the entries import statically, and of the entries' styles.

    They import each other six deep. Unless the page's head names them, a browser discovers the
    deepest only after five round trips, and the first only once Bokeh has been read.
    """
    found = _sources((COMPONENT / entry for entry in ENTRIES), _STATIC_IMPORT)
    modules = sorted(path.relative_to(COMPONENT.resolve()).as_posix() for path in found)
    styles = [Path(entry).with_suffix(".css") for entry in ENTRIES]
    return tuple(modules), tuple(str(s) for s in styles if (COMPONENT / s).is_file())


def module_sources(entry: Path) -> dict[str, str]:
    """The sources of ``entry`` and of all that it imports, by the name they have in an import map:
    ``rnnvis/clouds.js`` for ``clouds.js``. Their imports are rewritten to these names, as a data
    address cannot resolve relative paths.

    Raises FileNotFoundError for an import of a file that does not exist.
    """
    root = entry.resolve().parent

    def renamed(folder: Path, match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}{name(folder / match[3])}{match[2]}"

    def name(path: Path) -> str:
        return PREFIX + path.resolve().relative_to(root).as_posix()

    return {
        name(path): _IMPORT.sub(partial(renamed, path.parent), source)
        for path, source in _sources([entry], _IMPORT).items()
    }


def data_address(content: bytes, kind: str) -> str:
    """Bytes as a ``data:`` address."""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def import_map(entry: Path) -> dict[str, dict[str, str]]:
    """An import map with ``entry`` and all that it imports, as data addresses."""
    sources = sorted(module_sources(entry).items())
    addresses = {
        n: data_address(source.encode("utf-8"), "text/javascript") for n, source in sources
    }
    return {"imports": addresses}
