"""What pip-audit found of the pinned packages: ``python -m tests.audit_report FILE``, the end of
``make audit``. It fails where a package has a known vulnerability, or where none was audited."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Package = Mapping[str, Any]
NOTHING_KNOWN = (
    "found no advisories, expected those of the package index\n"
    "repair: PIP_AUDIT_VULNERABILITY_SERVICE=osv make audit"
)


def judge(packages: Sequence[Package]) -> tuple[list[str], bool]:
    """Lines for a person, and whether the audit is passed.

    ``packages`` are the ``dependencies`` of pip-audit's JSON report: each with its ``vulns``, or
    with the ``skip_reason`` for which it was not audited.
    """
    skipped = [package for package in packages if "skip_reason" in package]
    audited = [package for package in packages if "skip_reason" not in package]
    found = [line for package in audited for line in _vulnerabilities(package)]
    lines = [f"{len(audited)} of {len(packages)} packages audited"]
    if not audited:
        reasons = [package["skip_reason"] for package in skipped[:1]]
        return [*lines, *reasons, NOTHING_KNOWN], False
    lines += [f"not audited: {package['name']}: {package['skip_reason']}" for package in skipped]
    return lines + (found or ["no known vulnerabilities"]), not found


def _vulnerabilities(package: Package) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {found['id']}, fixed in "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for found in package["vulns"]
    ]


def main(report: Path) -> int:
    """Prints the judgement on a report; the exit status."""
    lines, passed = judge(json.loads(report.read_text("utf-8"))["dependencies"])
    print("\n".join(lines))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
