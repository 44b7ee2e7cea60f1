"""What ``rnnvis show`` prints: what a release is of, and what it was made of."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Column, Table

from warehouse.reader import Release

_SHORT = 7


def describe_release(release: Release) -> Iterator[RenderableType]:
    """Its facts, its stages, the libraries, and its configuration as YAML."""
    stages = release.provenance().to_pylist()
    yield _facts(release, stages[-1])
    yield _stages(stages)
    versions = release.model["versions"]
    yield "libraries: " + ", ".join(f"{name} {version}" for name, version in versions.items())
    spec = yaml.safe_dump(release.model["spec"], sort_keys=False, allow_unicode=True)
    yield Syntax(spec, "yaml", background_color="default")


def _facts(release: Release, made: Mapping[str, Any]) -> Table:
    model = release.model
    facts = {
        "model": f"{model['name']}: {model['num_layers']}×{model['hidden_size']} {model['cell']}",
        "release": f"{release.release_id}, built {model['created_at']:%Y-%m-%d %H:%M:%S %Z}",
        "recorded": _recorded(model),
        "seed": _or_none(model["seed"]),
        "weights": model["weights_sha256"],
        "code": _commit(made),
        "run": _or_none(made["run_id"]),
        "machine": _or_none(made["machine"]),
    }
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(f"[bold]{name}[/]", escape(str(value)))
    return table


def _recorded(model: Mapping[str, Any]) -> str:
    """How much of the split, and how it is stored where that is not float32."""
    part, stored = f"{model['num_tokens']:,}", ""
    if model["num_tokens"] < model["split_tokens"]:
        part = f"the first {part} of {model['split_tokens']:,}"
    if model["precision"] != "float32":
        stored = f", in {model['precision']}, largest rounding {model['largest_rounding']:.2g}"
    return f"{part} tokens, {model['recorded_split']} of {model['dataset']}{stored}"


def _or_none(value: object) -> object:
    return "none" if value is None else value


def _commit(row: Mapping[str, Any]) -> str:
    if row["git_commit"] is None:
        return "an installed package"
    return f"{row['git_commit']}{'' if row['tree_clean'] else ', with changes of its own'}"


def _stages(rows: list[dict[str, Any]]) -> Table:
    """Narrow enough for 80 columns; the whole hashes are in the table ``provenance``."""
    table = Table(
        Column("stage", no_wrap=True), "data", "code", "commit", "run", "ended",
        Column("seconds", justify="right"), box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
        caption="* with changes since the commit", caption_justify="left",
    )  # fmt: skip
    for row in rows:
        changed = "" if row["tree_clean"] else "*"
        cells = (
            row["stage"], _short(row["data_version"]),
            _short(row["fingerprint"] and yaml.safe_load(row["fingerprint"]).get("code")),
            row["git_commit"] and _short(row["git_commit"]) + changed, _short(row["run_id"]),
            f"{row['created_at']:%m-%d %H:%M}", row["seconds"] and f"{row['seconds']:.1f}",
        )  # fmt: skip
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in cells))
    return table


def _short(identity: str | None) -> str:
    return (identity or "")[:_SHORT]
