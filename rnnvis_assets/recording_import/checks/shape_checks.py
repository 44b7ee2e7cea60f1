"""Whether the arrays of a foreign recording fit each other: what is there, dtypes, shapes, lengths.

Nothing of the arrays is read. What does not fit is told and taken out, so that the rest can be
looked at all the same.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rnnvis_assets.recording_import.checks.recording_faults import Fault
from rnnvis_assets.recording_import.contents.recording_sources import ANNOTATION, Misfits, Opened
from rnnvis_assets.recording_import.formats.array_source import Source, as_float32, as_whole_numbers
from warehouse.recording_schema import RECORDED_ARRAYS


@dataclass(frozen=True)
class _Rule:
    """What the numbers of an array are, in words and as a test, and how many dimensions it has.

    ``cast`` makes the right numbers of others, so that these can be looked at too.
    """

    words: str
    holds: Callable[[Source], bool]
    dimensions: int
    mend: str
    cast: Callable[[Source], Source] | None = None


def _is_float32(source: Source) -> bool:
    return source.dtype.str == "<f4"


_STATES = _Rule("float32", _is_float32, 2, "array.astype(np.float32)", as_float32)
_WHOLE = _Rule(
    "whole numbers",
    lambda source: source.is_whole_number,
    1,
    "array.astype(np.int32)",
    as_whole_numbers,
)
_SHARES = _Rule("float32", _is_float32, 1, "array.astype(np.float32)", as_float32)
_CLASSES = _Rule(
    "text or whole numbers",
    lambda source: source.is_text or source.is_whole_number,
    1,
    "give every sentence the name or the number of its class",
)
_TRACK = _Rule(
    "text, whole numbers or floats",
    lambda source: source.is_text or source.dtype.kind in "iuf",
    1,
    "give every token a category or a number",
)
_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        **dict.fromkeys(RECORDED_ARRAYS, _STATES),
        **dict.fromkeys(("word_id", "sequence", "position", "token"), _WHOLE),
        "next_probability": _SHARES,
        "top_words": replace(_WHOLE, dimensions=2),
        "top_probabilities": _STATES,
        "sequence_lengths": _WHOLE,
        "sentence_lengths": _WHOLE,
        "label": _CLASSES,
        "predicted": _CLASSES,
        "probability": _SHARES,
        "text": _Rule("text", lambda source: source.is_text, 1, "give every sentence its text"),
    }
)


def check_structure(opened: Opened) -> None:
    """Tells what does not fit, and takes it out of ``opened``."""
    for group in (opened.of_tokens, opened.of_sentences, opened.of_sequences):
        _check_rules(opened, group, _RULES)
    _check_rules(opened, opened.annotations, dict.fromkeys(opened.annotations, _TRACK))
    for layer in sorted(opened.layers):
        _check_rules(opened, opened.layers[layer], _RULES)
    readable, tracks = _arrays_of_layers(opened), dict(opened.annotations)
    words = opened.of_tokens.get("word_id")
    for arrays in opened.layers.values():
        _check_units(opened, arrays)
    _check_rows_of_tokens(opened)
    _check_rows_of_sentences(opened)
    _check_layers(opened)
    _check_partners(opened)
    _check_names(opened)
    kept = {id(source) for *_, source in _arrays_of_layers(opened)}
    opened.misfits = Misfits(
        states=tuple(
            (layer, name, source)
            for layer, name, source in readable
            if name in RECORDED_ARRAYS and id(source) not in kept and source.shape[1]
        ),
        tracks={name: tracks[name] for name in tracks.keys() - opened.annotations.keys()},
        words=None if "word_id" in opened.of_tokens else words,
    )


def _arrays_of_layers(opened: Opened) -> list[tuple[int, str, Source]]:
    return [
        (layer, name, source)
        for layer, arrays in opened.layers.items()
        for name, source in arrays.items()
    ]


def _check_rules(opened: Opened, group: dict[str, Source], rules: Mapping[str, _Rule]) -> None:
    for name, source in list(group.items()):
        rule = rules[name]
        if len(source.shape) != rule.dimensions:
            shape = "[rows, units]" if rule.dimensions == 2 else "[rows]"
            found, mend = f"the shape {list(source.shape)}", "reshape it, a row a token"
            fault = Fault(source.place, found, f"{name} of the shape {shape}", mend)
        elif not rule.holds(source):
            found = "text" if source.is_text else source.dtype.str.lstrip("<|")
            mend = "write numbers" if source.is_text else rule.mend
            fault = Fault(source.place, found, rule.words, mend)
            if rule.cast and source.dtype.kind in "biuf":
                opened.faults.append(fault)
                group[name] = rule.cast(source)
                continue
        else:
            continue
        opened.faults.append(fault)
        del group[name]


def _check_units(opened: Opened, arrays: dict[str, Source]) -> None:
    """All arrays of a layer are as wide as most of them."""
    widths = Counter(source.shape[1] for source in arrays.values() if len(source.shape) == 2)
    for name, source in list(arrays.items()):
        expected = widths.most_common(1)[0][0] if len(source.shape) == 2 else None
        if expected is not None and source.shape[1] != expected:
            opened.faults.append(Fault(
                source.place, f"{source.shape[1]} units", f"{expected}, as the layer's others have",
                "write all arrays of a layer from one network",
            ))  # fmt: skip
            del arrays[name]
        elif expected == 0:
            fault = Fault(source.place, "0 units", "at least one", "write the states themselves")
            opened.faults.append(fault)
            del arrays[name]


def _check_rows_of_tokens(opened: Opened) -> None:
    """Every array of tokens is as long as ``word_id``, or, without one, as most of them."""
    if opened.lacks("word_id"):
        opened.faults.append(Fault(
            str(opened.folder), "no word_id", "the id of every word that was read, in order",
            "np.save('word_id.npy', ids)",
        ))  # fmt: skip
    words, expected = opened.of_tokens.get("word_id"), _usual_rows(opened)
    because = "as most of the others have"
    if words is not None and len(words) == expected:
        because = f"as {words.place} has"
    for group in (opened.of_tokens, opened.annotations, *opened.layers.values()):
        _check_rows(opened, group, expected, f"{expected:,} rows, {because}")
    if words is not None and not expected:
        opened.faults.append(Fault(words.place, "no tokens", "at least one", "record something"))


def _usual_rows(opened: Opened) -> int:
    """The rows of ``word_id``, unless it has none, or has as many as no other while all agree."""
    lengths = Counter(map(len, opened.per_token.values()))
    usual = max(lengths, key=lengths.__getitem__, default=0)
    words = opened.of_tokens.get("word_id")
    if words is None or len(words) == 0:
        return usual
    alone = lengths[len(words)] == 1 and len(lengths) == 2 and lengths[usual] > 1
    return usual if alone else len(words)


def _check_rows_of_sentences(opened: Opened) -> None:
    group = opened.of_sentences
    cut = group.get("sentence_lengths") or opened.of_sequences.get("sequence_lengths")
    if cut is not None:
        _check_rows(opened, group, len(cut), f"{len(cut):,} rows, as many as {cut.place}")


def _check_rows(opened: Opened, group: dict[str, Source], rows: int, expected: str) -> None:
    for name, source in list(group.items()):
        if len(source) != rows:
            found = f"{len(source):,} rows"
            mend = "write one row for each, none left out, none twice"
            opened.faults.append(Fault(source.place, found, expected, mend))
            del group[name]


def _check_layers(opened: Opened) -> None:
    """Layers count from 0, and each has states."""
    layers = opened.layers.keys() | opened.seen_layers
    if not layers and not opened.unopened:
        expected = "hidden_0: float32, a row a token, a column a unit"
        mend = "np.save('hidden_0.npy', states)"
        opened.faults.append(Fault(str(opened.folder), "no states", expected, mend))
    for expected_layer, layer in enumerate(sorted(layers)):
        if layer != expected_layer and not opened.unopened:
            found, mend = f"layer {layer}", "number the layers from 0, from the input up"
            fault = Fault(str(opened.folder), found, f"layer {expected_layer} next", mend)
            opened.faults.append(fault)
            return


def _check_partners(opened: Opened) -> None:
    """Changes and gates mean nothing without the state that they belong to."""
    for layer, arrays in opened.layers.items():
        for name in [name for name in arrays if _state_of(name) not in (*arrays, None)]:
            source, state = arrays.pop(name), _state_of(name)
            if opened.lacks(f"{state}_{layer}"):
                expected = f"the {state} states of layer {layer} too"
                fault = Fault(source.place, f"{name} alone", expected, "write the states as well")
                opened.faults.append(fault)
        if "keep_gate" in arrays and not {"hidden", "cell"} & arrays.keys():
            source = arrays.pop("keep_gate")
            if opened.lacks(f"hidden_{layer}", f"cell_{layer}"):
                expected, mend = f"states of layer {layer} too", "write the states as well"
                opened.faults.append(Fault(source.place, "a gate alone", expected, mend))


def _state_of(name: str) -> str | None:
    """The state whose changes an array holds."""
    return name.removesuffix("_delta") if name.endswith("_delta") else None


def _check_names(opened: Opened) -> None:
    """Names in ``recording.yaml`` are names of something that is there."""
    described, layers = opened.description, len(opened.layers.keys() | opened.seen_layers)
    names = described.layers
    if names is not None and len(names) != layers and not opened.unopened:
        found = f"{len(names)} names of layers"
        fault = Fault("recording.yaml, layers", found, f"{layers}", "name every layer once")
        opened.faults.append(fault)
    for track in described.annotations:
        if opened.lacks(f"{ANNOTATION}{track.track}"):
            expected = f"an array annotation_{track.track}"
            fault = Fault("recording.yaml, annotations", track.track, expected, "add the array")
            opened.faults.append(fault)
