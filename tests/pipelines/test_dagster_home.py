"""Dagster's settings are those of this version, save where a person has chosen others."""

import pytest
import yaml

from pipelines.cli.doctor import examine
from pipelines.orchestration.dagster_home import SETTINGS, missing_settings, prepare_home
from warehouse.storage import Storage

EARLIER = {name: SETTINGS[name] for name in ("telemetry", "nux", "concurrency")}
EDITED = {"concurrency": {"runs": {"max_concurrent_runs": 8}}, "run_monitoring": None}


@pytest.fixture
def storage(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path))
    (tmp_path / "dagster").mkdir()
    return Storage(tmp_path)


def _write(storage: Storage, settings: object) -> str:
    text = yaml.safe_dump(settings, sort_keys=False)
    (storage.dagster_home / "dagster.yaml").write_text(text, "utf-8")
    return text


def _read(storage: Storage) -> str:
    return (storage.dagster_home / "dagster.yaml").read_text("utf-8")


def test_a_new_home_has_all_settings(storage):
    assert missing_settings(storage.dagster_home) == []
    assert yaml.safe_load((prepare_home(storage) / "dagster.yaml").read_text("utf-8")) == SETTINGS


def test_what_an_earlier_version_wrote_gets_what_it_lacks(storage):
    _write(storage, EARLIER)
    assert missing_settings(storage.dagster_home) == [
        "run_monitoring.enabled: true",
        "run_monitoring.free_slots_after_run_end_seconds: 60",
    ]
    prepare_home(storage)
    assert yaml.safe_load(_read(storage)) == SETTINGS


@pytest.mark.parametrize("settings", [EDITED, {**EARLIER, "python_logs": {}}, {"nux": {}}])
def test_what_a_person_wrote_stays_and_the_doctor_says_what_it_lacks(storage, settings):
    text = _write(storage, settings)
    prepare_home(storage)
    assert _read(storage) == text
    (found,) = [finding for finding in examine() if finding.subject == "Dagster"]
    assert found.verdict == "note"
    assert "run_monitoring.enabled: true" in found.repair
    assert "max_concurrent_runs" not in found.repair or settings == {"nux": {}}


def test_settings_that_are_no_yaml_are_a_finding_among_the_others(storage):
    (storage.dagster_home / "dagster.yaml").write_text("telemetry: [", "utf-8")
    findings = {finding.subject: finding for finding in examine()}
    assert findings["dagster"].verdict == "wrong"
    assert findings["dagster"].repair == f"rm {storage.dagster_home / 'dagster.yaml'}"
    assert len(findings) > 3
