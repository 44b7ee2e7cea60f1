"""A foreign recording once its files have been found: what each array is, nothing of it read.

Belongs here: the names that arrays have, and where each belongs. The readers of the several
formats fill it in; ``structure`` says whether the arrays fit each other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.contents.recording_description import Description
from rnnvis_assets.recording_import.formats.array_source import Array, Source
from warehouse.errors import near_miss
from warehouse.recording_schema import RECORDED_ARRAYS

ORDER = ("sequence", "position", "token")
PREDICTIONS = ("next_probability", "top_words", "top_probabilities")
ANNOTATION = "annotation_"
OF_TOKENS = ("word_id", *ORDER, *PREDICTIONS)
OF_SENTENCES = ("sentence_lengths", "label", "predicted", "probability", "text")
OF_SEQUENCES = ("sequence_lengths",)
_OF_LAYER = re.compile(rf"({'|'.join(RECORDED_ARRAYS)})(?:_(\d{{1,4}}))?")
_NUMBER = re.compile(r"_\d{1,4}$")
_ALSO = {"tokens": "word_id"}


@dataclass(frozen=True)
class Misfits:
    """What was taken out because it does not fit the rest, and is looked at by itself.

    ``states``: arrays of layers, with their layer and name; ``tracks`` by name; ``words``: the ids.
    """

    states: tuple[tuple[int, str, Source], ...] = ()
    tracks: Mapping[str, Source] = field(default_factory=dict)
    words: Source | None = None


@dataclass
class Opened:
    """The sources of a foreign recording by what they hold, and the faults found so far.

    ``layers[l]`` by the recorded array's name; ``of_tokens`` and ``of_sentences`` by the names
    above, ``annotations`` by track. ``words`` is empty where the vocabulary could not be read.
    ``seen``: the names of all arrays that are there, those that cannot be read too;
    ``unopened``: there are files of which nobody knows what they hold.
    ``notes``: what was decided for the reader and should be told.
    """

    folder: Path
    description: Description
    words: tuple[str, ...] = ()
    layers: dict[int, dict[str, Source]] = field(default_factory=dict)
    of_tokens: dict[str, Source] = field(default_factory=dict)
    of_sentences: dict[str, Source] = field(default_factory=dict)
    of_sequences: dict[str, Source] = field(default_factory=dict)
    annotations: dict[str, Source] = field(default_factory=dict)
    misfits: Misfits = field(default_factory=Misfits)
    seen: set[str] = field(default_factory=set)
    unopened: bool = False
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def place(self, name: str, source: Source) -> None:
        """Puts an array where its name says; an unknown or repeated name is a fault.

        A state without a layer's number is that of layer 0.
        """
        name = _ALSO.get(name, name)
        group, key = self._group(name)
        if group is None:
            expected = "hidden_0, cell_0 and the like, " + ", ".join(known_names())
            number = _NUMBER.search(name)
            of_layer = [f"{array}{number[0] if number else ''}" for array in RECORDED_ARRAYS]
            near = near_miss(name, (*known_names(), *of_layer))
            mend = f"rename it, or move it out of the folder{near}"
            self.faults.append(Fault(source.place, f"an array named {name!r}", expected, mend))
        elif key in group:
            expected = f"{name} once; {group[key].place} has it too"
            fault = Fault(source.place, f"another {name}", expected, "remove one of them")
            self.faults.append(fault)
        else:
            group[key] = source
        self.see(name)

    def see(self, name: str) -> None:
        """Notes that there is an array of that name, whether or not it can be read."""
        match = _OF_LAYER.fullmatch(name)
        self.seen.add(f"{match[1]}_{int(match[2] or 0)}" if match else _ALSO.get(name, name))

    @property
    def seen_layers(self) -> set[int]:
        """The numbers of the layers of which there is anything."""
        matches = map(_OF_LAYER.fullmatch, self.seen)
        return {int(match[2]) for match in matches if match}

    def lacks(self, *names: str) -> bool:
        """Whether none of these arrays is there, not even damaged or in a damaged file."""
        return not self.unopened and self.seen.isdisjoint(names)

    def _group(self, name: str) -> tuple[dict[str, Source] | None, str]:
        if match := _OF_LAYER.fullmatch(name):
            return self.layers.setdefault(int(match[2] or 0), {}), match[1]
        if name.startswith(ANNOTATION) and name != ANNOTATION:
            return self.annotations, name.removeprefix(ANNOTATION)
        groups: Iterable[tuple[tuple[str, ...], dict[str, Source]]] = (
            (OF_TOKENS, self.of_tokens),
            (OF_SENTENCES, self.of_sentences),
            (OF_SEQUENCES, self.of_sequences),
        )
        return next((group for names, group in groups if name in names), None), name

    @property
    def per_token(self) -> Mapping[str, Source]:
        """Every array with a row a token, by a name for a person."""
        layers = {
            f"layer {layer}, {name}": source
            for layer, arrays in sorted(self.layers.items())
            for name, source in arrays.items()
        }
        tracks = {f"{ANNOTATION}{track}": source for track, source in self.annotations.items()}
        return {**self.of_tokens, **layers, **tracks}


def known_names() -> tuple[str, ...]:
    """The names of arrays that do not belong to a layer."""
    return (*OF_TOKENS, *OF_SENTENCES, *OF_SEQUENCES, f"{ANNOTATION}TRACK")


def read_or_tell(opened: Opened, source: Source | None) -> Array | None:
    """All of a source; None where there is none, or where it cannot be read, which is told."""
    if source is None:
        return None
    try:
        return source.read()
    except FaultError as error:
        if error.fault not in opened.faults:
            opened.faults.append(error.fault)
        return None
