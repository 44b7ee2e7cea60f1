"""What ``rnnvis doctor`` looks at: each finding says what is wrong and what repairs it."""

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.cli.servers import is_port_taken
from pipelines.cli.storage_checks import (
    Finding,
    check_history,
    check_notes,
    check_releases,
    check_results,
    check_store,
    check_training_states,
)
from pipelines.orchestration.dagster_home import dagster_home, missing_settings
from rnnvis_assets.checkpoint.hardware import describe_device
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.download import find_in_mirror, remote_files
from rnnvis_assets.corpus.pos_tagging import tagger_identity
from rnnvis_assets.housekeeping.handover import UNPACKING
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.disk_use import free_bytes
from warehouse.error_words import in_words, unexpected
from warehouse.errors import RnnvisError
from warehouse.storage import CHECKOUT, Storage

LOW_DISK_GIB = 5
VIEWER_PORT = 5006


def _check_python() -> Iterator[Finding]:
    # An older one cannot even import this module.
    yield Finding("Python", "good", f"{platform.python_version()} (3.11 or newer is needed)")


def _check_packages() -> Iterator[Finding]:
    constraints = CHECKOUT / "constraints.txt"
    if not constraints.is_file():
        yield Finding("packages", "good", "an installed package pins no versions")
        return
    pins = _pins(constraints)
    found = {name: _installed_version(name) for name in pins}
    differing = [
        f"{name} {found[name]}, pinned {pinned}"
        for name, pinned in pins.items()
        if found[name] not in (None, pinned)
    ]
    if differing:
        repair = "pip install --constraint constraints.txt --editable '.[all]'"
        yield Finding("packages", "wrong", "; ".join(differing), repair)
    else:
        yield Finding("packages", "good", "all installed ones are at their pinned versions")


def _pins(constraints: Path) -> dict[str, str]:
    """Versions by package."""
    lines = constraints.read_text("utf-8").splitlines()
    pinned = (line.partition("==") for line in lines if "==" in line and ";" not in line)
    return {name.strip(): version.strip() for name, _, version in pinned}


def _installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def _check_configuration() -> Iterator[Finding]:
    try:
        project = load_project()
    except RnnvisError as error:
        yield Finding("configuration", "wrong", error.message, error.repair or "edit the files")
        return
    counts = f"{len(project.datasets)} datasets, {len(project.models)} models"
    yield Finding("configuration", "good", counts)


def _check_storage() -> Iterator[Finding]:
    root = Storage.from_environment().root
    place = next(folder for folder in (root, *root.parents) if folder.exists())
    if not os.access(place, os.W_OK):
        yield Finding("storage", "wrong", f"{root} cannot be written", "export RNNVIS_HOME=FOLDER")
        return
    free = free_bytes(root) / 2**30
    low = free < LOW_DISK_GIB
    yield Finding(
        "storage",
        "note" if low else "good",
        f"{root}, {free:.0f} GiB free",
        f"free some space: recordings of large models take over {LOW_DISK_GIB} GiB" if low else "",
    )
    for folder in sorted(root.glob(f"{UNPACKING}*")):
        text = f"a killed `rnnvis unpack`, or one that is running, has left {folder}"
        yield Finding("storage", "note", text, f"where none is running: rm -r {folder}")
    found = root.rglob(f"{TEMPORARY_PREFIX}*") if root.exists() else ()
    leftovers = [path for path in found if UNPACKING not in str(path)]
    if leftovers:
        text = f"{len(leftovers)} files of killed runs, the first {leftovers[0]}"
        name = leftovers[0].relative_to(root).parts[1]
        yield Finding("storage", "note", text, f"rnnvis materialize {name} removes its own")


def _check_dagster() -> Iterator[Finding]:
    home = dagster_home(Storage.from_environment())
    if missing := missing_settings(home):
        text = f"{home / 'dagster.yaml'} lacks settings of this version"
        repair = f"add {', '.join(missing)}; or remove the file, which is then written"
        yield Finding("Dagster", "note", text, repair)
    else:
        yield Finding("Dagster", "good", str(home))


def _check_mirror() -> Iterator[Finding]:
    mirror = os.environ.get("RNNVIS_MIRROR")
    if mirror and not Path(mirror).is_dir():
        text = f"RNNVIS_MIRROR={mirror} is not a folder"
        yield Finding("mirror", "wrong", text, "export RNNVIS_MIRROR=FOLDER, or unset it")
        return
    for name, dataset in sorted(load_project().datasets.items()):
        for file in remote_files(dataset):
            if find_in_mirror(file, Storage.from_environment()):
                continue
            repair = file.terms or f"rnnvis materialize downloads it from {file.url}"
            yield Finding(f"dataset {name}", "note", f"{file.name} is not here yet", repair)


def _check_tagger() -> Iterator[Finding]:
    yield Finding("part-of-speech tags", "good", tagger_identity())


def _check_device() -> Iterator[Finding]:
    yield Finding("device", "good", describe_device())


def _check_port() -> Iterator[Finding]:
    taken = is_port_taken(VIEWER_PORT)
    text = f"port {VIEWER_PORT} is {'taken' if taken else 'free'}"
    yield Finding(
        "viewer", "note" if taken else "good", text, "rnnvis view --port 5007" if taken else ""
    )


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _check_python,
    _check_packages,
    _check_configuration,
    _check_storage,
    _check_dagster,
    _check_mirror,
    _check_tagger,
    _check_device,
    check_store,
    check_results,
    check_releases,
    check_notes,
    check_training_states,
    check_history,
    _check_port,
)


def examine() -> Iterator[Finding]:
    """Every finding, in order; a check that itself fails becomes a finding."""
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001 - one check that fails is a finding
            said = in_words(error) or unexpected(error)
            subject = check.__name__.strip("_").removeprefix("check_")
            yield Finding(subject, "wrong", said.message, said.repair)
