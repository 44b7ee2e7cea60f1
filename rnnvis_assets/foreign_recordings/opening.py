"""Finding out what a folder holds: Parquet, NumPy's files, safetensors, or what LSTMVis reads."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rnnvis_assets.foreign_recordings.description import read_description
from rnnvis_assets.foreign_recordings.faults import Fault, FaultError
from rnnvis_assets.foreign_recordings.lstmvis import FILE as LSTMVIS
from rnnvis_assets.foreign_recordings.lstmvis import open_lstmvis
from rnnvis_assets.foreign_recordings.numpy_files import open_npy, open_npz
from rnnvis_assets.foreign_recordings.opened import ORDER, Opened
from rnnvis_assets.foreign_recordings.parquet_files import open_parquet
from rnnvis_assets.foreign_recordings.safetensors_files import open_safetensors
from rnnvis_assets.foreign_recordings.sources import Source, concatenate
from rnnvis_assets.foreign_recordings.vocabulary_files import read_vocabulary
from warehouse.errors import RecordingError
from warehouse.recording_schema import RECORDED_ARRAYS

_SHARD = re.compile(r"(.+?)(-\d{5})?")
_LAYER = re.compile(r"layer=(\d{1,4})")
_SENTENCE_COLUMNS = {"num_tokens": "sentence_lengths"}
Found = Iterator[tuple[str, Source] | Fault]


def open_folder(folder: Path) -> Opened:
    """What a foreign recording's folder holds, with all that is wrong so far.

    Raises RecordingError where there is no such folder.
    """
    if not folder.is_dir():
        raise RecordingError(f"{folder} is no folder", repair="name the folder of the recording")
    description, faults = read_description(folder)
    opened = Opened(folder, description, faults=faults)
    for name, source in _settle(opened, _flat_arrays(folder)):
        opened.place(name, source)
    try:
        if (folder / LSTMVIS).exists():
            open_lstmvis(opened)
        else:
            _open_parquet(opened)
            opened.words = read_vocabulary(folder)
    except FaultError as error:
        opened.faults.append(error.fault)
    return opened


def _settle(opened: Opened, found: Found) -> Iterator[tuple[str, Source]]:
    """The sources alone; faults go where they belong."""
    for each in found:
        if isinstance(each, Fault):
            opened.faults.append(each)
        else:
            yield each


def _open_parquet(opened: Opened) -> None:
    """``layer=<l>/*.parquet`` and, beside them, ``sentences.parquet`` and ``tokens.parquet``."""
    folder = opened.folder
    for path in sorted(folder.glob("layer=*")):
        if match := _LAYER.fullmatch(path.name):
            _open_layer(opened, int(match[1]), sorted(path.glob("*.parquet")))
    for name in ("sentences", "tokens"):
        path = folder / f"{name}.parquet"
        found = open_parquet([path], folder) if path.exists() else iter(())
        for column, source in _settle(opened, found):
            opened.place(_SENTENCE_COLUMNS.get(column, column), source)


def _open_layer(opened: Opened, layer: int, paths: Sequence[Path]) -> None:
    for column, source in _settle(opened, open_parquet(paths, opened.folder)):
        scalar = column in (*ORDER, "word_id")
        if scalar and column not in opened.of_tokens:
            opened.of_tokens[column] = source
        elif scalar or column in RECORDED_ARRAYS:
            opened.layers.setdefault(layer, {})[column] = source
        else:
            opened.place(column, source)


def _flat_arrays(folder: Path) -> Found:
    """The arrays of all ``.npy``, ``.npz`` and ``.safetensors`` files, shards put together.

    Shards end in -00000, -00001, …: ``hidden_0-00000.npy``, or arrays of such names.
    """
    named = []
    for path in sorted(folder.iterdir()):
        for found in _arrays_of(path):
            if isinstance(found, Fault):
                yield found
            else:
                named.append(found)
    for name, group in groupby(sorted(named, key=_name_and_shard), key=_name):
        shards = list(group)
        if _name_and_shard(shards[0])[1]:
            yield _whole(name, shards)
        else:
            yield from ((name, source) for _, source in shards)


def _whole(name: str, shards: Sequence[tuple[str, Source]]) -> tuple[str, Source] | Fault:
    for number, (found, source) in enumerate(shards):
        if found != f"{name}-{number:05d}":
            expected = f"{name}-{number:05d}: shards count from 00000"
            return Fault(source.place, found, expected, "rename them, or fetch the missing one")
    try:
        return name, concatenate(name, [source for _, source in shards])
    except FaultError as error:
        return error.fault


def _arrays_of(path: Path) -> Found:
    try:
        if path.suffix == ".npy":
            yield path.stem, open_npy(path)
        elif path.suffix == ".npz":
            yield from open_npz(path)
        elif path.suffix == ".safetensors":
            yield from open_safetensors(path)
    except FaultError as error:
        yield error.fault


def _name_and_shard(named: tuple[str, Source]) -> tuple[str, str]:
    match = _SHARD.fullmatch(named[0])
    return (match[1], match[2] or "") if match else (named[0], "")


def _name(named: tuple[str, Source]) -> str:
    return _name_and_shard(named)[0]
