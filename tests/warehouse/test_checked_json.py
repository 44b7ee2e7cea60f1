"""JSON files with a checksum: damage is an error, or changes nothing."""

from pathlib import Path

import pytest

from warehouse.checked_json import read_checked_json, write_checked_json

CONTENT = {"seconds": 1.25, "rows": [1, 2], "name": "tiny", "none": None, "nested": {"ü": True}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_checked_json(tmp_path / "a.json", CONTENT)
    return tmp_path / "a.json"


def test_what_was_written_is_read(path: Path) -> None:
    assert read_checked_json(path) == CONTENT


def test_no_flipped_bit_changes_what_is_read(path: Path) -> None:
    content = path.read_bytes()
    reported = 0
    for place in range(len(content)):
        flipped = bytes([content[place] ^ 1 << place % 8])
        path.write_bytes(content[:place] + flipped + content[place + 1 :])
        try:
            read = read_checked_json(path)
        except ValueError:
            reported += 1
        else:
            # White space may change, and the name of the checksum itself.
            assert {name: read.get(name) for name in CONTENT} == CONTENT
    assert reported > 0.7 * len(content)


def test_a_file_of_an_earlier_version_has_no_checksum(path: Path) -> None:
    path.write_text('{"rows": 3}')
    assert read_checked_json(path) == {"rows": 3}


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", '"text"', "null", "\0"])
def test_what_is_no_object_is_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        read_checked_json(path)
