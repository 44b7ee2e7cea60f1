"""Which arrays an external recording has, and whether their dtypes and shapes fit each other.

No array is read. One that can be read only as something else than it should be is removed; all
others stay, so that their values are checked too.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.recording_files import (
    ANNOTATION,
    TOKEN_NUMBERS,
    RecordingFiles,
)
from warehouse.recording_schema import RECORDED_ARRAYS

_NUMERIC = "biuf"


@dataclass(frozen=True)
class _ArrayKind:
    """The dtype of an array, in words and as a test, and its number of dimensions."""

    expected: str
    fits: Callable[[ArraySource], bool]
    dimensions: int
    repair: str


_FLOATS = _ArrayKind(
    "float32", lambda source: source.dtype.str == "<f4", 1, "array.astype(np.float32)"
)
_MATRIX = replace(_FLOATS, dimensions=2)
_WHOLE = _ArrayKind(
    "whole numbers", lambda source: source.is_whole_number, 1, "array.astype(np.int32)"
)
_CLASSES = _ArrayKind(
    "text or whole numbers",
    lambda source: source.is_text or source.is_whole_number,
    1,
    "give every sentence the name or the number of its class",
)
_TEXT = _ArrayKind("text", lambda source: source.is_text, 1, "give every sentence its text")
_ANNOTATIONS = _ArrayKind(
    "text, whole numbers or floats",
    lambda source: source.is_text or source.dtype.kind in "iuf",
    1,
    "give every token a category or a number",
)
_KINDS: Mapping[str, _ArrayKind] = MappingProxyType(
    {
        **dict.fromkeys(RECORDED_ARRAYS, _MATRIX),
        **dict.fromkeys((*TOKEN_NUMBERS, "sequence_lengths", "sentence_lengths"), _WHOLE),
        "top_words": replace(_WHOLE, dimensions=2),
        "top_probabilities": _MATRIX,
        **dict.fromkeys(("next_probability", "probability"), _FLOATS),
        **dict.fromkeys(("label", "predicted"), _CLASSES),
        "text": _TEXT,
    }
)


def check_shapes(files: RecordingFiles) -> None:
    """Reports every array that is missing or does not fit; removes what cannot be checked on."""
    for name in list(files.arrays):
        _check_kind(files, name)
    for layer, arrays in files.layers.items():
        _check_units(files, arrays)
        _check_companions(files, layer, arrays)
    _check_rows(files)
    _check_layer_numbers(files)
    _check_description(files)


def _kind_of(name: str) -> _ArrayKind:
    if name.startswith(ANNOTATION):
        return _ANNOTATIONS
    base = name.partition(" ")[0]  # ``word_id of layer 1``
    return _KINDS.get(base) or _KINDS[base.rpartition("_")[0]]


def _check_kind(files: RecordingFiles, name: str) -> None:
    source, kind = files.arrays[name], _kind_of(name)
    if len(source.shape) != kind.dimensions:
        shape = "[rows, units]" if kind.dimensions == 2 else "[rows]"
        found, expected = f"the shape {list(source.shape)}", f"{name} of the shape {shape}"
        files.report(source.place, found, expected, "reshape it, a row per token")
        del files.arrays[name]
    elif not kind.fits(source):
        found = "text" if source.is_text else source.dtype.str.lstrip("<|")
        repair = "write numbers" if source.is_text else kind.repair
        files.report(source.place, found, kind.expected, repair)
        if kind.fits not in (_FLOATS.fits, _WHOLE.fits) or source.dtype.kind not in _NUMERIC:
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


def _check_companions(
    files: RecordingFiles, layer: int, arrays: Mapping[str, ArraySource]
) -> None:
    """Changes and gates mean nothing without the states that they belong to."""
    repair = "write the states as well"
    for name, source in arrays.items():
        state = name.removesuffix("_delta")
        if state != name and files.lacks(f"{state}_{layer}"):
            expected = f"the {state} states of layer {layer} too"
            files.report(source.place, f"only {name}", expected, repair)
    if "keep_gate" in arrays and files.lacks(f"hidden_{layer}", f"cell_{layer}"):
        expected = f"states of layer {layer} too"
        files.report(arrays["keep_gate"].place, "only a gate", expected, repair)


def _check_rows(files: RecordingFiles) -> None:
    """Every array of tokens is as long as ``word_id``, or, without one, as most of them."""
    words, rows = files.arrays.get("word_id"), num_tokens(files)
    if files.lacks("word_id"):
        expected = "the id of every word that was read, in order"
        files.report(str(files.folder), "no word_id", expected, "np.save('word_id.npy', ids)")
    elif words is not None and not rows:
        files.report(words.place, "no tokens", "at least one", "record something")
    follows_words = words is not None and len(words) == rows
    because = f"as {words.place} has" if words and follows_words else "as most of the others have"
    for source in files.token_arrays.values():
        if len(source) != rows:
            found, expected = f"{len(source):,} rows", f"{rows:,} rows, {because}"
            repair = "write one row for each, none left out, none twice"
            files.report(source.place, found, expected, repair)


def num_tokens(files: RecordingFiles) -> int:
    """The rows of ``word_id``, unless it is empty, or differs from all others while they agree."""
    lengths = Counter(map(len, files.token_arrays.values()))
    usual = max(lengths, key=lengths.__getitem__, default=0)
    words = files.arrays.get("word_id")
    if words is None or len(words) == 0:
        return usual
    outlier = lengths[len(words)] == 1 and len(lengths) == 2 and lengths[usual] > 1
    return usual if outlier else len(words)


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
    if names is not None and len(names) != layers and not files.unopened:
        where, found = "recording.yaml, layers", f"{len(names)} names of layers"
        files.report(where, found, f"{layers}", "name every layer once")
    for settings in files.description.annotations:
        name = f"{ANNOTATION}{settings.track}"
        if files.lacks(name):
            where, expected = "recording.yaml, annotations", f"an array {name}"
            files.report(where, settings.track, expected, "add the array")
