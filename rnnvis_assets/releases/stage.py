"""The stage ``release``: every table of an analysis in one DuckDB file, published."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpora.corpus import Corpus, Split
from rnnvis_assets.corpora.files import load_corpus
from rnnvis_assets.models.checkpoint import (
    WEIGHTS_FILE,
    Checkpoint,
    check_config,
    check_corpus,
    load_checkpoint,
)
from rnnvis_assets.stages import Outcome, Stage, Upstream, Workplace
from warehouse.catalogue import current_path
from warehouse.publishing import publish_release
from warehouse.schema import MODEL, TABLES, VOCABULARY
from warehouse.storage import Storage
from warehouse.tables import arrow_table

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


def _settings(project: Project, model: str) -> Any:
    """The configurations of the model, its dataset and its analysis, which the release repeats."""
    parts = {
        "model": project.models[model],
        "dataset": project.dataset_of(model),
        "analysis": project.analysis_of(model),
    }
    return {name: config.model_dump(mode="json") for name, config in parts.items()}


def _versions(checkpoint: Checkpoint) -> dict[str, str]:
    libraries = {name: version(name) for name in _LIBRARIES}
    trained_on = f"{checkpoint.spec['device']}, {checkpoint.spec['precision']}"
    return {"python": platform.python_version(), **libraries, "trained_on": trained_on}


def _card(project: Project, model: str, checkpoint: Checkpoint, corpus: Corpus) -> dict[str, Any]:
    """The row of the table ``model``, but for what publishing adds."""
    config, split = project.models[model], project.analysis_of(model).recording.split
    repeated = ("dataset", "cell", "num_layers", "hidden_size", "embedding_size", "seed")
    return {
        "name": model,
        **{name: getattr(config, name) for name in repeated},
        "task": corpus.task,
        "vocabulary_size": len(corpus.vocabulary),
        "num_parameters": checkpoint.network.num_parameters,
        "recorded_split": split,
        "num_tokens": corpus.splits[split].num_tokens,
        "weights_sha256": checkpoint.weights_sha256,
        "spec": json.dumps(_settings(project, model), sort_keys=True),
        "versions": json.dumps(_versions(checkpoint), sort_keys=True),
    }


def _vocabulary(corpus: Corpus, recorded: Split, units: int) -> pa.Table:
    words = corpus.vocabulary
    tagged = zip(words.tags, words.tag_shares.tolist(), strict=True)
    columns = {
        "word_id": np.arange(len(words)),
        "word": words.words,
        "train_count": words.train_counts,
        "recorded_count": np.bincount(recorded.word_ids, minlength=len(words)),
        "pos": words.tags,
        "pos_share": [None if tag is None else share for tag, share in tagged],
    }
    return arrow_table(VOCABULARY.arrow_schema(units), columns)


def _parquet_tables(storage: Storage, model: str) -> dict[str, Path]:
    made_here = {MODEL.name, VOCABULARY.name}
    return {name: storage.table(model, name) for name in TABLES if name not in made_here}


def _run(workplace: Workplace, model: str) -> Outcome:
    project, storage = workplace.project, workplace.storage
    config, analysis = project.models[model], project.analysis_of(model)
    corpus = load_corpus(storage.corpus(config.dataset))
    checkpoint = load_checkpoint(storage.checkpoint(model))
    check_config(checkpoint, config)
    check_corpus(checkpoint, corpus)

    tables = _parquet_tables(storage, model)
    recorded = corpus.splits[analysis.recording.split]
    vocabulary = {VOCABULARY.name: _vocabulary(corpus, recorded, config.hidden_size)}
    workplace.report(f"release: building and verifying {len(TABLES)} tables")
    publication = publish_release(
        storage,
        _card(project, model, checkpoint, corpus),
        {**tables, **vocabulary},
        keep=analysis.releases.keep,
    )
    workplace.report(f"release: published {publication.release_id}")
    return Outcome(
        files=(publication.path, current_path(storage, model)),
        # The file itself holds the time it was made, so no two are alike.
        identity=(
            *tables.values(),
            storage.checkpoint(model) / WEIGHTS_FILE,
            storage.corpus(config.dataset) / "vocabulary.parquet",
        ),
        row_counts=publication.row_counts,
        figures={
            "release": publication.release_id,
            "mebibytes": round(publication.path.stat().st_size / 2**20, 1),
            "older_releases_removed": len(publication.removed),
        },
    )


STAGE = Stage(
    name="release",
    code_version="2",
    upstream=(
        Upstream("corpus", of="dataset"),
        Upstream("checkpoint"),
        Upstream("recording"),
        Upstream("expected_response"),
        Upstream("co_clusters"),
        Upstream("glyphs"),
        Upstream("findings"),
    ),
    settings=_settings,
    run=_run,
)
