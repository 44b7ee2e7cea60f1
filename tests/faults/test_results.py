from pathlib import Path

from tests.faults.results import HEADING, write_results


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    write_results("Kills", ["stage", "kills"], [["corpus", 1]], page)
    write_results("Damage", ["file"], [["CURRENT"]], page)
    write_results("Kills", ["stage", "kills"], [["corpus", 10]], page)
    assert page.read_text() == (
        f"{HEADING}\n## Damage\n\n| file |\n| --- |\n| CURRENT |\n"
        "\n## Kills\n\n| stage | kills |\n| --- | --- |\n| corpus | 10 |\n"
    )
