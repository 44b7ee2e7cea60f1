"""Finding out what a folder holds: Parquet, NumPy's files, safetensors, or what LSTMVis reads."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.contents.recording_description import read_description
from rnnvis_assets.recording_import.contents.recording_sources import ORDER, Opened
from rnnvis_assets.recording_import.contents.vocabulary_files import read_vocabulary
from rnnvis_assets.recording_import.formats.array_source import Source, concatenate
from rnnvis_assets.recording_import.formats.lstmvis_files import open_lstmvis
from rnnvis_assets.recording_import.formats.lstmvis_settings import FILE as LSTMVIS
from rnnvis_assets.recording_import.formats.numpy_files import open_npy, open_npz
from rnnvis_assets.recording_import.formats.parquet_files import open_parquet
from rnnvis_assets.recording_import.formats.safetensors_files import open_safetensors
from warehouse.errors import RecordingError
from warehouse.recording_schema import RECORDED_ARRAYS

_SHARD = re.compile(r"(.+?)(-\d{5})?")
_LAYER = re.compile(r"layer=(\d{1,4})")
_SCALARS = (*ORDER, "word_id")
_SENTENCE_COLUMNS = {"num_tokens": "sentence_lengths"}
Found = Iterator[tuple[str, Source | Fault] | Fault]


def open_folder(folder: Path) -> Opened:
    """What a foreign recording's folder holds, with all that is wrong so far.

    Raises RecordingError where there is no such folder.
    """
    if not folder.is_dir():
        raise RecordingError(f"{folder} is no folder", repair="name the folder of the recording")
    description, faults = read_description(folder)
    opened = Opened(folder, description, faults=faults)
    _open_flat_arrays(opened)
    if (folder / LSTMVIS).exists():
        open_lstmvis(opened)
    else:
        _open_parquet(opened)
        try:
            opened.words = read_vocabulary(folder)
        except FaultError as error:
            opened.faults.append(error.fault)
    return opened


def _settle(
    opened: Opened, found: Found, holds: Collection[str] = ()
) -> Iterator[tuple[str, Source]]:
    """The sources alone; faults go where they belong. ``holds``: what may be in what cannot be
    opened, where that is known."""
    for each in found:
        if isinstance(each, Fault):
            opened.faults.append(each)
            opened.unopened |= not holds
            _see(opened, holds)
        elif isinstance(each[1], Fault):
            opened.faults.append(each[1])
            _see(opened, holds or [_name_and_shard(each[0])[0]])
        else:
            yield each[0], each[1]


def _see(opened: Opened, names: Collection[str]) -> None:
    for name in names:
        opened.see(name)


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
    holds = (*_SCALARS, *(f"{name}_{layer}" for name in RECORDED_ARRAYS))
    if not paths:
        mend = "copy the parts again, or remove the folder"
        place = f"layer={layer}"
        opened.faults.append(Fault(place, "no file", "part-00000.parquet and so on", mend))
        _see(opened, holds)
    for column, source in _settle(opened, open_parquet(paths, opened.folder), holds):
        if column in _SCALARS and column not in opened.of_tokens:
            opened.place(column, source)
        elif column in _SCALARS:
            opened.layers.setdefault(layer, {})[column] = source
        else:
            opened.place(f"{column}_{layer}" if column in RECORDED_ARRAYS else column, source)


def _open_flat_arrays(opened: Opened) -> None:
    """The arrays of all ``.npy``, ``.npz`` and ``.safetensors`` files, shards put together.

    Shards end in -00000, -00001, …: ``hidden_0-00000.npy``, or arrays of such names.
    """
    named: list[tuple[str, Source]] = []
    for path in sorted(opened.folder.iterdir()):
        holds = [_name_and_shard(path.stem)[0]] if path.suffix == ".npy" else []
        named += _settle(opened, _arrays_of(path), holds)
    for name, group in groupby(sorted(named, key=_by_shard), key=_name):
        shards = list(group)
        for _, source in _settle(opened, _together(name, shards), [name]):
            opened.place(name, source)


def _together(name: str, shards: Sequence[tuple[str, Source]]) -> Found:
    if _name_and_shard(shards[0][0])[1]:
        yield _whole(name, shards)
    else:
        yield from shards


def _whole(name: str, shards: Sequence[tuple[str, Source]]) -> tuple[str, Source | Fault] | Fault:
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


def _name_and_shard(name: str) -> tuple[str, str]:
    match = _SHARD.fullmatch(name)
    return (match[1], match[2] or "") if match else (name, "")


def _by_shard(named: tuple[str, Source]) -> tuple[str, str]:
    return _name_and_shard(named[0])


def _name(named: tuple[str, Source]) -> str:
    return _by_shard(named)[0]
