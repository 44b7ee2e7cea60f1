"""The committed tables: read from releases, written between two marks."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines.cli.terminal_tables import findings_table, findings_tables
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.findings.findings_registry import CLAIMS
from tests.benchmarks.paper.findings_page import (
    BEGIN,
    END,
    PAGE,
    RESULTS,
    results_text,
    write_results,
)
from tests.benchmarks.paper.model_results import (
    PAPER,
    ModelResult,
    claims_of,
    finding_results,
    model_results,
    with_earlier,
)
from tests.warehouse.made_up_findings import finding_columns
from tests.warehouse.synthetic import Synthetic, card, columns_of, write_content
from warehouse.comparison_files import publish_comparison
from warehouse.errors import ConfigurationError, ReleaseError
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED, judged_claims
from warehouse.parquet_tables import write_table
from warehouse.publish_release import publish_release
from warehouse.schema import FINDING
from warehouse.storage import CHECKOUT, Storage

SIZES = {
    "ptb-lstm-small": (2, 200), "ptb-lstm-medium": (2, 600), "ptb-lstm-large": (2, 1500),
    "ptb-rnn": (2, 600), "ptb-gru": (2, 600), "shakespeare-lstm-small": (2, 256),
    "shakespeare-lstm-medium": (2, 512), "shakespeare-lstm-large": (2, 1024), "yelp-gru": (1, 50),
    "yelp-gru-balanced": (1, 50),
}  # fmt: skip
MODEL, OUTDATED, COMPARED = "ptb-lstm-small", "ptb-lstm-large", "ptb-cells"


@pytest.fixture(scope="module")
def project():
    return load_project(CHECKOUT / "configs")


def _publish(storage: Storage, name: str, config: dict[str, Any]) -> None:
    """A release of a made-up network that says it was trained by ``config``."""
    spec = replace(Synthetic(), name=name)
    columns = columns_of(spec)
    columns["evaluation"] = {
        "split": np.array(["validation", "test"]), "metric": ["perplexity"] * 2,
        "value": [101.25, 96.5],
    }  # fmt: skip
    log = columns["training_log"]
    log["step"], log["split"] = [10, 20, 20], ["train", "train", "validation"]
    log |= {name: values * 3 for name, values in log.items() if name not in ("step", "split")}
    log |= {"epoch": [0, 1, 1], "seconds": [5.0, 60.0, 61.0]}
    log["tokens_per_second"] = [1000.0, 3000.0, None]
    card_of = card(spec) | {
        "versions": '{"trained_on": "a machine, float32"}', "spec": json.dumps({"model": config}),
    }  # fmt: skip
    content = write_content(storage.table(name, "any").parent, spec, columns)
    publish_release(storage, card_of, content, keep=1)


@pytest.fixture(scope="module")
def storage(tmp_path_factory, project) -> Storage:
    """Two models with a release, one by another configuration, and one comparison."""
    storage = Storage(tmp_path_factory.mktemp("storage"))
    config = project.models[MODEL].model_dump(mode="json")
    _publish(storage, MODEL, config | {"description": "another"})
    _publish(storage, OUTDATED, config)
    findings = storage.table(COMPARED, "finding")
    rows = finding_columns() | {
        "id": [4, 4, 6], "claim": ["Strong."] * 2 + ["Kept."], "source": ["Fig. 9"] * 3,
    }  # fmt: skip
    write_table(findings, FINDING, rows)
    row = {"role": "rnn", "model": "ptb-rnn", "weights_sha256": "0"}
    publish_comparison(storage, COMPARED, [row], findings)
    return storage


def _write_page(folder: Path, text: str) -> None:
    (folder / PAGE).parent.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).parent.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(text, "utf-8")


def test_the_papers_models_are_configured_in_its_sizes(project):
    configured = {name: project.models[name] for name in PAPER}
    assert {n: (m.num_layers, m.hidden_size) for n, m in configured.items()} == SIZES


def test_figures_are_those_of_the_release(project, storage):
    found = {result.model: result for result in model_results(project, storage)}
    assert list(found) == list(PAPER)
    one = found[MODEL]
    assert (one.paper_test, one.test, one.validation) == (115.7, 96.5, 101.25)
    assert (one.parameters, one.epochs, one.seconds, one.tokens_per_second) == (1234, 2, 61, 2000)
    assert one.machine == "a machine, float32"
    assert found["ptb-rnn"].test is found[OUTDATED].test is None
    assert found["ptb-rnn"].command == "rnnvis materialize ptb-rnn"


def test_findings_are_those_of_releases_and_comparisons(project, storage):
    found = finding_results(project, storage)
    verdicts = {(name, c.about.id): c.verdict for name, claims in found.items() for c in claims}
    assert verdicts == {
        (MODEL, 3): SUPPORTED, (MODEL, 11): NOT_SUPPORTED, (MODEL, 12): INCONCLUSIVE,
        (COMPARED, 4): NOT_SUPPORTED, (COMPARED, 6): INCONCLUSIVE,
    }  # fmt: skip


def test_the_tables_stand_between_the_marks_and_are_written_again(project, storage, tmp_path):
    _write_page(tmp_path, f"before\n{BEGIN}\nold\n{END}\nafter\n")
    results = model_results(project, storage), finding_results(project, storage)
    for _ in range(2):
        write_results(tmp_path, *results)
    text = (tmp_path / PAGE).read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "\nold\n" not in text
    assert "| ptb-lstm-small | 2×200 lstm | perplexity | 115.7 | 96.5 | 101.2 | 1,234 | 2 |" in text
    assert "| ptb-rnn | 2×600 rnn | perplexity | 119.9 | not trained |" in text
    assert "ptb-cells: **not supported**" in text
    assert text.count("no trained model measures it") == len(CLAIMS) - 5
    machine_readable = json.loads((tmp_path / RESULTS).read_text("utf-8"))
    assert machine_readable["models"][0]["test"] == 96.5
    assert machine_readable["findings"][MODEL][0]["parts"][0]["value"] == 0.8


def test_every_number_and_mixed_parts_are_shown(project, storage, tmp_path):
    _write_page(tmp_path, f"{BEGIN}\n{END}\n")
    write_results(tmp_path, model_results(project, storage), finding_results(project, storage))
    text = (tmp_path / PAGE).read_text("utf-8")
    numbers = text.split("<details>")[1]
    found = finding_results(project, storage)
    parts = [part for claim in found[MODEL] for part in claim.parts]
    assert numbers.count(f"| {MODEL} |") == len(parts)
    assert f"| {MODEL} | 0.8 |" in numbers
    claims = [claim for told in found.values() for claim in told]
    mixed = [c for c in claims if 0 < sum(p.verdict == SUPPORTED for p in c.parts) < len(c.parts)]
    assert text.count(" parts supported)") == len(mixed)


def test_results_of_another_machine_stay_while_their_settings_are_those_of_today(
    project, storage, tmp_path
):
    _write_page(tmp_path, f"{BEGIN}\n{END}\n")
    nothing = Storage(tmp_path / "nothing")
    here = model_results(project, storage), finding_results(project, storage)
    _, committed = write_results(tmp_path, *here)
    elsewhere = model_results(project, nothing), finding_results(project, nothing)
    models, findings = with_earlier(project, *elsewhere, committed)
    assert models == here[0]
    assert findings == {MODEL: here[1][MODEL]}, "a comparison needs all its models"
    assert with_earlier(project, *elsewhere, tmp_path / "gone") == (list(elsewhere[0]), {})

    told = json.loads(committed.read_text("utf-8"))
    told["models"][0] |= {"test": 1.0}
    committed.write_text(json.dumps(told), "utf-8")
    assert with_earlier(project, *here, committed)[0] == here[0], "what is here comes first"
    told["models"][0] |= {"settings": "other"}
    committed.write_text(json.dumps(told), "utf-8")
    models, findings = with_earlier(project, *elsewhere, committed)
    assert (models[0].test, findings) == (None, {})


def test_comparisons_of_other_models_than_the_papers_stay(project, storage, tmp_path):
    _write_page(tmp_path, f"{BEGIN}\n{END}\n")
    found = finding_results(project, storage)
    cells = {"docstrings-cells": found[COMPARED]}
    _, committed = write_results(tmp_path, model_results(project, storage), cells)
    _, kept = with_earlier(project, model_results(project, storage), found, committed)
    assert kept == dict(sorted((found | cells).items()))


def test_a_page_without_marks_is_left_as_it_is(tmp_path):
    _write_page(tmp_path, "nothing")
    with pytest.raises(ConfigurationError, match="lacks the lines"):
        write_results(tmp_path, [], {})
    assert (tmp_path / PAGE).read_text("utf-8") == "nothing"


def test_the_committed_page_has_the_marks():
    text = (CHECKOUT / PAGE).read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


def test_an_unknown_model_or_one_without_a_release_is_told(project, storage):
    own, comparison = findings_tables(storage, project, [MODEL])
    assert str(own.title) == MODEL
    assert str(comparison).startswith("ptb-lstm-mamba: ")
    with pytest.raises(ReleaseError, match="has no release"):
        list(findings_tables(storage, project, ["ptb-rnn"]))
    with pytest.raises(ConfigurationError, match="did you mean 'ptb-rnn'"):
        list(findings_tables(storage, project, ["ptb-rn"]))


def test_a_claim_is_told_with_its_parts():
    table = findings_table("m", judged_claims(pa.table(finding_columns())))
    claims, verdicts = (list(table.columns[place].cells) for place in (1, 2))
    assert "Units oppose." in claims[0]
    assert "Units 1 and 2." in claims[1]
    assert verdicts[:4] == ["[green]supported[/]"] * 2 + ["[red]not supported[/]"] * 2
    assert verdicts[4] == "[yellow]inconclusive[/]"


def test_the_committed_page_shows_the_committed_results(tmp_path):
    """Whoever measures again commits both; a verdict of another wording is found here too."""
    committed = json.loads((CHECKOUT / RESULTS).read_text("utf-8"))
    models = [ModelResult(**row) for row in committed["models"]]
    findings = {name: claims_of(rows) for name, rows in committed["findings"].items()}
    text = (CHECKOUT / PAGE).read_text("utf-8")
    assert results_text(models, findings) in text
    for name, claims in findings.items():
        for claim in claims:
            assert f"{name}: **{claim.verdict}**" in text
