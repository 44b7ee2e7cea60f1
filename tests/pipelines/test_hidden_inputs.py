"""Whatever a stage reads is in its fingerprint, or stands here with the reason why not; and where
the fingerprints are the same, so is what two runs in two storages make.

What Arrow, PyTorch and DuckDB open by themselves is not seen, but for Parquet; they are given paths
by code that is.
"""

import os
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.checkpoint import hardware
from rnnvis_assets.corpus.pos_tagging import find_tagger_data
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from tests.pipelines.shared_analysis import Analysed
from tests.pipelines.tiny_project import DATASETS, MODELS
from tests.pipelines.watched_reads import Reads, watch
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.parquet_tables import read_table
from warehouse.storage import CHECKOUT, Storage

VARIABLES = {
    "RNNVIS_CONFIGS": "where relative paths begin; a file that they lead to is hashed",
    "RNNVIS_MIRROR": "where known files and the tagger's data are; both are hashed",
    "NLTK_DATA": "where the tagger's data are; they are hashed",
    "RNNVIS_HOME": "where the tagger's data were downloaded to; they are hashed",
    "OMP_NUM_THREADS": "threads, which may only change the order of sums",
    "PYARROW_IGNORE_TIMEZONE": "concerns times, which no table but the provenance has",
}
FILES = {
    r"/proc/(cpuinfo|self/maps|\d+/stat(m|us)?)": "the machine's name, which spec.json holds",
    r"/sys/.*|/dev/.*|/etc/.*": "what the operating system is",
    r".*\.(dist|egg)-info/(METADATA|PKG-INFO|entry_points\.txt)": (
        "versions of libraries: declared, or volatile in the table model"
    ),
    r".*/python\d+\.zip": "where Python looks for modules",
    r".*/recordings/[^/]+/\.shards-\w+(/.*)?": (
        "shards that a run that was killed has left, which are compared with what is recorded"
    ),
    r".*/textblob/en/en-\w+\.(xml|txt)": "lexica of textblob, whose version is declared",
}
CODE = (".py", ".pyc", ".so")
CODE_FOLDERS = [Path(path).resolve() for path in (
    CHECKOUT, sys.prefix, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"),
)]  # fmt: skip
STAGE_RUNS = {
    f"{asset.stage.name} of {name}": (asset.stage, name)
    for assets, names in ((DATASET_STAGES, DATASETS), (MODEL_STAGES, MODELS))
    for name in names
    for asset in assets
}
"""Every stage of the project with what it runs for, in order, by a name for tests."""


@dataclass(frozen=True)
class Repeated:
    """The models analysed once more without Dagster, in a storage of their own; what each run of a
    stage read, by the stage's name and what it ran for."""

    context: RunContext
    reads: Mapping[tuple[str, str], Reads]


@pytest.fixture(scope="module")
def repeated(analysed: Analysed, tmp_path_factory: pytest.TempPathFactory) -> Repeated:
    # An optimizer imports these when a process first uses one; what they read concerns compiling.
    import_module("torch._dynamo")
    import_module("torch._inductor.config")
    context = analysed.context_in(Storage(tmp_path_factory.mktemp("repeated") / "storage"))
    reads = {}
    for stage, partition in STAGE_RUNS.values():
        reads[stage.name, partition] = seen = Reads()
        watched = replace(stage, run=watch(stage.run, seen), code=stage.code_of)
        run_stage(watched, context, partition)
    return Repeated(context, reads)


def _is_code(path: Path) -> bool:
    """Ours counts by its derived version, that of libraries by theirs; so do folders of modules,
    which an import lists, and the name under which an editable installation is looked for."""
    inside = any(path.resolve().is_relative_to(folder) for folder in CODE_FOLDERS)
    return inside and (path.suffix in CODE or path.is_dir() or path.suffix == ".__path_hook__")


def _declared(context, stage, partition) -> Iterator[Path]:
    """The outputs and manifests of the stages that it declares to read, its own, and where it says
    how far it is."""
    storage = context.storage
    sources = [(s.stage, s.partition) for s in stage.sources(context.project, partition)]
    for name, of in [*sources, (stage.name, partition)]:
        if of is not None:
            manifest = read_manifest(storage, name, of)
            yield from (storage.root / file for file in manifest.files)
            yield storage.manifest(name, of)
    yield storage.progress(partition, stage.name)


def _is_data(path: Path, stage, context, partition) -> bool:
    """Files that the settings hash: the dataset's own, and the tagger's."""
    if stage.name != "corpus":
        return False
    source = stage.settings(context.project, partition)["source"]
    return str(path) in source or any(path.is_relative_to(data) for data in find_tagger_data())


@pytest.mark.parametrize(("stage", "partition"), STAGE_RUNS.values(), ids=list(STAGE_RUNS))
def test_every_variable_that_is_read_is_accounted_for(stage, partition, repeated):
    assert repeated.reads[stage.name, partition].variables <= set(VARIABLES)


@pytest.mark.parametrize(("stage", "partition"), STAGE_RUNS.values(), ids=list(STAGE_RUNS))
def test_every_file_that_is_read_is_accounted_for(stage, partition, repeated):
    context = repeated.context
    declared = {path.resolve() for path in _declared(context, stage, partition)}
    declared |= {folder for path in declared for folder in path.parents}
    hidden = [
        path
        for path in sorted(repeated.reads[stage.name, partition].paths)
        if path.resolve() not in declared
        and not path.name.startswith(TEMPORARY_PREFIX)  # its own, opened again to be synced
        and not _is_code(path)
        and not _is_data(path, stage, context, partition)
        and not any(re.fullmatch(pattern, str(path)) for pattern in FILES)
    ]
    assert hidden == []


def test_a_hidden_read_would_be_seen(tmp_path, monkeypatch):
    hidden, table = tmp_path / "hidden.txt", tmp_path / "hidden.parquet"
    hidden.write_text("x")
    pq.write_table(pa.table({"x": [1]}), table)
    monkeypatch.setenv("HIDDEN", "1")

    def stage() -> None:
        os.environ.get("HIDDEN")
        hidden.read_text()
        os.close(os.open(hidden, os.O_RDONLY))
        list(tmp_path.iterdir())
        with ThreadPoolExecutor() as threads:
            threads.submit(pq.read_table, table).result()
        (tmp_path / "written").write_text("y")

    reads = Reads()
    watch(stage, reads)()
    assert "HIDDEN" in reads.variables
    assert {hidden, table, tmp_path} <= reads.paths
    assert tmp_path / "written" not in reads.paths


@pytest.mark.parametrize(("model", "stale"), [("tiny-lstm", ["checkpoint"]), ("tiny-gru", [])])
def test_another_precision_makes_a_training_stale_that_it_matters_for(
    model, stale, analysed, monkeypatch
):
    """The classifier is too small for bfloat16 on any machine."""
    fast = hardware.has_fast_bfloat16(torch.device("cpu"))
    monkeypatch.setattr(hardware, "has_fast_bfloat16", lambda _: not fast)
    found = {asset.stage.name: freshness(asset.stage, analysed.context, model)
             for asset in MODEL_STAGES}  # fmt: skip
    assert [name for name, state in found.items() if state.state == "stale"] == stale
    assert all(found[name].reason == "changed since: hardware" for name in stale)


def test_another_device_makes_training_and_recording_stale(analysed, monkeypatch):
    monkeypatch.setattr(hardware.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(hardware, "has_fast_bfloat16", lambda _: False)
    found = [freshness(asset.stage, analysed.context, "tiny-gru") for asset in MODEL_STAGES[:3]]
    assert [state.state for state in found] == ["stale", "stale", "fresh"]


@pytest.mark.parametrize(("stage", "partition"), STAGE_RUNS.values(), ids=list(STAGE_RUNS))
def test_every_stage_has_the_same_data_version_in_another_storage(
    stage, partition, analysed, repeated
):
    versions = {
        read_manifest(storage, stage.name, partition).data_version
        for storage in (analysed.storage, repeated.context.storage)
    }
    assert len(versions) == 1


@pytest.mark.parametrize("model", list(MODELS))
def test_although_the_times_differ(model, analysed, repeated):
    first, other = (
        read_table(storage.table(model, "training_log"))
        for storage in (analysed.storage, repeated.context.storage)
    )
    assert first["seconds"].to_pylist() != other["seconds"].to_pylist()
    assert first["loss"].to_pylist() == other["loss"].to_pylist()
