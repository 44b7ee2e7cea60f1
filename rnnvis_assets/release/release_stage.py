"""The stage ``release``: every table of an analysis in one DuckDB file, published."""

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rnnvis_assets.corpus.corpus import TAGGER_FIGURE, Corpus, Split
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.manifest import Manifest, read_manifest
from rnnvis_assets.engine.run_environment import code_commit, describe_machine
from rnnvis_assets.engine.stage import RunContext, Source, StageOutput, open_recorded
from rnnvis_assets.model_kinds.model_kinds import read_model_metadata
from rnnvis_assets.network.model_metadata import ModelMetadata
from rnnvis_assets.recording.recording_plan import recorded_split
from warehouse.parquet_tables import arrow_table, layer_table
from warehouse.publish_release import publish_release
from warehouse.recording_schema import LayerShape
from warehouse.recordings import Recording
from warehouse.release_index import current_path
from warehouse.schema import (
    ANNOTATION,
    LAYER,
    MEMORY_HEAD,
    MODEL,
    PROVENANCE,
    TABLES,
    VOCABULARY,
    WORD_ANNOTATION,
    WORD_PIECE,
)
from warehouse.storage import Storage

_OPTIONAL = (ANNOTATION.name, WORD_ANNOTATION.name, MEMORY_HEAD.name, WORD_PIECE.name)
_LIBRARIES = (
    "rnnvis",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "nltk",
    "duckdb",
    "pyarrow",
    "safetensors",
    "dagster",
)


def _versions(facts: ModelMetadata, tagger: str | None) -> dict[str, str]:
    libraries = {name: version(name) for name in _LIBRARIES}
    further = {"trained_on": facts.trained_on, "tagger": tagger}
    stated = {name: value for name, value in further.items() if value}
    return {"python": platform.python_version(), **libraries, **stated}


def _tagger_of(context: RunContext, model: str) -> str | None:
    """What tagged the words, or why nothing did; None where there is only a recording."""
    manifest = read_manifest(context.storage, "corpus", context.project.corpus_of(model))
    found = manifest.figures.get(TAGGER_FIGURE) if manifest else None
    return None if found is None else str(found)


def _common_cell(layers: Sequence[LayerShape]) -> str:
    cells = {layer.cell or "unknown" for layer in layers}
    return cells.pop() if len(cells) == 1 else "mixed"


def _card(
    context: RunContext, model: str, facts: ModelMetadata, recording: Recording, corpus: Corpus
) -> dict[str, Any]:
    """The row of the table ``model``, but for what publishing adds."""
    project = context.project
    split, tagger = project.analysis_of(model).recording.split, _tagger_of(context, model)
    repeated = ("task", "embedding_size", "num_parameters", "seed", "weights_sha256")
    return {
        "name": model,
        "dataset": project.models[model].dataset or model,
        **{name: getattr(facts, name) for name in repeated},
        "cell": _common_cell(recording.layers),
        "num_layers": recording.num_layers,
        "hidden_size": recording.units[-1],
        "vocabulary_size": len(corpus.vocabulary),
        "recorded_split": split,
        "num_tokens": recording.num_tokens,
        "split_tokens": corpus.splits[split].num_tokens,
        "precision": recording.precision,
        "largest_rounding": recording.rounding,
        "spec": json.dumps({**project.settings_of(model), **facts.depth}, sort_keys=True),
        "versions": json.dumps(_versions(facts, tagger), sort_keys=True),
    }


def _vocabulary(corpus: Corpus, recorded: Split) -> pa.Table:
    words = corpus.vocabulary
    tagged = zip(words.tags, words.tag_shares.tolist(), strict=True)
    columns = {
        "word_id": np.arange(len(words)),
        "word": words.words,
        "train_count": words.train_counts,
        "recorded_count": recorded.count_words(len(words)),
        "pos": words.tags,
        "pos_share": [None if tag is None else fraction for tag, fraction in tagged],
    }
    return arrow_table(VOCABULARY.arrow_schema(None), columns)


def _read_tables(storage: Storage, model: str) -> dict[str, Path | pa.Table]:
    """Those that earlier stages wrote; empty ones in the place of those that only some kinds of
    models have."""
    made_here = {MODEL.name, LAYER.name, VOCABULARY.name, PROVENANCE.name}
    paths = {name: storage.table(model, name) for name in TABLES if name not in made_here}
    absent = [name for name in _OPTIONAL if not paths[name].exists()]
    return {**paths, **{name: TABLES[name].arrow_schema(None).empty_table() for name in absent}}


def _provenance(context: RunContext, model: str, sources: Iterable[Source]) -> pa.Table:
    """The table ``provenance``: the stages in ``sources``, then the release, yet to end."""
    read = [
        read_manifest(context.storage, source.stage, source.partition)
        for source in sources
        if source.partition is not None
    ]
    rows = [_row_of(manifest) for manifest in read if manifest]
    rows.append(_row_of_release(context, model))
    return pa.Table.from_pylist(rows, PROVENANCE.arrow_schema(None))


def _row_of(manifest: Manifest) -> dict[str, Any]:
    return vars(manifest) | {
        "fingerprint": json.dumps(dict(manifest.fingerprint), sort_keys=True),
        "created_at": datetime.fromisoformat(manifest.created_at),
    }


def _row_of_release(context: RunContext, model: str) -> dict[str, Any]:
    return {
        "stage": "release",
        "partition": model,
        "run_id": context.run_id,
        "git_commit": code_commit().sha,
        "tree_clean": code_commit().clean,
        "machine": describe_machine(),
        "created_at": datetime.now(UTC),
    }


def make_release(context: RunContext, model: str, sources: Iterable[Source]) -> StageOutput:
    """The stage ``release``, made of ``sources``: builds, verifies and publishes the DuckDB
    file."""
    project, storage = context.project, context.storage
    analysis, recording = project.analysis_of(model), open_recorded(context, model)
    corpus = load_corpus(storage.corpus(project.corpus_of(model)))
    facts = read_model_metadata(context, model, corpus)

    recorded = recorded_split(corpus, analysis.recording)
    made_here = {
        VOCABULARY.name: _vocabulary(corpus, recorded),
        LAYER.name: layer_table(recording.layers, recording.states),
        PROVENANCE.name: _provenance(context, model, sources),
    }
    context.report(f"release: building and verifying {len(TABLES)} tables")
    publication = publish_release(
        storage,
        _card(context, model, facts, recording, corpus),
        {**_read_tables(storage, model), **made_here},
        keep=analysis.releases.keep,
    )
    context.report(f"release: published {publication.release_id}")
    return StageOutput(
        files=(publication.path, current_path(storage, model)),
        # The file itself holds the time it was made, so no two are alike.
        identity=(publication.digest,),
        row_counts=publication.row_counts,
        figures={
            "release": publication.release_id,
            "mebibytes": round(publication.path.stat().st_size / 2**20, 1),
            "older_releases_removed": len(publication.removed),
        },
    )
