"""Every fault of a recording is reported: where, what was found and expected, and the repair."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.recording_import.check_recording import CheckReport, check_recording
from rnnvis_assets.recording_import.recording_faults import RecordingFault
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    WRITERS,
    SyntheticRecording,
    changes,
    lstm_like,
    write_npy,
    write_parquet,
)
from warehouse.errors import RecordingError

Spoil = Callable[[SyntheticRecording], None]


def check(folder: Path) -> CheckReport:
    return check_recording(folder)


def only_fault(report: CheckReport, where: str, *words: str) -> RecordingFault:
    """The one fault at ``where``, which says all ``words``."""
    faults = [fault for fault in report.faults if where in fault.where]
    assert len(faults) == 1, "\n".join(map(str, report.faults))
    for word in words:
        assert word in str(faults[0])
    assert faults[0].repair
    return faults[0]


def set_to(name: str, row: int, value: float) -> Spoil:
    def spoil(made: SyntheticRecording) -> None:
        made.arrays[name][row, ...] = value

    return spoil


def shorten(name: str) -> Spoil:
    def spoil(made: SyntheticRecording) -> None:
        made.arrays[name] = made.arrays[name][:-2]

    return spoil


def give_wrong_change(made: SyntheticRecording) -> None:
    made.arrays["hidden_delta_0"] = changes(made.arrays["hidden_0"], made)
    made.arrays["hidden_delta_0"][9, 1] += 0.5


def carry_on(made: SyntheticRecording) -> None:
    """The second sequence begins where the first one ended."""
    given = changes(made.arrays["hidden_0"], made)
    given[7] = made.arrays["hidden_0"][7] - made.arrays["hidden_0"][6]
    made.arrays["hidden_delta_0"] = given


def retype(name: str, kind: str) -> Spoil:
    def spoil(made: SyntheticRecording) -> None:
        made.arrays[name] = made.arrays[name].astype(kind)

    return spoil


def split_change(made: SyntheticRecording) -> None:
    """The first layer's changes in parts, as a matrix memory's are."""
    change = changes(made.arrays["cell_0"], made)
    made.arrays["cell_written_0"], made.arrays["cell_lost_0"] = 2 * change, -change


def split_wrongly(made: SyntheticRecording) -> None:
    split_change(made)
    made.arrays["cell_lost_0"][9, 1] += 0.5


def leave_out_what_was_lost(made: SyntheticRecording) -> None:
    split_change(made)
    del made.arrays["cell_lost_0"]


# What is done to a sound recording, where the fault then is, and what is said of it.
SPOILT: dict[str, tuple[Spoil, str, tuple[str, ...]]] = {
    "not a number": (set_to("hidden_1", 5, np.nan), "hidden_1", ("nan", "row 5, unit 0", "finite")),
    "infinite": (set_to("cell_0", 20, np.inf), "cell_0", ("inf", "row 20", "of 3")),
    "beyond a tanh": (set_to("hidden_0", 3, -1.5), "hidden_0", ("-1.5", "bounded: false")),
    "no share": (set_to("keep_gate_1", 4, 1.5), "keep_gate_1", ("1.5", "0 to 1", "sigmoid")),
    "unknown id": (set_to("word_id", 11, 8), "word_id", ("8 at row 11", "0 to 7", "vocabulary")),
    "negative id": (set_to("word_id", 0, -3), "word_id", ("-3 at row 0",)),
    "short states": (shorten("cell_1"), "cell_1", ("22 rows", "24 rows", "word_id")),
    "short annotation": (shorten("annotation_tag"), "annotation_tag", ("22 rows", "24")),
    "lengths that do not add up": (set_to("sequence_lengths", 0, 9), "lengths", ("26", "24")),
    "negative length": (set_to("sequence_lengths", 1, -1), "lengths", ("-1 at row 1",)),
    "states as whole numbers": (retype("hidden_0", "i4"), "hidden_0", ("i4", "float32")),
    "wrong change": (give_wrong_change, "hidden_delta_0", ("row 9, unit 1", "the one before")),
    "wrong parts": (split_wrongly, "cell_lost_0", ("row 9, unit 1", "add up")),
    "one part": (leave_out_what_was_lost, "cell_written_0", ("cell_lost of layer 0", "both")),
    "carried on": (carry_on, "hidden_delta_0", ("row 7", "starts_from_zero: false")),
    "infinite annotation": (set_to("annotation_depth", 2, np.inf), "depth", ("inf", "NaN")),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "where", "words"), SPOILT.values(), ids=SPOILT)
def test_one_fault(spoil: Spoil, where: str, words: tuple[str, ...], tmp_path: Path) -> None:
    made = lstm_like()
    spoil(made)
    report = check(write_npy(tmp_path / "npy", made))
    only_fault(report, where, *words)
    assert len(report.faults) == 1


def test_all_faults_at_once(tmp_path: Path) -> None:
    made = lstm_like()
    chosen = ("not a number", "infinite", "beyond a tanh", "no share", "unknown id",
              "short annotation", "infinite annotation")  # fmt: skip
    for name in chosen:
        SPOILT[name][0](made)
    report = check(write_npy(tmp_path / "npy", made))
    for name in chosen:
        only_fault(report, *([SPOILT[name][1], *SPOILT[name][2]]))
    assert len(report.faults) == len(chosen)


@pytest.mark.parametrize("form", WRITERS)
def test_nothing_is_wrong_with_a_sound_one(form: str, tmp_path: Path) -> None:
    report = check(WRITERS[form](tmp_path / form, lstm_like(), ()))
    assert (report.faults, report.notes) == ((), ())
    assert "24 tokens" in report.summary


def test_a_relu_network_says_that_its_states_are_not_bounded(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["hidden_0"] *= 7
    made.settings = {"bounded": False}
    assert check(write_npy(tmp_path / "npy", made)).faults == ()


def test_a_change_may_come_in_parts(tmp_path: Path) -> None:
    made = lstm_like()
    split_change(made)
    assert check(write_npy(tmp_path / "npy", made)).faults == ()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is not a folder"):
        check(tmp_path / "none")


def test_an_empty_folder_lacks_everything(tmp_path: Path) -> None:
    found = "\n".join(map(str, check(tmp_path).faults))
    for missing in ("no vocabulary", "no word_id", "no states"):
        assert missing in found


def test_python_objects_are_never_unpickled(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    np.save(folder / "annotation_odd.npy", np.array([{}] * 24, object), allow_pickle=True)
    only_fault(check(folder), "annotation_odd.npy", "never unpickled")


def test_an_array_of_an_unknown_name(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["word_ids"] = made.arrays["word_id"]
    only_fault(check(write_npy(tmp_path / "npy", made)), "word_ids", "did you mean 'word_id'")


def test_the_same_array_twice(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    np.savez(folder / "more.npz", word_id=np.zeros(24, int))
    only_fault(check(folder), "word_id.npy", "another word_id", "more.npz")


def test_a_missing_shard(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like(), (9, 14))
    (folder / "cell_1-00001.npy").unlink()
    only_fault(check(folder), "cell_1-00002", "cell_1-00001")


def test_a_missing_layer(tmp_path: Path) -> None:
    made = lstm_like(units=(3, 4, 5))
    for name in ("hidden_1", "cell_1", "keep_gate_1"):
        del made.arrays[name]
    only_fault(check(write_npy(tmp_path / "npy", made)), str(tmp_path), "layer 2", "layer 1 next")


@pytest.mark.parametrize(
    ("column", "rows", "words"),
    [
        ("position", [0, 1, 3, 4], ("position", "3 at row 9", "none left out")),
        ("position", [3, 4, 5, 6], ("position", "3 at row 7", "from 0")),
        ("sequence", [2, 2, 1, 1], ("sequence", "1 at row 9", "never fall")),
        ("token", [7, 8, 10, 11], ("token", "10 at row 9")),
    ],
)
def test_rows_out_of_order_or_left_out(
    column: str, rows: list[int], words: tuple[str, ...], tmp_path: Path
) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like((7, 4), (3,)))
    path = folder / "layer=0" / "part-00000.parquet"
    table = pq.read_table(path)
    values = [*table[column].to_pylist()[:7], *rows]
    place = table.schema.get_field_index(column)
    pq.write_table(table.set_column(place, column, pa.array(values, table[column].type)), path)
    report = check(folder)
    faults = [fault for fault in report.faults if f"column {column}" in fault.where]
    assert faults
    for word in words:
        assert word in str(faults[0])


def test_layers_that_read_different_words(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like())
    path = folder / "layer=1" / "part-00000.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("word_id")
    pq.write_table(table.set_column(place, "word_id", pa.array([0] * 24, pa.int32())), path)
    only_fault(check(folder), "layer=1/part-00000.parquet, column word_id", "what layer=0")


def test_lists_of_different_lengths(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like((4,), (3,)))
    path = folder / "layer=0" / "part-00000.parquet"
    table = pq.read_table(path)
    ragged = pa.array([[0.0] * 3, [0.0] * 3, [0.0] * 2, [0.0] * 3], pa.list_(pa.float32()))
    place = table.schema.get_field_index("hidden")
    pq.write_table(table.set_column(place, "hidden", ragged), path)
    only_fault(check(folder), "column hidden", "2 values at row 2", "3, as most")


def test_a_classifier_of_an_unknown_class(tmp_path: Path) -> None:
    made = lstm_like((3, 4), (2,))
    made.arrays["label"] = np.array(["good", "odd"])
    made.settings = {"classes": ["bad", "good"]}
    only_fault(check(write_npy(tmp_path / "npy", made)), "label", "odd at row 1", "bad, good")


def test_documents_that_are_not_the_sequences(tmp_path: Path) -> None:
    made = lstm_like((3, 4), (2,))
    made.arrays["label"] = np.array(["good", "bad"])
    made.arrays["sentence_lengths"] = np.array([2, 5])
    only_fault(check(write_npy(tmp_path / "npy", made)), "sentence_lengths", "task: language_model")


@pytest.mark.parametrize("form", ["npy", "parquet"])
def test_labels_of_other_sentences(form: str, tmp_path: Path) -> None:
    made = lstm_like((3, 4), (2,))
    made.arrays["label"] = np.array(["good", "bad", "good"])
    only_fault(check(WRITERS[form](tmp_path / form, made, ())), "label", "3 rows", "2")


@pytest.mark.parametrize("label", [np.array(["good", ""]), np.array([1, -1])])
def test_every_document_has_a_class(label: np.ndarray, tmp_path: Path) -> None:
    made = lstm_like((3, 4), (2,))
    made.arrays["label"], made.settings = label, {"classes": ["bad", "good"]}
    only_fault(check(write_npy(tmp_path / "npy", made)), "label", "at row 1", "bad, good")
