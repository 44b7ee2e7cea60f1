"""The page of findings: what it shows of a release and of comparisons, without a browser."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.viewer.made_up_release import MadeUp, publish_made_up
from tests.warehouse.made_up_findings import finding_columns as made_up
from viewer.state.explorer_state import ExplorerState
from viewer.views.detail_view import DetailView
from viewer.views.sections.findings_section import NO_FINDINGS, claims_html
from warehouse.comparison_files import publish_comparison
from warehouse.findings_table import SUPPORTED, Claim, JudgedClaim, Measurement, judged_claims
from warehouse.parquet_tables import write_table
from warehouse.reader import Release
from warehouse.schema import FINDING
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

SPEC = MadeUp(cluster_counts=(2, 5), num_layers=1)


@pytest.fixture
def state(tmp_path: Path) -> ExplorerState:
    """A session over one model, which a comparison holds against another."""
    storage = Storage(tmp_path)
    publish_made_up(storage, SPEC)
    table = storage.table("cells", "finding")
    write_table(table, FINDING, made_up() | {"claim": ["An RNN is strong.", "b", "c"]})
    rows = [{"role": "lstm", "model": SPEC.name, "weights_sha256": "0"},
            {"role": "rnn", "model": "my-rnn", "weights_sha256": "0"}]  # fmt: skip
    publish_comparison(storage, "cells", rows, table)
    made = ExplorerState(storage)
    made.model = SPEC.name
    return made


def _page(state: ExplorerState) -> str:
    detail = DetailView(state)
    state.section = "findings"
    page = detail.sections["findings"]
    return str(page.pane.object) + str(page.text.pane.object)


def test_claims_of_the_release_and_of_its_comparisons(state: ExplorerState) -> None:
    shown = _page(state)
    assert shown.count("<article") == 6
    assert shown.index("Units oppose.") < shown.index("Next to my-rnn") < shown.index("An RNN is")


@pytest.mark.parametrize(
    ("models", "title"),
    [
        ({"network": (SPEC.name, f"{SPEC.name}.seed-2")}, "Over 2 seeds"),
        ({"lstm": (SPEC.name, "x"), "rnn": ("my-rnn", "y")}, "Next to my-rnn over 2 seeds"),
    ],
)
def test_comparisons_over_seeds_say_so(
    state: ExplorerState, models: dict[str, tuple[str, ...]], title: str
) -> None:
    storage = state.release.storage
    rows = [
        {"role": role, "model": model, "weights_sha256": "0"}
        for role, family in models.items()
        for model in family
    ]
    publish_comparison(storage, "cells", rows, storage.table("cells", "finding"))
    assert f"<h3 class=beside>{title}</h3>" in _page(state)


def test_every_verdict_has_its_sign() -> None:
    shown = claims_html(judged_claims(pa.table(made_up())))
    for told in ("✓ supported", "✕ not supported", "? inconclusive"):
        assert f"<b class=verdict>{told}</b>" in shown
    assert shown.count("<svg") == 2


def test_a_strip_by_hand() -> None:
    """From the threshold 0 at the left edge to the upper end 1 at the right one."""
    part = Measurement(
        "s", 0.5, 0.25, 1.0, "pairs of words", 0.002, 0.004, None, 0.0, SUPPORTED, "Why."
    )
    shown = claims_html([JudgedClaim(Claim(1, "c", "Fig. 1"), (part,))])
    assert "class=threshold d='M6.0 " in shown
    assert "class=interval d='M63.0 7.0H234.0'" in shown
    assert "class=value cx=120.0 " in shown
    assert "0.5, from 0.25 to 1; threshold 0" in shown
    assert "95 % interval over pairs of words; p 0.002, by Holm 0.004." in shown


def test_text_is_shown_as_text() -> None:
    part = Measurement("<b>", *[None] * 8, SUPPORTED, "<i>")
    shown = claims_html([JudgedClaim(Claim(1, "<script>", "<u>"), (part,))])
    assert not any(tag in shown for tag in ("<script>", "<u>", "<i>"))


def test_a_model_without_findings_says_so(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.release.storage.comparison("cells").unlink()
    monkeypatch.setattr(Release, "findings", lambda _: ())
    assert NO_FINDINGS in _page(state)


def test_a_damaged_comparison_is_told_in_place_of_the_page(state: ExplorerState) -> None:
    state.release.storage.comparison("cells").write_bytes(b"no database")
    assert "cannot be opened" in _page(state)
