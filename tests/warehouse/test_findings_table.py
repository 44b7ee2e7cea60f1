"""The table ``finding``: written and read back, and comparisons, which have a file of their own."""

import pyarrow as pa
import pytest

from tests.warehouse.made_up_findings import finding_columns as made_up
from warehouse.comparison_files import open_comparison, publish_comparison, published_comparisons
from warehouse.errors import ReleaseError
from warehouse.findings_table import (
    INCONCLUSIVE,
    NOT_SUPPORTED,
    SUPPORTED,
    Claim,
    JudgedClaim,
    Measurement,
    finding_columns,
    judged_claims,
)
from warehouse.parquet_tables import arrow_table, write_table
from warehouse.schema import FINDING
from warehouse.storage import Storage

CLAIMS = (
    JudgedClaim(Claim(2, "Alike.", "Fig. 5"), (
        Measurement("a", 0.5, 0.4, 0.6, "words", 0.01, 0.02, 0.1, 0.0, SUPPORTED, "Why."),
        Measurement("b", *[None] * 8, INCONCLUSIVE, "No words."),
    )),
    JudgedClaim(Claim(11, "Unlike.", "Fig. 14"), (
        Measurement("c", -0.5, -0.6, -0.4, "seeds", 0.03, 0.03, None, 0.0, NOT_SUPPORTED, "So."),
    )),
)  # fmt: skip
COMPARED = [
    {"role": role, "model": f"my-{role}", "weights_sha256": "0"} for role in ("rnn", "lstm")
]


def test_claims_come_back_from_the_table_as_they_were():
    rows = arrow_table(FINDING.arrow_schema(0), finding_columns(CLAIMS))
    assert rows.num_rows == 3
    assert judged_claims(rows) == CLAIMS
    assert [claim.verdict for claim in judged_claims(rows)] == [INCONCLUSIVE, NOT_SUPPORTED]


def test_verdicts_of_version_0_1_are_read_in_todays_words():
    old = made_up() | {"verdict": ["holds", "does not hold", "cannot be told here"]}
    assert judged_claims(pa.table(old)) == judged_claims(pa.table(made_up()))


def test_a_release_tells_its_findings(release):
    assert release.findings() == judged_claims(pa.table(made_up()))


@pytest.fixture
def place(tmp_path) -> Storage:
    place = Storage(tmp_path)
    write_table(place.table("both", "finding"), FINDING, finding_columns(CLAIMS))
    return place


def _publish(place: Storage) -> None:
    publish_comparison(place, "both", COMPARED, place.table("both", "finding"))


@pytest.mark.slow
def test_a_comparison_is_published_and_replaced_under_a_reader(place):
    assert published_comparisons(place) == []
    _publish(place)
    assert published_comparisons(place) == ["both"]
    with open_comparison(place, "both") as comparison:
        assert comparison.compared() == {"lstm": ("my-lstm",), "rnn": ("my-rnn",)}
        assert comparison.findings() == CLAIMS
        write_table(place.table("both", "finding"), FINDING, finding_columns(CLAIMS[:1]))
        _publish(place)
        assert comparison.findings() == CLAIMS
    with open_comparison(place, "both") as comparison:
        assert comparison.findings() == CLAIMS[:1]


def test_a_comparison_that_was_not_made_names_its_repair(place):
    with pytest.raises(ReleaseError, match="rnnvis materialize"):
        open_comparison(place, "both")


def test_a_damaged_comparison_is_refused(place):
    _publish(place)
    path = place.comparison("both")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(ReleaseError):
        open_comparison(place, "both")
