"""A small recording made up with NumPy, written the way users of other libraries would."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from safetensors.numpy import save_file

Arrays = dict[str, npt.NDArray[Any]]
WORDS = ("<eos>", "the", "cat", "sees", "a", "dog", "naïve", "x y")


@dataclass
class SyntheticRecording:
    """``arrays`` by the names of docs/recording_format.md; ``settings`` is ``recording.yaml``."""

    arrays: Arrays
    words: Sequence[str] = WORDS
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def num_tokens(self) -> int:
        return len(self.arrays["word_id"])

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        lengths = self.arrays.get("sequence_lengths", np.array([self.num_tokens]))
        return np.concatenate([[0], np.cumsum(lengths)])


def lstm_like(
    lengths: Sequence[int] = (7, 0, 12, 5), units: Sequence[int] = (3, 4), seed: int = 0
) -> SyntheticRecording:
    """Hidden and cell states and forget gates of layers of these sizes, annotated twice.

    c = f c' + u with u within ±1, and h = tanh(c): an LSTM's with an open output gate.
    """
    random, tokens = np.random.default_rng(seed), sum(lengths)
    arrays: Arrays = {
        "word_id": random.integers(0, len(WORDS), tokens),
        "sequence_lengths": np.array(lengths),
        "annotation_tag": random.choice(["NOUN", "VERB", ""], tokens),
        "annotation_depth": random.normal(size=tokens).astype(np.float32),
    }
    for layer, size in enumerate(units):
        gate = random.random((tokens, size), np.float32)
        cell = random.uniform(-1, 1, (tokens, size)).astype(np.float32)
        starts = set(np.cumsum([0, *lengths]).tolist())
        for token in range(tokens):
            if token not in starts:
                cell[token] += gate[token] * cell[token - 1]
        arrays |= {f"cell_{layer}": cell, f"keep_gate_{layer}": gate}
        arrays[f"hidden_{layer}"] = np.tanh(cell)
    first = np.cumsum([0, *lengths])[:-1]
    arrays["word_id"][first[first < tokens]] = np.arange(len(first))[first < tokens] % len(WORDS)
    return SyntheticRecording(arrays, settings={"cell": "lstm"})


def changes(states: npt.NDArray[np.float32], made: SyntheticRecording) -> npt.NDArray[np.float32]:
    """s_t - s_(t-1), from zero before every sequence, one step after the other."""
    out = np.empty_like(states)
    for start, stop in pairwise(made.offsets):
        before = np.zeros(states.shape[1], np.float32)
        for step in range(start, stop):
            out[step], before = states[step] - before, states[step]
    return out


def _write_rest(folder: Path, made: SyntheticRecording) -> None:
    (folder / "vocabulary.txt").write_text("\n".join(made.words) + "\n", "utf-8")
    if made.settings:
        (folder / "recording.yaml").write_text(yaml.safe_dump(made.settings), "utf-8")


def _shards(arrays: Arrays, cuts: Sequence[int]) -> Arrays:
    """Every array of a token's rows cut at ``cuts``, the pieces named as shards."""
    rows = len(arrays["word_id"])
    bounds = [0, *sorted(cut for cut in set(cuts) if 0 < cut < rows), rows]
    if len(bounds) == 2:
        return arrays
    out: Arrays = {}
    for name, values in arrays.items():
        if name.endswith("_lengths") or len(values) != rows:
            out[name] = values
            continue
        for number, (start, stop) in enumerate(pairwise(bounds)):
            out[f"{name}-{number:05d}"] = values[start:stop]
    return out


def write_npy(folder: Path, made: SyntheticRecording, cuts: Sequence[int] = ()) -> Path:
    """A ``.npy`` an array, or a shard."""
    folder.mkdir(parents=True)
    for name, values in _shards(made.arrays, cuts).items():
        np.save(folder / f"{name}.npy", values)
    _write_rest(folder, made)
    return folder


def write_npz(folder: Path, made: SyntheticRecording, cuts: Sequence[int] = ()) -> Path:
    """One ``.npz`` that is compressed and one that is not."""
    folder.mkdir(parents=True)
    named = list(_shards(made.arrays, cuts).items())
    np.savez(folder / "first.npz", **dict(named[::2]))
    np.savez_compressed(folder / "second.npz", **dict(named[1::2]))
    _write_rest(folder, made)
    return folder


def write_safetensors(folder: Path, made: SyntheticRecording, cuts: Sequence[int] = ()) -> Path:
    """Numbers in one file; text, which safetensors does not know, in ``.npy``."""
    folder.mkdir(parents=True)
    arrays = _shards(made.arrays, cuts)
    numbers = {name: np.ascontiguousarray(a) for name, a in arrays.items() if a.dtype.kind != "U"}
    save_file(numbers, folder / "states.safetensors", {"made by": "a test"})
    for name in arrays.keys() - numbers.keys():
        np.save(folder / f"{name}.npy", arrays[name])
    _write_rest(folder, made)
    return folder


def _column(values: npt.NDArray[Any]) -> pa.Array:
    if values.ndim == 1:
        return pa.array(values)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def _layer_columns(made: SyntheticRecording, layer: int) -> Mapping[str, npt.NDArray[Any]]:
    sequence = np.repeat(np.arange(len(made.offsets) - 1), np.diff(made.offsets))
    suffix = f"_{layer}"
    return {
        "sequence": sequence.astype(np.int32),
        "position": (np.arange(made.num_tokens) - made.offsets[sequence]).astype(np.int32),
        "token": np.arange(made.num_tokens),
        "word_id": made.arrays["word_id"].astype(np.int32),
        **{
            name.removesuffix(suffix): values
            for name, values in made.arrays.items()
            if name.endswith(suffix) and values.ndim == 2
        },
    }


def write_parquet(folder: Path, made: SyntheticRecording, cuts: Sequence[int] = ()) -> Path:
    """The layout of our own recordings, a part per shard, and tables of tokens and sentences."""
    folder.mkdir(parents=True)
    bounds = [0, *sorted(cut for cut in set(cuts) if 0 < cut < made.num_tokens), made.num_tokens]
    layers = [int(name.removeprefix("hidden_")) for name in made.arrays
              if name.startswith("hidden_") and "delta" not in name]  # fmt: skip
    for layer in layers:
        (folder / f"layer={layer}").mkdir()
        columns = {n: _column(v) for n, v in _layer_columns(made, layer).items()}
        for part, (start, stop) in enumerate(pairwise(bounds)):
            table = pa.table(
                {n: values.slice(start, stop - start) for n, values in columns.items()}
            )
            path = folder / f"layer={layer}" / f"part-{part:05d}.parquet"
            pq.write_table(table, path, row_group_size=5)
    tracks = {n: _column(v) for n, v in made.arrays.items() if n.startswith("annotation_")}
    if tracks:
        pq.write_table(pa.table(tracks), folder / "tokens.parquet")
    sentences = {
        {"sentence_lengths": "num_tokens"}.get(name, name): _column(made.arrays[name])
        for name in ("sentence_lengths", "label", "predicted", "probability")
        if name in made.arrays
    }
    if sentences:
        pq.write_table(pa.table(sentences), folder / "sentences.parquet")
    _write_rest(folder, made)
    return folder


Writer = Callable[[Path, SyntheticRecording, Sequence[int]], Path]
WRITERS: Mapping[str, Writer] = {
    "npy": write_npy,
    "npz": write_npz,
    "safetensors": write_safetensors,
    "parquet": write_parquet,
}
