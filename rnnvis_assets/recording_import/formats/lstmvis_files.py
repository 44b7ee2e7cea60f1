"""The folder that LSTMVis reads: ``lstm.yml``, states and words in HDF5, dictionaries.

What the keys mean, and that tanh is applied to all states unless they say ``transform: none``, is
LSTMVis's own documentation (docs/chapter/config_states.md and meta.md of its repository). A state
of type ``state`` is an LSTM's c, one of type ``output`` its h; layers count from 1.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.contents.recording_description import Track
from rnnvis_assets.recording_import.contents.recording_sources import Opened
from rnnvis_assets.recording_import.contents.vocabulary_files import read_dictionary
from rnnvis_assets.recording_import.formats.array_source import (
    Array,
    Source,
    Transformed,
    as_whole_numbers,
    to_float32,
)
from rnnvis_assets.recording_import.formats.hdf5_files import open_hdf5
from rnnvis_assets.recording_import.formats.lstmvis_settings import (
    FILE,
    Meta,
    Settings,
    StateType,
    read_settings,
)
from warehouse.errors import near_miss

_FLOAT32 = np.dtype(np.float32)


def open_lstmvis(opened: Opened) -> None:
    """Adds what ``lstm.yml`` describes; what cannot be made use of is told."""
    settings = read_settings(opened)
    if settings is not None:
        _fill(opened, settings)


def _fill(opened: Opened, settings: Settings) -> None:
    folder = _Folder(opened, settings)
    _attempt(opened, folder.read_words)
    _attempt(opened, lambda: folder.place("word_id", folder.words()))
    for state in settings.states.types:
        _attempt(opened, lambda state=state: folder.place_state(state))  # type: ignore[misc]
    for name, meta in settings.meta.items():
        _attempt(opened, lambda name=name, meta=meta: folder.place_track(name, meta))  # type: ignore[misc]
    folder.settle()


def _attempt(opened: Opened, act: Callable[[], None]) -> None:
    try:
        act()
    except FaultError as error:
        if error.fault not in opened.faults:
            opened.faults.append(error.fault)
        opened.unopened = True


class _Folder:
    """Fills in ``opened`` from the files that ``lstm.yml`` names."""

    def __init__(self, opened: Opened, settings: Settings) -> None:
        self._opened, self._settings = opened, settings
        numbers = sorted({state.layer for state in settings.states.types})
        self._layers = {number: layer for layer, number in enumerate(numbers)}
        self._tracks: list[Track] = []

    def place(self, name: str, source: Source) -> None:
        self._opened.place(name, source)

    def source(self, file: str, path: str) -> Source:
        return open_hdf5(self._path(file), path)

    def words(self) -> Source:
        sequence = self._settings.word_sequence
        return self.source(sequence.file, sequence.path)

    def _path(self, name: str) -> Path:
        files = self._settings.files
        if name not in files:
            expected = f"one of those under files: {', '.join(files)}{near_miss(name, files)}"
            raise FaultError(Fault(FILE, f"the file {name!r}", expected, "add it to files"))
        return self._opened.folder / files[name]

    def read_words(self) -> None:
        words = read_dictionary(self._path(self._settings.word_sequence.dict_file))
        self._opened.words = words

    def place_state(self, state: StateType) -> None:
        """An LSTM's ``state`` is c; that of a cell without one is h."""
        source = self.source(state.file or self._settings.states.file, state.path)
        has_cell = (self._opened.description.cell or "lstm") == "lstm"
        name = "cell" if state.type == "state" and has_cell else "hidden"
        name = f"{name}_{self._layers[state.layer]}"
        if source.dtype.kind not in "biuf":
            self.place(name, source)
            return
        transform = _squash if state.transform == "tanh" else to_float32
        if state.transform == "tanh":
            self._opened.notes.append(
                f"{source.place}: tanh applied, as LSTMVis does unless {FILE} says "
                "transform: none for it"
            )
        taken = Transformed(source.place, _FLOAT32, source.shape, source, transform)
        self.place(name, taken)

    def place_track(self, name: str, meta: Meta) -> None:
        """An annotation with a row a token, or a row a word."""
        source = self.source(meta.file, meta.path)
        if meta.type != "general" or len(source.shape) != 1:
            self._opened.notes.append(f"annotation {name} left out: not one value a token")
            return
        if meta.index == "word_sequence":
            words = self.words()
            if words.dtype.kind not in "iuf" or len(words.shape) != 1:
                self._opened.see(f"annotation_{name}")
                return  # nobody knows its rows, and what the words are is told of them
            source = _by_word(source, as_whole_numbers(words))
        names = read_dictionary(self._path(meta.dictionary)) if meta.dictionary else None
        kind: Literal["categorical", "numeric"] = (
            "categorical" if names or meta.vis.type == "discrete" else "numeric"
        )
        self._tracks.append(Track(track=name, kind=kind, names=names))
        self.place(f"annotation_{name}", source)

    def settle(self) -> None:
        """Names the layers and tells how the annotations are to be read."""
        described = self._opened.description
        update: dict[str, Any] = {"annotations": (*described.annotations, *self._tracks)}
        if described.layers is None:
            update["layers"] = tuple(f"layer {number}" for number in self._layers)
        if not described.description:
            update["description"] = self._settings.description or self._settings.name
        self._opened.description = described.model_copy(update=update)


def _by_word(source: Source, words: Source) -> Source:
    values = source.read()
    taken = partial(_rows_of, values, source.place)
    return Transformed(source.place, values.dtype, words.shape, words, taken)


def _rows_of(values: Array, place: str, words: Array) -> Array:
    """What an annotation of words says of each token. Raises FaultError where it says nothing."""
    beyond = (words < 0) | (words >= len(values))
    if beyond.any():
        found = f"{len(values):,} rows, and the word {words[beyond][0]} in the text"
        fault = Fault(place, found, "a row for every word", "write the annotation of every word")
        raise FaultError(fault)
    return values[words]


def _squash(values: Array) -> Array:
    return np.tanh(values, dtype=np.float32, casting="same_kind")
