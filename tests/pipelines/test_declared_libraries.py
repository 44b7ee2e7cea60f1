"""Every library that a stage uses is in its fingerprint, or stands here with why not."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.engine.code_version import PACKAGES, ROOT, SourceTree
from rnnvis_assets.model_kinds.model_kinds import KINDS

NOT_DECLARED = {
    "pyarrow": "how rows become files: the same rows, whatever its version",
    "safetensors": "how weights become files: the same numbers",
    "duckdb": "reads what is compared; counts where a release is written or a separator found",
    "pydantic": "checks configurations, whose values are in the fingerprint",
    "yaml": "reads configurations, as pydantic does",
    "pooch": "downloads files, whose hash is checked",
    "requests": "names what may go wrong with a download",
    "textblob": "a tagger, whose version is in the corpus' settings; findings declare its lexica",
    "regex": "splits Unicode words; its version is in the settings of a corpus that does",
    "charset_normalizer": "guesses an encoding; in the settings of a corpus that lets it",
    "threadpoolctl": "limits threads",
    "filelock": "keeps runs of one model apart",
    **dict.fromkeys(
        ("transformers", "xlstm", "rwkv", "tokenizers"),
        "read what they have saved; their versions are in the settings of a model that they read",
    ),
    "psutil": "names the processes that hold a model, and watches their memory",
}
DISTRIBUTIONS = {"sklearn": "scikit-learn"}
TREE = SourceTree(ROOT)


def _cases() -> Iterator[tuple[str, object, object]]:
    for asset in ALL_STAGES:
        stage = asset.stage
        makers = {"checkpoint": "make_checkpoint", "recording": "make_recording"}
        if stage.name in makers:
            for config, kind in KINDS.items():
                yield f"{stage.name} {config.__name__}", stage, getattr(kind, makers[stage.name])
        else:
            yield stage.name, stage, stage.run


@cache
def _imports(module: str) -> Mapping[str, str]:
    """The package that each name imported anywhere in a module comes from."""
    source, found = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8"), {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name.partition(".")[0]
                found[alias.asname or name] = name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = node.module.partition(".")[0]
    return found


@cache
def _libraries(function) -> frozenset[str]:
    """Packages that the definitions which a function reaches use by name."""
    used = set()
    for (module, _), text in TREE.reached((function.__module__, function.__qualname__)).items():
        imported = _imports(module)
        used |= {imported[name] for name in re.findall(r"\w+", text) if name in imported}
    return frozenset(used - set(sys.stdlib_module_names) - set(PACKAGES))


CASES = {name: (stage, function) for name, stage, function in _cases()}


@pytest.mark.parametrize(("stage", "function"), CASES.values(), ids=list(CASES))
def test_a_library_that_decides_bytes_is_declared(stage, function):
    used = {DISTRIBUTIONS.get(package, package) for package in _libraries(function)}
    assert used - set(NOT_DECLARED) <= set(stage.libraries)


def test_every_reason_is_needed():
    used = set().union(*(_libraries(function) for _, function in CASES.values()))
    assert set(NOT_DECLARED) <= used
