"""Mutation tests of the core: ``python -m tests.mutants`` (``make mutants``).

Cosmic Ray makes the mutants; of each part a sample is drawn with a fixed seed, one mutant a place
in the code. A copy of the repository is mutated, never the checkout. Left out are type unions and
decorators, whose mutants do not import, and constants outside functions, most of which decide only
about speed.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.testing import run_tests
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkResult

CHECKOUT = Path(__file__).parents[1]
COPIED = ("configs", "pipelines", "rnnvis_assets", "tests", "viewer", "warehouse", "pyproject.toml")
LEFT_OUT = ("core/RemoveDecorator", "core/ReplaceBinaryOperator_BitOr", "core/NoOp")
TIMEOUT_SECONDS = 600
EXPECTED_KILLED = 0.9
EQUIVALENT = frozenset({
    # There is always a piece, and all pieces of a bucket have the same words.
    "if len(pieces) <= 1:", "counts=pieces[1].counts,",
    # Of the adjusted Rand index: the largest sum is never below the expected one.
    "return 1.0 if largest <= expected else (_pairs(table) - expected) / (largest - expected)",
    # The responses of a single block are the same when they are joined; all blocks have the same
    # counts and budget.
    "if len(blocks) < 1:", "if len(blocks) <= 1:", "if len(blocks) is 1:", "if len(blocks) == 0:",
    "yield from blocks[-1].responses()",
    *(f"counts, units = blocks[{place}].counts, sum(block.width for block in blocks)"
      for place in (-1, 1)),
    *(f"buckets = plan_buckets(counts, units, blocks[{place}].budget_bytes)" for place in (-1, 1)),
    # The other state is "cell".
    'if state >= "hidden":',
    # It adds a boundary at the end, where there is one.
    "ideal = np.arange(0, streams) * (total / streams)",
})  # fmt: skip
"""Changed lines that change nothing a caller can see: such mutants do not count."""


@dataclass(frozen=True)
class Part:
    """A part of the core: its modules in a folder, and the tests that specify them."""

    folder: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def paths(self) -> list[Path]:
        return [Path(self.folder, f"{module}.py") for module in self.modules]


PARTS = {
    "response": Part(
        "rnnvis_assets/expected_response",
        ("mean_response", "unit_blocks", "unit_summary", "word_statistics", "word_buckets"),
        tuple(
            f"tests/rnnvis_assets/expected_response/test_{name}.py"
            for name in ("mean_response", "responses_by_blocks", "unit_summary", "word_buckets")
        ),
    ),
    "co-clustering": Part(
        "rnnvis_assets/co_clusters",
        ("cluster_blocks", "co_clustering", "k_means", "spectral_embedding"),
        tuple(
            f"tests/rnnvis_assets/co_clusters/test_{name}.py"
            for name in (
                "cluster_links", "cluster_quality", "k_means", "spectral_embedding",
                "co_clustering",
            )
        ),
    ),
    "glyphs": Part(
        "rnnvis_assets/glyphs",
        ("aggregate_information", "contributions", "network_predictions", "glyph_tables"),
        ("tests/rnnvis_assets/glyphs",),
    ),
    "recording": Part(
        "rnnvis_assets/recording",
        ("layer_states", "recording_plan", "row_checks"),
        tuple(
            f"tests/rnnvis_assets/recording/test_{name}.py"
            for name in (
                "layer_states", "recording_plan", "row_checks", "sequence_offsets", "recorder",
            )
        ),
    ),
    "publishing": Part(
        "warehouse",
        ("atomic_files", "build_release", "publish_release", "release_index"),
        tuple(
            f"tests/warehouse/test_{name}.py"
            for name in ("atomic_files", "build_release", "publish_release", "opening")
        ),
    ),
}  # fmt: skip


def mutants_of(part: Part) -> list[MutationSpec]:
    """One mutant a place in the functions of a part, drawn among those that are possible there."""
    with tempfile.TemporaryDirectory() as folder:
        database = WorkDB(Path(folder, "work.sqlite"), WorkDB.Mode.create)
        init(part.paths, database, {})
        mutations = [item.mutations[0] for item in database.work_items]
        database.close()
    places = defaultdict(list)
    for mutation in sorted(mutations, key=_order):
        if mutation.definition_name and not mutation.operator_name.startswith(LEFT_OUT):
            places[mutation.module_path, mutation.start_pos].append(mutation)
    return [random.choice(there) for _, there in sorted(places.items())]


def _order(mutation: MutationSpec) -> tuple[str, str, int]:
    return str(mutation.module_path), mutation.operator_name, mutation.occurrence


def run_part(name: str, sample: int) -> tuple[int, list[str]]:
    """How many mutants of a sample were killed, and the survivors as changed lines, without those
    that are known to be equivalent."""
    part = PARTS[name]
    mutants = mutants_of(part)
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider {' '.join(part.tests)}"
    if run_tests(command, TIMEOUT_SECONDS)[0] != TestOutcome.SURVIVED:
        raise SystemExit(f"{name}: the tests fail without a mutation; run {command}")
    killed, survivors = 0, list[str]()
    for mutant in random.sample(mutants, min(sample, len(mutants))):
        result = mutate_and_test([mutant], command, TIMEOUT_SECONDS)
        if result.test_outcome not in (TestOutcome.SURVIVED, TestOutcome.KILLED):
            raise SystemExit(f"{name}: {mutant} could not be tested: {result.output}")
        outcome, changed = result.test_outcome.value, " -> ".join(_changed_lines(result))
        print(f"{name}: {outcome}: {mutant.module_path}: {changed}", flush=True)
        if changed.rpartition(" -> ")[2] in EQUIVALENT:
            continue
        if result.test_outcome == TestOutcome.SURVIVED:
            survivors.append(f"{mutant.module_path}:{mutant.start_pos[0]}: {changed}")
        else:
            killed += 1
    return killed, survivors


def _changed_lines(result: WorkResult) -> Iterator[str]:
    lines = (result.diff or "").splitlines()
    return (
        line[1:].strip() for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the samples; the exit status says whether enough mutants of every part were killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--sample", type=int, default=16, help="mutants of each part")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"
    enough = True
    with tempfile.TemporaryDirectory() as folder:
        _copy_repository(Path(folder))
        os.chdir(folder)
        os.environ["PYTHONPATH"] = folder
        for name in options.parts or PARTS:
            random.seed(options.seed)
            killed, survivors = run_part(name, options.sample)
            total = killed + len(survivors)
            print(f"{name}: {killed} of {total} killed", *survivors, sep="\n  ", flush=True)
            enough &= killed >= EXPECTED_KILLED * total
    return 0 if enough else 1


def _copy_repository(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder)


if __name__ == "__main__":
    sys.exit(main())
