"""The files of an external recording: which arrays they hold, none of them read yet.

Array names are those of docs/recording_format.md, with the layer's number: ``hidden_0``. Where
Parquet repeats ``word_id`` and the like in every layer, those of the later ones are kept as
``word_id of layer 1``.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.array_files import open_array_file
from rnnvis_assets.recording_import.array_source import ArraySource, concatenate_sources
from rnnvis_assets.recording_import.cell_bounds import guess_cell
from rnnvis_assets.recording_import.folder_files import note_unread, require_plain_files, visible
from rnnvis_assets.recording_import.parquet_columns import open_parquet_files
from rnnvis_assets.recording_import.recording_description import (
    RecordingDescription,
    read_description,
)
from rnnvis_assets.recording_import.recording_faults import (
    Array,
    Mask,
    RecordingFault,
    RejectedValues,
    UnreadableError,
)
from rnnvis_assets.recording_import.vocabulary_files import read_vocabulary
from warehouse.errors import RecordingError, near_miss
from warehouse.recording_schema import RECORDED_ARRAYS

TOKEN_NUMBERS = ("word_id", "sequence", "position", "token")
NEXT_WORD_ARRAYS = ("next_probability", "top_words", "top_probabilities")
SENTENCE_ARRAYS = ("sentence_lengths", "label", "predicted", "probability", "text")
ANNOTATION = "annotation_"
_NAMES = (*TOKEN_NUMBERS, *NEXT_WORD_ARRAYS, *SENTENCE_ARRAYS, "sequence_lengths")
_LAYER_ARRAY = re.compile(rf"({'|'.join(RECORDED_ARRAYS)})(?:_(\d{{1,4}}))?")
_OTHER_NAMES = {"tokens": "word_id", "num_tokens": "sentence_lengths"}
_ROWS = 1 << 16
_SHARD = re.compile(r"(.+?)-\d{5}")
_LAYER_FOLDER = re.compile(r"layer=(\d{1,4})")


@dataclass
class RecordingFiles:
    """``arrays`` by name, and all faults and notes (decisions to report to the user) so far.

    ``words`` is empty where the vocabulary cannot be read. ``present``: the names of all arrays
    that are there, unreadable ones included; ``unopened``: some file may hold any array.
    """

    folder: Path
    description: RecordingDescription
    faults: list[RecordingFault]
    words: tuple[str, ...] = ()
    arrays: dict[str, ArraySource] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    unopened: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def layers(self) -> dict[int, dict[str, ArraySource]]:
        """The recorded arrays of each layer, by their names without its number."""
        layers: dict[int, dict[str, ArraySource]] = {}
        for name, source in self.arrays.items():
            if match := _LAYER_ARRAY.fullmatch(name):
                layers.setdefault(int(match[2]), {})[match[1]] = source
        return dict(sorted(layers.items()))

    @property
    def layer_numbers(self) -> set[int]:
        """The layers of which there is any array, unreadable ones included."""
        return {int(match[2]) for match in map(_LAYER_ARRAY.fullmatch, self.present) if match}

    def cell_of(self, layer: int) -> str | None:
        """The stated cell of a layer, else the one that records what is there; None for any."""
        names = (name.rpartition("_") for name in self.present)
        there = {array for array, _, number in names if number == str(layer)}
        return self.description.cell or guess_cell(there)

    @property
    def annotations(self) -> dict[str, ArraySource]:
        """Annotations by their names, in alphabetical order."""
        return {
            name.removeprefix(ANNOTATION): source
            for name, source in sorted(self.arrays.items())
            if name.startswith(ANNOTATION)
        }

    @property
    def token_arrays(self) -> dict[str, ArraySource]:
        """Every array with a row per token."""
        others = (*SENTENCE_ARRAYS, "sequence_lengths")
        return {name: source for name, source in self.arrays.items() if name not in others}

    def lacks(self, *names: str) -> bool:
        """Whether none of these arrays is there, not even an unreadable one."""
        return not self.unopened and self.present.isdisjoint(names)

    def report(self, where: str, found: str, expected: str, repair: str) -> None:
        """Adds a fault."""
        self.faults.append(RecordingFault(where, found, expected, repair))

    def reject(self, name: str, rejected: Mask, values: Array, expected: str, repair: str) -> None:
        """Adds a fault where any of an array's ``values`` is ``rejected``."""
        counted = RejectedValues(self.arrays[name].place, expected, repair)
        counted.add(rejected, values)
        self.faults += counted.faults

    def checked_blocks(
        self, name: str, reject: Callable[[Array], Mask], expected: str, repair: str
    ) -> Iterator[Array]:
        """All blocks of an array, those of values that ``reject`` rejects included.

        Ends early where the array cannot be read further. Faults are added at the end.
        """
        source, first = self.arrays[name], 0
        counted = RejectedValues(source.place, expected, repair)
        try:
            for block in source.blocks(_ROWS):
                counted.add(reject(block), block, first)
                yield block
                first += len(block)
        except UnreadableError as error:
            self.faults.append(error.fault)
        self.faults += counted.faults

    def read(self, name: str, rows: int | None = None) -> Array | None:
        """All of an array; None where it is missing, has other than ``rows`` rows, or cannot be
        read, which is a fault."""
        source = self.arrays.get(name)
        if source is None or rows not in (None, len(source)):
            return None
        try:
            return source.read()
        except UnreadableError as error:
            if error.fault not in self.faults:
                self.faults.append(error.fault)
            return None

    def read_whole_numbers(self, name: str, rows: int) -> npt.NDArray[np.int64] | None:
        """``read``, as whole numbers."""
        values = self.read(name, rows)
        return None if values is None else to_whole_numbers(values)

    def add(self, name: str, source: ArraySource | RecordingFault) -> None:
        """Adds an array, or why it cannot be read; an unknown or repeated name is a fault.

        A state without a layer's number is that of layer 0; a file that cannot be opened, and may
        hold any array, has no name.
        """
        name = _canonical(name)
        self.present.add(name)
        self.unopened |= not name
        if isinstance(source, RecordingFault):
            self.faults.append(source)
        elif not _is_known(name):
            expected = f"hidden_0, cell_0 and so on, {', '.join(_NAMES)}, {ANNOTATION}NAME"
            numbered = (f"{array}_{name.rpartition('_')[2]}" for array in RECORDED_ARRAYS)
            near = near_miss(name, (*_NAMES, f"{ANNOTATION}NAME", *RECORDED_ARRAYS, *numbered))
            repair = f"rename it, or move it out of the folder{near}"
            self.report(source.place, f"an array named {name!r}", expected, repair)
        elif name in self.arrays:
            expected = f"{name} once; {self.arrays[name].place} has it too"
            self.report(source.place, f"another {name}", expected, "remove one of them")
        else:
            self.arrays[name] = source


def to_whole_numbers(values: Array) -> npt.NDArray[np.int64]:
    """Numbers of any dtype as int64; -1 for what is no number."""
    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values), np.clip(values, -(2**62), 2**62), -1)
    return values.astype(np.int64)


def _canonical(name: str) -> str:
    match = _LAYER_ARRAY.fullmatch(name)
    return f"{match[1]}_{int(match[2] or 0)}" if match else _OTHER_NAMES.get(name, name)


def _is_known(name: str) -> bool:
    is_annotation = name.startswith(ANNOTATION) and name != ANNOTATION
    return is_annotation or name in _NAMES or _LAYER_ARRAY.fullmatch(name) is not None


def open_recording_files(folder: Path) -> RecordingFiles:
    """Opens the files of ``folder``.

    Raises RecordingError where there is no such folder, or where a file in it is not a plain one.
    """
    if not folder.is_dir():
        raise RecordingError(
            f"{folder} is not a folder", repair="give the path of the recording's folder"
        )
    require_plain_files(folder)
    files = RecordingFiles(folder, *read_description(folder))
    _add_array_files(files)
    files.notes += note_unread(folder)
    for path in sorted(folder.glob("layer=*")):
        if match := _LAYER_FOLDER.fullmatch(path.name):
            _add_layer(files, int(match[1]), list(visible(path, "*.parquet")))
    for path in (folder / "sentences.parquet", folder / "tokens.parquet"):
        for name, source in open_parquet_files([path] if path.exists() else [], folder):
            files.add(name, source)
    try:
        files.words = read_vocabulary(folder)
    except UnreadableError as error:
        files.faults.append(error.fault)
    return files


def _add_array_files(files: RecordingFiles) -> None:
    """Adds the arrays of all ``.npy``, ``.npz`` and ``.safetensors`` files, shards joined."""
    shards: dict[str, list[tuple[str, ArraySource]]] = {}
    for path in visible(files.folder):
        for name, source in open_array_file(path):
            match = _SHARD.fullmatch(name)
            base = match[1] if match else name
            if isinstance(source, RecordingFault):
                files.add(base, source)
            else:
                shards.setdefault(base, []).append((name, source))
    for name, parts in sorted(shards.items()):
        parts.sort(key=lambda part: part[0])
        if _SHARD.fullmatch(parts[0][0]):
            files.add(name, _join_shards(name, parts))
        else:
            for part_name, source in parts:
                files.add(part_name, source)


def _join_shards(
    name: str, shards: Sequence[tuple[str, ArraySource]]
) -> ArraySource | RecordingFault:
    for number, (found, source) in enumerate(shards):
        if found != f"{name}-{number:05d}":
            expected = f"{name}-{number:05d}: shards count from 00000"
            repair = "rename them, or fetch the missing one"
            return RecordingFault(source.place, found, expected, repair)
    return concatenate_sources(name, [source for _, source in shards])


def _add_layer(files: RecordingFiles, layer: int, paths: Sequence[Path]) -> None:
    """Adds the columns of one layer's Parquet files; a damaged file may hold any of them."""
    holds = (*TOKEN_NUMBERS, *(f"{name}_{layer}" for name in RECORDED_ARRAYS))
    if not paths:
        place, repair = f"layer={layer}", "copy the parts again, or remove the folder"
        files.report(place, "no file", "part-00000.parquet and so on", repair)
        files.present.update(holds)
    for name, source in open_parquet_files(paths, files.folder):
        if isinstance(source, RecordingFault):
            files.faults.append(source)
            files.present.update(holds)
        elif name in TOKEN_NUMBERS and name in files.arrays:
            files.arrays[f"{name} of layer {layer}"] = source
        else:
            files.add(f"{name}_{layer}" if name in RECORDED_ARRAYS else name, source)
