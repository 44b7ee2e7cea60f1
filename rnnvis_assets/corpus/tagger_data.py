"""Fetching the data of NLTK's tagger, which its package comes without."""

import io
import os
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import requests

from rnnvis_assets.engine.stage import Report
from warehouse.atomic_files import atomic_file
from warehouse.storage import Storage

ADDRESS = "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/taggers"
_TAGGER = "averaged_perceptron_tagger_eng"
FILES: Mapping[str, str] = {
    f"{_TAGGER}/{_TAGGER}.classes.json": (
        "7a87ba804751f4719b2d8e0e7693955761c579526b20a1b68ffc365b412e7f10"
    ),
    f"{_TAGGER}/{_TAGGER}.tagdict.json": (
        "4c713731cb06727736962bc8cd94ad919217a040e76691059af99bc0c2c9c246"
    ),
    f"{_TAGGER}/{_TAGGER}.weights.json": (
        "789e8e35f6fac656d9b7eccea29ba4e8a137cbb5b525dd31f39e4291a9e80832"
    ),
    "universal_tagset/en-ptb.map": (
        "9cdfd3fefcdc3722d69f5283abc5f00b4251c834d4631d7fa80a9eb658ebe746"
    ),
}
"""SHA-256 of each file, by its name in the archive of its folder's name."""
_SECONDS = 10
"""Without an answer for so long, there is no network."""


def fetch_tagger_data(storage: Storage, report: Report) -> None:
    """Downloads the data of NLTK's tagger, each file verified, before the first corpus is made.

    Not where they are found, where ``$NLTK_DATA`` is set, even to nothing, or where there are
    corpora already, which another tagger would make stale. Reports where they cannot be had: then
    there is the tagger that needs none.
    """
    if "NLTK_DATA" in os.environ or (storage.root / "corpora").exists():
        return
    # NLTK takes longer to import than a command that finds all fresh takes to end.
    from rnnvis_assets.corpus.pos_tagging import find_tagger_data, tagger_identity

    if find_tagger_data():
        return
    report("part-of-speech tags: fetching the data of NLTK's tagger (3 MB)")
    try:
        for folder in dict.fromkeys(name.partition("/")[0] for name in FILES):
            _fetch(folder, storage.downloads / "nltk_data" / "taggers")
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        report(f"part-of-speech tags: {_in_short(error)}; made by the {tagger_identity()}")


def _in_short(error: Exception) -> str:
    """One line: an unanswered request says at length how often which library has tried."""
    unanswered = isinstance(error, (requests.ConnectionError, requests.Timeout))
    return f"{urlsplit(ADDRESS).hostname} does not answer" if unanswered else str(error)


def _fetch(folder: str, into: Path) -> None:
    answer = requests.get(f"{ADDRESS}/{folder}.zip", timeout=_SECONDS)
    answer.raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        for name, expected in FILES.items():
            if not name.startswith(f"{folder}/"):
                continue
            content = archive.read(name)
            if (found := sha256(content).hexdigest()) != expected:
                raise ValueError(f"{name} has the SHA-256 {found}, expected {expected}")
            with atomic_file(into / name) as temporary:
                temporary.write_bytes(content)
