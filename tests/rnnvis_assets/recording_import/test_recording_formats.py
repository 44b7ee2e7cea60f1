"""One recording, whatever it is written in and however its files are cut, is read as the same."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.recording_import.check_recording import RecordingContents, read_contents
from rnnvis_assets.recording_import.token_annotations import token_annotations
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    WRITERS,
    SyntheticRecording,
    changes,
    lstm_like,
    write_npy,
)


def read_all(contents: RecordingContents, rows: int) -> dict[str, np.ndarray]:
    """Everything that a recording holds, by the names of docs/recording_format.md."""
    assert contents.text is not None
    out: dict[str, np.ndarray] = {
        "word_id": contents.text.word_ids,
        "sequence_lengths": np.diff(contents.text.sequences),
        "sentence_lengths": np.diff(contents.text.sentences),
    }
    for layer in contents.layers():
        blocks = list(layer.blocks(rows))
        for name in layer.arrays:
            out[f"{name}_{layer.number}"] = np.concatenate([block[name] for block in blocks])
        assert layer.faults == []
    for annotation in token_annotations(contents.files):
        values = annotation.read(contents.files)
        names = [*annotation.categories, ""] if annotation.is_categorical else None
        indices = np.nan_to_num(values, nan=-1).astype(int)
        out[f"annotation_{annotation.name}"] = values if names is None else np.array(names)[indices]
    return out


def read(folder: Path, rows: int = 100) -> dict[str, np.ndarray]:
    contents = read_contents(folder)
    found = read_all(contents, rows)
    assert contents.files.faults == []
    return found


def assert_holds(found: dict[str, np.ndarray], made: SyntheticRecording) -> None:
    for name, values in made.arrays.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    for name in [name for name in made.arrays if name.startswith(("hidden_", "cell_"))]:
        state, layer = name.split("_")
        expected = changes(made.arrays[name], made)
        np.testing.assert_array_equal(found[f"{state}_delta_{layer}"], expected)


@pytest.mark.slow
@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=15)
@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any),
    units=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    cuts=st.lists(st.integers(1, 40), max_size=4),
    rows=st.integers(1, 30),
)
def test_no_form_and_no_cut_changes_what_is_read(
    form: str, lengths: list[int], units: list[int], cuts: list[int], rows: int
) -> None:
    ends = {"parquet": (1,)}.get(form, ())  # Parquet knows an empty sequence by those around it
    made = lstm_like((*ends, *lengths, *ends), units)
    with tempfile.TemporaryDirectory() as folder:
        found = read(WRITERS[form](Path(folder) / form, made, cuts), rows)
    assert_holds(found, made)


@pytest.mark.parametrize("form", WRITERS)
def test_given_changes_are_kept_to_the_bit(form: str, tmp_path: Path) -> None:
    made = lstm_like()
    given = changes(made.arrays["hidden_0"], made) + np.float32(1e-6)
    made.arrays["hidden_delta_0"] = given
    found = read(WRITERS[form](tmp_path / form, made, ()))
    np.testing.assert_array_equal(found["hidden_delta_0"], given)


def test_layers_may_record_different_states(tmp_path: Path) -> None:
    made = lstm_like()
    del made.arrays["cell_0"], made.arrays["keep_gate_0"], made.arrays["hidden_1"]
    contents = read_contents(write_npy(tmp_path / "npy", made))
    assert [layer.arrays for layer in contents.layers()] == [
        ("hidden", "hidden_delta"), ("cell", "cell_delta", "keep_gate"),
    ]  # fmt: skip


def test_sequences_that_do_not_start_from_zero_say_so(tmp_path: Path) -> None:
    made = lstm_like()
    made.settings = {"starts_from_zero": False}
    folder = write_npy(tmp_path / "without", made)
    found = read(folder)["hidden_delta_0"]
    expected = changes(made.arrays["hidden_0"], made)
    expected[[0, 7, 19]] = 0  # nobody knows what came before
    np.testing.assert_array_equal(found, expected)

    given = expected.copy()
    given[[0, 7, 19]] = 0.25
    made.arrays["hidden_delta_0"] = given
    np.testing.assert_array_equal(read(write_npy(tmp_path / "with", made))["hidden_delta_0"], given)


def test_a_language_model_is_cut_after_the_word_that_ends_a_sentence(tmp_path: Path) -> None:
    made = lstm_like((5, 4), (2,))
    made.arrays["word_id"] = np.array([1, 2, 0, 3, 4, 1, 0, 2, 2])
    assert read(write_npy(tmp_path / "npy", made))["sentence_lengths"].tolist() == [3, 2, 2, 2]


def test_where_nothing_ends_a_sentence_pieces_are_cut_and_reported(tmp_path: Path) -> None:
    made = lstm_like((250,), (2,))
    made.settings["end_of_sentence"] = "none such"
    contents = read_contents(write_npy(tmp_path / "npy", made))
    assert contents.text is not None
    assert np.diff(contents.text.sentences).tolist() == [100, 100, 50]
    assert "sentence_lengths" in contents.files.notes[0]


@pytest.mark.parametrize("form", ["npy", "parquet"])
def test_labels_make_a_classifier_whose_documents_are_sequences(form: str, tmp_path: Path) -> None:
    made = lstm_like((5, 4, 3), (2,))
    made.arrays["label"] = np.array(["good", "bad", "good"])
    made.arrays["sentence_lengths"] = made.arrays["sequence_lengths"]
    contents = read_contents(WRITERS[form](tmp_path / form, made, ()))
    assert contents.files.faults == []
    assert contents.text is not None
    assert (contents.task, contents.labels.classes) == ("classification", ("bad", "good"))
    assert contents.labels.labels is not None
    assert contents.labels.labels.tolist() == [1, 0, 1]
    assert np.diff(contents.text.sentences).tolist() == [5, 4, 3]


def test_documents_may_be_given_by_their_lengths_only(tmp_path: Path) -> None:
    made = lstm_like((5, 4, 3), (2,))
    made.arrays["label"] = np.array([1, 0, 1])
    made.arrays["sentence_lengths"] = made.arrays.pop("sequence_lengths")
    contents = read_contents(write_npy(tmp_path / "npy", made))
    assert contents.files.faults == []
    assert contents.text is not None
    assert contents.text.sequences.tolist() == [0, 5, 9, 12]
    assert contents.labels.classes == ("0", "1")


def test_short_names_for_a_network_of_one_layer(tmp_path: Path) -> None:
    made = lstm_like((5,), (2,))
    arrays = made.arrays
    made.arrays = {"word_id": arrays["word_id"]}
    folder = write_npy(tmp_path / "npy", made)
    (folder / "word_id.npy").rename(folder / "tokens.npy")
    np.save(folder / "hidden.npy", arrays["hidden_0"])
    np.testing.assert_array_equal(read(folder)["hidden_0"], arrays["hidden_0"])
