"""Which arrays an external recording has, and whether their dtypes and shapes fit each other.

No array is read. One whose values cannot be what its name says is removed; all others stay, so that
their values are checked too.
"""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from rnnvis_assets.recording_import.array_conversion import as_float32, as_whole_numbers, spell
from rnnvis_assets.recording_import.array_source import MOST_COLUMNS, ArraySource
from rnnvis_assets.recording_import.padded_steps import join_steps
from rnnvis_assets.recording_import.recording_faults import UnreadableError
from rnnvis_assets.recording_import.recording_files import ANNOTATION, TOKEN_NUMBERS, RecordingFiles
from warehouse.recording_schema import CHANGE_PARTS, RECORDED_ARRAYS

_MATRICES = (*RECORDED_ARRAYS, "top_words", "top_probabilities")


class _ArrayKind(NamedTuple):
    """What an array holds, in words; the dtypes or kinds of dtypes that are right; the repair."""

    expected: str
    dtypes: tuple[str, ...]
    repair: str


_FLOATS = _ArrayKind("float32", ("<f4",), "array.astype(np.float32)")
_WHOLE = _ArrayKind("whole numbers", ("i", "u"), "array.astype(np.int32)")
_CLASSES = _ArrayKind(
    "text or whole numbers", ("U", "O", "i", "u"),
    "give every sentence the name or the number of its class",
)  # fmt: skip
_ANNOTATIONS = _ArrayKind(
    "text, whole numbers or floats", ("U", "O", "i", "u", "f"),
    "give every token a category or a number",
)  # fmt: skip
_KINDS: Mapping[str, _ArrayKind] = MappingProxyType({
    **dict.fromkeys((*RECORDED_ARRAYS, "top_probabilities"), _FLOATS),
    **dict.fromkeys(("next_probability", "probability"), _FLOATS),
    **dict.fromkeys((*TOKEN_NUMBERS, "top_words", "sequence_lengths", "sentence_lengths"), _WHOLE),
    **dict.fromkeys(("label", "predicted"), _CLASSES),
    "text": _ArrayKind("text", ("U", "O"), "give every sentence its text"),
})  # fmt: skip


def check_shapes(files: RecordingFiles) -> None:
    """Reports every array that is missing or does not fit; removes what cannot be checked.

    What means the same in another form is converted, and noted.
    """
    _convert(files)
    join_steps(files, _MATRICES)
    for name in list(files.arrays):
        _check_kind(files, name)
    for layer, arrays in files.layers.items():
        _check_units(files, arrays)
        _check_companions(files, layer, arrays)
    _check_rows(files)
    _check_layer_numbers(files)
    _check_description(files)


def _kind_of(name: str) -> tuple[str, _ArrayKind]:
    """The name without its layer's number, and what the array holds."""
    base = name.partition(" ")[0]  # ``word_id of layer 1``
    base = base if base in _KINDS else base.rpartition("_")[0]
    return base, _ANNOTATIONS if name.startswith(ANNOTATION) else _KINDS[base]


def _convert(files: RecordingFiles) -> None:
    """Converts numbers of other dtypes that mean the same; one note for each dtype."""
    converted: dict[str, list[str]] = {}
    for name, source in list(files.arrays.items()):
        kind = _kind_of(name)[1]
        if source.dtype.str in kind.dtypes or source.dtype.kind in kind.dtypes:
            continue
        try:
            other = as_float32(source) if kind is _FLOATS else as_whole_numbers(source)
        except UnreadableError as error:
            files.faults.append(error.fault)
            del files.arrays[name]
            continue
        if other is not None:
            read_as = "float32" if kind is _FLOATS else "whole numbers"
            converted.setdefault(f"{spell(source)} is read as {read_as}", []).append(source.place)
            files.arrays[name] = other
    files.notes += [f"{what}: {', '.join(places)}" for what, places in converted.items()]


def _check_kind(files: RecordingFiles, name: str) -> None:
    source, (base, kind) = files.arrays[name], _kind_of(name)
    if len(source.shape) != 1 + (base in _MATRICES):
        shape = "[rows, units]" if base in _MATRICES else "[rows]"
        found, expected = f"the shape {list(source.shape)}", f"{name} of the shape {shape}"
        files.report(source.place, found, expected, "reshape it, a row per token")
        del files.arrays[name]
    elif source.shape[-1] > MOST_COLUMNS and base in _MATRICES:
        found, expected = f"{source.shape[1]:,} columns", f"at most {MOST_COLUMNS:,}"
        files.report(source.place, found, expected, "record a layer as several")
        del files.arrays[name]
    elif source.dtype.str not in kind.dtypes and source.dtype.kind not in kind.dtypes:
        found = "text" if source.is_text else source.dtype.str.lstrip("<|")
        repair = "write numbers" if source.is_text else kind.repair
        files.report(source.place, found, kind.expected, repair)
        if kind not in (_FLOATS, _WHOLE) or source.dtype.kind not in "biuf":
            del files.arrays[name]


def _check_units(files: RecordingFiles, arrays: Mapping[str, ArraySource]) -> None:
    """All arrays of a layer are as wide as most of them."""
    widths = Counter(source.shape[1] for source in arrays.values())
    usual = widths.most_common(1)[0][0]
    for source in arrays.values():
        if source.shape[1] != usual:
            expected = f"{usual}, as the layer's others have"
            repair = "write all arrays of a layer from one network"
            files.report(source.place, f"{source.shape[1]} units", expected, repair)
        elif not usual:
            files.report(source.place, "0 units", "at least one", "write the states themselves")


def _check_companions(files: RecordingFiles, layer: int, arrays: Mapping[str, ArraySource]) -> None:
    """Changes and gates mean nothing without the states that they belong to."""
    for name, source in arrays.items():
        states = ["hidden", "cell"] if name == "keep_gate" else [name.partition("_")[0]]
        if files.lacks(*(f"{state}_{layer}" for state in states)):
            expected = f"the {' or '.join(states)} states of layer {layer} too"
            files.report(source.place, f"only {name}", expected, "write the states as well")
        other = dict(zip(CHANGE_PARTS, reversed(CHANGE_PARTS), strict=True)).get(name)
        if other and files.lacks(f"{other}_{layer}"):
            expected = f"{other} of layer {layer} too"
            files.report(source.place, f"only {name}", expected, "write both parts of the change")


def num_tokens(files: RecordingFiles) -> int:
    """The rows of most arrays of tokens; of equally many, those of ``word_id``."""
    lengths = Counter(map(len, files.token_arrays.values()))
    words = len(files.arrays.get("word_id", ()))
    return max(lengths, key=lambda rows: (lengths[rows], rows == words), default=0)


def _check_rows(files: RecordingFiles) -> None:
    words, rows = files.arrays.get("word_id"), num_tokens(files)
    if files.lacks("word_id"):
        expected = "the id of every word that was read, in order"
        files.report(str(files.folder), "no word_id", expected, "np.save('word_id.npy', ids)")
    elif words is not None and not rows:
        files.report(words.place, "no tokens", "at least one", "record something")
    is_usual = words is not None and len(words) == rows
    because = f"as {words.place} has" if words and is_usual else "as most of the others have"
    for source in files.token_arrays.values():
        if len(source) != rows:
            found, expected = f"{len(source):,} rows", f"{rows:,} rows, {because}"
            repair = "write one row for each, none left out, none twice"
            files.report(source.place, found, expected, repair)


def _check_layer_numbers(files: RecordingFiles) -> None:
    """Layers count from 0, and each has states."""
    if files.unopened:
        return
    numbers = sorted(files.layer_numbers)
    if not numbers:
        expected = "hidden_0: float32, a row per token, a column per unit"
        repair = "np.save('hidden_0.npy', states)"
        files.report(str(files.folder), "no states", expected, repair)
    for expected_number, number in enumerate(numbers):
        if number != expected_number:
            found, expected = f"layer {number}", f"layer {expected_number} next"
            repair = "number the layers from 0, from the input up"
            files.report(str(files.folder), found, expected, repair)
            return


def _check_description(files: RecordingFiles) -> None:
    """Names in ``recording.yaml`` are names of something that is there."""
    names, layers = files.description.layers, len(files.layer_numbers)
    for number in files.description.backward:
        if number >= layers and not files.unopened:
            where, found = "recording.yaml, backward", f"layer {number}"
            files.report(where, found, f"layers below {layers}", "number them from 0")
    if names is not None and len(names) != layers and not files.unopened:
        where, found = "recording.yaml, layers", f"{len(names)} names of layers"
        files.report(where, found, f"{layers}", "name every layer once")
    for settings in files.description.annotations:
        name = f"{ANNOTATION}{settings.track}"
        if files.lacks(name):
            where, expected = "recording.yaml, annotations", f"an array {name}"
            files.report(where, settings.track, expected, "add the array")
