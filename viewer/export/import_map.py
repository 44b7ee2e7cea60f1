"""The browser modules as one import map, for a page that has no server to fetch them from.

The module ``chips/cell_canvas.js`` becomes ``rnnvis/chips/cell_canvas.js`` in the map, with its
source as a data URL. Relative imports cannot be resolved from a data URL, so they are rewritten to
these names.
"""

import re
from base64 import b64encode
from pathlib import Path

PREFIX = "rnnvis/"
_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}/[^"']+)\2""")


def _name(path: Path, root: Path) -> str:
    return PREFIX + path.relative_to(root).as_posix()


def module_sources(entry: Path) -> dict[str, str]:
    """The sources of ``entry`` and of all that it imports, by the name they have in the map.

    Raises FileNotFoundError for an import of a file that does not exist.
    """
    entry = entry.resolve()
    root, found, waiting = entry.parent, dict[Path, str](), [entry]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue

        def renamed(match: re.Match[str], folder: Path = path.parent) -> str:
            imported = (folder / match[3]).resolve()
            waiting.append(imported)
            return f"{match[1]}{match[2]}{_name(imported, root)}{match[2]}"

        found[path] = _IMPORT.sub(renamed, path.read_text("utf-8"))
    return {_name(path, root): source for path, source in found.items()}


def data_address(content: bytes, kind: str) -> str:
    """Bytes as a ``data:`` address."""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def import_map(entry: Path) -> dict[str, dict[str, str]]:
    """An import map with ``entry`` and all that it imports."""
    return {
        "imports": {
            name: data_address(source.encode("utf-8"), "text/javascript")
            for name, source in sorted(module_sources(entry).items())
        }
    }
