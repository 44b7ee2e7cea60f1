"""Single steps out of a recording, against plain NumPy over the same arrays."""

import numpy as np
import pytest

from tests.warehouse.examples import SPEC
from tests.warehouse.synthetic import publish
from tests.warehouse.synthetic_states import WEIGHTS, changes_of, write_made_up_recording
from warehouse.errors import RecordingError
from warehouse.reader import Release, open_release
from warehouse.recordings import Recording, part_path
from warehouse.storage import Storage
from warehouse.strongest_changes import strongest_changes


@pytest.fixture(scope="module")
def recording(storage: Storage, release: Release) -> Recording:
    write_made_up_recording(storage, SPEC)
    return release.recording()


@pytest.mark.parametrize("unit", [None, 0, 5])
@pytest.mark.parametrize("word_id", [None, 7])
@pytest.mark.parametrize(("layer", "state"), [(0, "hidden"), (1, "cell")])
def test_the_strongest_changes_first(
    recording: Recording, layer: int, state: str, word_id: int | None, unit: int | None
) -> None:
    found = strongest_changes(
        recording, layer=layer, state=state, word_id=word_id, unit=unit, limit=25
    )
    changes = changes_of(SPEC, layer, state).astype(np.float64)
    values = np.linalg.norm(changes, axis=1) if unit is None else changes[:, unit]
    tokens = np.arange(len(values))
    if word_id is not None:
        tokens = tokens[SPEC.word_ids() == word_id]
    expected = tokens[np.argsort(-np.abs(values[tokens]), kind="stable")][:25]
    np.testing.assert_array_equal(found.tokens, expected)
    np.testing.assert_array_equal(found.word_ids, SPEC.word_ids()[expected])
    np.testing.assert_allclose(found.changes, values[expected], rtol=1e-5)


def test_fewer_occurrences_than_asked_for_are_all_there(recording: Recording) -> None:
    found = strongest_changes(recording, layer=0, state="cell", word_id=3, limit=10_000)
    assert sorted(found.tokens) == np.flatnonzero(SPEC.word_ids() == 3).tolist()
    nothing = strongest_changes(recording, layer=0, state="cell", word_id=SPEC.num_words - 1)
    assert len(nothing.tokens) == 0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"layer": 2, "state": "cell"}, "found layer 2, expected one below 2"),
        ({"layer": 0, "state": "cell", "unit": 8}, "found unit 8, expected one below 8"),
        ({"layer": 0, "state": "memory"}, "memory_delta"),
    ],
)
def test_what_was_not_recorded_is_named(recording: Recording, asked, expected: str) -> None:
    with pytest.raises(RecordingError, match=expected):
        strongest_changes(recording, **asked)


def test_the_words_about_a_token(release: Release) -> None:
    length, ids = SPEC.sentence_length, SPEC.word_ids()
    tokens = [length * 3 + 5, 0, length * 8 - 1]
    found = release.sentences.contexts(tokens, reach=4).to_pylist()
    expected = []
    for token in sorted(tokens):
        sentence, place = divmod(token, length)
        for position in range(max(0, place - 4), min(length, place + 5)):
            word_id = ids[sentence * length + position]
            expected.append((token, sentence, length, place, position, word_id))
    assert [tuple(row.values()) for row in found] == expected
    assert release.sentences.contexts([]).num_rows == 0


@pytest.mark.slow
def test_a_recording_of_other_weights_names_what_repairs_it(tmp_path) -> None:
    storage = Storage(tmp_path)
    publish(storage, SPEC)
    with open_release(SPEC.name, storage=storage) as release:
        with pytest.raises(RecordingError, match="is missing\n  repair: rnnvis materialize"):
            release.recording()
        write_made_up_recording(storage, SPEC, weights="1" * 64)
        with pytest.raises(RecordingError, match=r"found weights 1{8} .*expected 0{8}") as e:
            release.recording()
        assert e.value.repair == (
            f"rnnvis materialize {SPEC.name} --recordings, then take the newer release"
        )
        write_made_up_recording(storage, SPEC, weights=WEIGHTS)
        assert release.recording().num_tokens == SPEC.num_tokens


def test_a_damaged_part_names_what_repairs_it(tmp_path) -> None:
    recording = write_made_up_recording(Storage(tmp_path), SPEC)
    path = part_path(recording.folder, 0, 0)
    path.write_bytes(b"PAR1" + path.read_bytes()[4:-40] + bytes(40))
    with pytest.raises(RecordingError, match="cannot be read"):
        strongest_changes(recording, layer=0, state="cell")
