"""The folder that LSTMVis reads, with its own default of applying tanh."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

from rnnvis_assets.recording_import.checks.check_recording import check_recording
from rnnvis_assets.recording_import.contents.annotation_tracks import track_readers
from rnnvis_assets.recording_import.contents.recording_contents import Prepared, prepare

STATES = np.random.default_rng(0).normal(0, 2, (6, 4))
OUTPUTS = np.tanh(STATES) * 0.5
WORDS = np.array([1, 2, 3, 1, 2, 2])
SETTINGS: dict[str, Any] = {
    "name": "children books",
    "description": "texts from long ago",
    "files": {
        "states": "states.hdf5", "train": "train.hdf5", "words": "train.dict",
        "pos": "pos.h5", "pos_dict": "pos.dict",
    },
    "word_sequence": {"file": "train", "path": "word_ids", "dict_file": "words"},
    "states": {
        "file": "states",
        "types": [
            {"type": "state", "layer": 1, "path": "states1"},
            {"type": "state", "layer": 2, "path": "states2", "unsigned": True},
            {"type": "output", "layer": 2, "path": "output2", "transform": "none"},
        ],
    },
    "meta": {
        "part_of_speech": {
            "file": "pos", "path": "pos", "dict": "pos_dict",
            "vis": {"type": "discrete", "range": "dict"},
        },
        "mood": {"file": "pos", "path": "mood", "vis": {"type": "scalar", "range": [0, 1]}},
        "length": {
            "file": "pos", "path": "length", "index": "word_sequence", "vis": {"type": "scalar"},
        },
        "top": {"file": "pos", "path": "top", "type": "wordvec", "vis": {"type": "wordvec"}},
    },
}  # fmt: skip


def write_folder(folder: Path, settings: dict[str, Any]) -> Path:
    """What LSTMVis's own documentation describes, written with h5py."""
    folder.mkdir()
    with h5py.File(folder / "states.hdf5", "w") as file:
        file["states1"], file["states2"], file["output2"] = STATES, -STATES, OUTPUTS
    with h5py.File(folder / "train.hdf5", "w") as file:
        file["word_ids"] = WORDS
    with h5py.File(folder / "pos.h5", "w") as file:
        file["pos"] = np.array([0, 1, 0, 1, 0, 1])
        file["mood"] = np.linspace(0, 1, 6)
        file["length"] = np.array([0.0, 3.0, 4.0, 5.0])
        file["top"] = np.zeros((6, 5), int)
    (folder / "train.dict").write_text("the 1\ncat 2\nsees 3\n")
    (folder / "pos.dict").write_text("DET 0\nNOUN 1\n")
    (folder / "lstm.yml").write_text(yaml.safe_dump(settings))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "books", SETTINGS)


def arrays_of(prepared: Prepared) -> list[dict[str, np.ndarray]]:
    read = []
    for reader in prepared.readers():
        blocks = list(reader.blocks(4))
        read.append({n: np.concatenate([block[n] for block in blocks]) for n in reader.arrays})
    return read


def test_tanh_is_applied_unless_told_otherwise(folder: Path) -> None:
    prepared = prepare(folder)
    first, second = arrays_of(prepared)
    assert prepared.faults == []
    np.testing.assert_allclose(first["cell"], np.tanh(STATES), atol=1e-6)
    np.testing.assert_allclose(second["cell"], np.tanh(-STATES), atol=1e-6)
    np.testing.assert_allclose(second["hidden"], OUTPUTS, atol=1e-6)
    squashed = [note for note in prepared.opened.notes if "tanh applied" in note]
    assert len(squashed) == 2
    assert "transform: none" in squashed[0]


def test_states_are_cell_states_and_outputs_hidden_ones(folder: Path) -> None:
    assert [sorted(arrays) for arrays in arrays_of(prepare(folder))] == [
        ["cell", "cell_delta"],
        ["cell", "cell_delta", "hidden", "hidden_delta"],
    ]


def test_layers_keep_their_numbers_as_names(folder: Path) -> None:
    described = prepare(folder).opened.description
    assert described.layers == ("layer 1", "layer 2")
    assert described.description == "texts from long ago"


def test_words_and_annotations(folder: Path) -> None:
    prepared = prepare(folder)
    assert prepared.opened.words == ("<no word 0>", "the", "cat", "sees")
    assert prepared.text is not None
    assert prepared.text.word_ids.tolist() == WORDS.tolist()
    tracks = track_readers(prepared.opened)
    values = {name: np.concatenate([*t.blocks(prepared.opened, 4)]) for name, t in tracks.items()}
    assert list(tracks["part_of_speech"].categories) == ["DET", "NOUN"]
    np.testing.assert_allclose(values["mood"], np.linspace(0, 1, 6))
    np.testing.assert_allclose(values["length"], [3, 4, 5, 3, 4, 4])
    assert any("annotation top left out" in note for note in prepared.opened.notes)


def test_sentences_may_be_told_beside_it(folder: Path) -> None:
    np.save(folder / "sequence_lengths.npy", np.array([2, 4]))
    text = prepare(folder).text
    assert text is not None
    assert text.sequences.tolist() == [0, 2, 6]


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("states", "types", 0, "path"), "none", ("dataset none", "states1")),
        (("states", "types", 0, "file"), "stats", ("'stats'", "did you mean 'states'")),
        (("states", "types", 0, "type"), "gate", ("types[0].type", "state, output")),
        (("states", "types", 0, "transform"), "sigmoid", ("transform", "tanh, none")),
        (("word_sequence", "path"), "ids", ("dataset ids", "word_ids")),
        (("word_sequence", "dict_file"), "pos", ("pos.h5", "utf-8")),
    ],
)
def test_what_is_wrong_in_it(
    place: tuple[str | int, ...], value: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    settings = yaml.safe_load(yaml.safe_dump(SETTINGS))
    *above, key = place
    section = settings
    for part in above:
        section = section[part]
    section[key] = value
    told = "\n".join(map(str, check_recording(write_folder(tmp_path / "bad", settings)).faults))
    for word in words:
        assert word in told


def test_states_cut_short(folder: Path) -> None:
    content = (folder / "states.hdf5").read_bytes()
    (folder / "states.hdf5").write_bytes(content[: len(content) // 2])
    faults = [f for f in check_recording(folder).faults if f.where.startswith("states.hdf5")]
    assert len(faults) == 3
    assert "cut short" in faults[0].found
    assert len(check_recording(folder).faults) == 3


def test_two_words_with_one_id(folder: Path) -> None:
    (folder / "train.dict").write_text("the 1\ncat 2\nsees 2\n")
    told = "\n".join(map(str, check_recording(folder).faults))
    assert "two words with the id 2" in told


def test_a_word_that_an_annotation_of_words_does_not_reach(folder: Path) -> None:
    with h5py.File(folder / "pos.h5", "r+") as file:
        del file["length"]
        file["length"] = np.array([0.0, 3.0, 4.0])
    told = "\n".join(map(str, check_recording(folder).faults))
    assert "3 rows, and the word 3 in the text, expected a row for every word" in told


def test_a_no_break_space_is_part_of_a_word(folder: Path) -> None:
    (folder / "train.dict").write_text("the\u00a0end 1\r\ncat\u2028 2\r\nsees\t3\r\n", newline="")
    assert prepare(folder).opened.words[1:] == ("the\u00a0end", "cat\u2028", "sees")


def test_a_word_may_hold_blanks_or_be_one(folder: Path) -> None:
    (folder / "train.dict").write_text("the 1\nnew york\t2\n  0\nsees  3\n")
    assert prepare(folder).opened.words == (" ", "the", "new york", "sees")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("the 1\ncat\nsees 3\n", ("line 2", "'cat'", "a blank and its id")),
        ("the 1\ncat\nsees\n", ("line 2", "the first of 2 such lines")),
        ("the 1\ncat 2\nthe 3\n", ("line 3", "a word that was there before")),
    ],
)
def test_wrong_lines_of_the_dictionary_are_all_that_is_wrong(
    lines: str, words: tuple[str, ...], folder: Path
) -> None:
    (folder / "train.dict").write_text(lines)
    (fault,) = check_recording(folder).faults
    for word in words:
        assert word in str(fault)


def test_a_wrong_entry_of_the_settings_hides_no_other_fault(tmp_path: Path) -> None:
    settings = yaml.safe_load(yaml.safe_dump(SETTINGS))
    settings["states"]["types"][0]["transform"] = "sigmoid"
    settings["meta"]["length"]["index"] = "words"
    settings["meta"]["mood"]["path"] = "none"
    folder = write_folder(tmp_path / "bad", settings)
    with h5py.File(folder / "states.hdf5", "r+") as file:
        file["output2"][3, 1] = np.nan
        file["output2"][4, 2] = 7
    with h5py.File(folder / "train.hdf5", "r+") as file:
        file["word_ids"][5] = 9
    told = [str(fault) for fault in check_recording(folder).faults]
    expected = ("states.types[0].transform", "meta.length.index", "pos.h5, dataset none",
                "nan at row 3", "7.0 at row 4", "9 at row 5")  # fmt: skip
    for words in expected:
        assert sum(words in fault for fault in told) == 1, told
    assert len(told) == len(expected), told


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (WORDS[:, None], "the shape [6, 1]"),
        (WORDS.astype("f4"), "f4"),
        (np.array([b"the"] * 6), "S3"),
    ],
)
def test_words_that_are_no_ids_are_all_that_is_wrong(
    words: np.ndarray, found: str, folder: Path
) -> None:
    with h5py.File(folder / "train.hdf5", "r+") as file:
        del file["word_ids"]
        file["word_ids"] = words
    (fault,) = check_recording(folder).faults
    assert (fault.where, fault.found) == ("train.hdf5, dataset word_ids", found)


def test_states_that_are_text(folder: Path) -> None:
    with h5py.File(folder / "states.hdf5", "r+") as file:
        del file["states1"]
        file["states1"] = np.full((6, 4), b"x")
    (fault,) = check_recording(folder).faults
    assert (fault.where, fault.expected) == ("states.hdf5, dataset states1", "float32")
