"""Writes the tables of docs/findings.md from the releases in the storage.

Run in the checkout: ``python -m tests.benchmarks.paper``. What another machine measured, by the
settings of today, stays.
"""

from rnnvis_assets.configuration.load_project import load_project
from tests.benchmarks.paper.findings_page import RESULTS, write_results
from tests.benchmarks.paper.model_results import finding_results, model_results, with_earlier
from warehouse.storage import CHECKOUT, Storage


def main() -> None:
    project, storage = load_project(), Storage.from_environment()
    here = model_results(project, storage), finding_results(project, storage)
    results = with_earlier(project, *here, CHECKOUT / RESULTS)
    print(f"wrote {' and '.join(map(str, write_results(CHECKOUT, *results)))}")


main()
