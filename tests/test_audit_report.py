from tests.audit_report import judge

SAFE = {"name": "tornado", "version": "6.6.1", "vulns": []}
UNSAFE = SAFE | {"vulns": [{"id": "CVE-1", "fix_versions": ["6.7.0"], "description": "..."}]}
UNKNOWN = {"name": "torch", "skip_reason": "Dependency not found: torch (2.13.0+cpu)"}


def test_packages_without_known_vulnerabilities_pass() -> None:
    assert judge([SAFE]) == (["1 of 1 packages audited", "no known vulnerabilities"], True)


def test_a_known_vulnerability_fails() -> None:
    lines, passed = judge([SAFE, UNSAFE])
    assert lines == ["2 of 2 packages audited", "tornado 6.6.1: CVE-1, fixed in 6.7.0"]
    assert not passed


def test_a_package_that_is_not_audited_is_named() -> None:
    lines, passed = judge([SAFE, UNKNOWN])
    assert "not audited: torch: Dependency not found: torch (2.13.0+cpu)" in lines
    assert lines[0] == "1 of 2 packages audited"
    assert passed


def test_an_audit_of_nothing_fails() -> None:
    lines, passed = judge([UNKNOWN])
    assert not passed
    assert "found no advisories" in lines[-1]
