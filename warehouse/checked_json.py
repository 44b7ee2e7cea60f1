"""JSON files that hold a checksum of their own content, so that no damage to one is read as data.

A file without one, of an earlier version, is read as it is.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from warehouse.atomic_files import json_text, write_text

CHECKSUM = "checksum"


def write_checked_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON object atomically, with its checksum. Raises StorageError where it cannot."""
    write_text(path, checked_json(content))


def checked_json(content: Mapping[str, Any]) -> str:
    """The text of a JSON object with its checksum; equal objects give equal texts."""
    plain = json.loads(json.dumps(content))
    return json_text({**plain, CHECKSUM: _checksum(plain)})


def read_checked_json(path: Path) -> dict[str, Any]:
    """The object that was written, without its checksum.

    Raises ValueError where it is no JSON object or has another checksum, and OSError.
    """
    return parse_checked_json(path.read_bytes())


def parse_checked_json(text: bytes) -> dict[str, Any]:
    """``read_checked_json`` of the bytes of a file."""
    content = json.loads(text.decode())
    if not isinstance(content, dict):
        raise ValueError(f"found {type(content).__name__}, expected a JSON object")  # noqa: TRY004
    expected = content.pop(CHECKSUM, None)
    if expected is not None and expected != _checksum(content):
        raise ValueError("found another checksum than the content has")
    return content


def _checksum(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
