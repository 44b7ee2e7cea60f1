"""Getting a known file: from a local mirror by name, else over the network; verified either way."""

import os
from collections.abc import Callable
from pathlib import Path

import pooch
import requests

from rnnvis_assets.configuration.dataset_config import DatasetConfig, RemoteFile
from warehouse.atomic_files import CAUSES, explain, sha256_of_file
from warehouse.errors import CorpusError, NetworkError
from warehouse.storage import Storage

RETRIES = 3


def remote_files(dataset: DatasetConfig) -> tuple[RemoteFile, ...]:
    """The known files that a dataset is read from."""
    values = (getattr(dataset.source, name) for name in type(dataset.source).model_fields)
    return tuple(value for value in values if isinstance(value, RemoteFile))


def fetch_file(file: RemoteFile, storage: Storage, report: Callable[[str], None]) -> Path:
    """The path of ``file``, its checksum verified: in the mirror, else among the downloads.

    A download goes to a temporary name first and is tried again after a failure. Raises
    NetworkError where the server does not answer; CorpusError where the file is not to be had
    otherwise, or has another checksum than expected.
    """
    path = find_in_mirror(file, storage)
    if path is None and file.url is None:
        raise CorpusError(
            f"{file.name} is neither in $RNNVIS_MIRROR ({_mirror() or 'not set'}) nor in "
            f"{storage.downloads}, and its terms allow no automatic download",
            repair=f"{file.terms or 'get it by hand'}; put it into a folder and set RNNVIS_MIRROR "
            "to that folder",
        )
    return _download(file, storage.downloads, report) if path is None else _verified(path, file)


def find_in_mirror(file: RemoteFile, storage: Storage) -> Path | None:
    """Where ``file`` lies by its name: under ``$RNNVIS_MIRROR``, else among the downloads."""
    mirror = _mirror()
    candidates = sorted(mirror.rglob("*")) if mirror else []
    candidates.append(storage.downloads / file.name)
    return next((path for path in candidates if path.name == file.name and path.is_file()), None)


def _mirror() -> Path | None:
    name = os.environ.get("RNNVIS_MIRROR")
    if name and not Path(name).is_dir():
        raise CorpusError(
            f"RNNVIS_MIRROR names {name}, which is no folder",
            repair="set it to a folder that holds the datasets' files, or unset it",
        )
    return Path(name) if name else None


def _verified(path: Path, file: RemoteFile) -> Path:
    found = sha256_of_file(path)
    if found != file.sha256:
        raise CorpusError(
            f"{path} has the wrong checksum: found SHA-256 {found}, expected {file.sha256} "
            "(it is cut short, damaged, or another edition)",
            repair="delete it"
            + (" (it is downloaded again)" if file.url else ", and get it again"),
        )
    return path


def _download(file: RemoteFile, folder: Path, report: Callable[[str], None]) -> Path:
    report(f"downloading {file.name} from {file.url}")
    store = pooch.create(
        path=folder,
        base_url="",
        registry={file.name: f"sha256:{file.sha256}"},
        urls={file.name: file.url},
        retry_if_failed=RETRIES,
    )
    try:
        return Path(store.fetch(file.name))
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno in CAUSES:
            raise explain(error, folder) from error
        unanswered = isinstance(error, (requests.ConnectionError, requests.Timeout))
        raise (NetworkError if unanswered else CorpusError)(
            f"{file.name} could not be downloaded from {file.url} to {folder}: {error}",
            repair="check the network and run the same command again; or put the file into a "
            "folder and set RNNVIS_MIRROR to it",
        ) from error
