"""A project small enough to be trained, analysed and published within seconds."""

import os
from pathlib import Path
from random import Random

import yaml

WORDS = ("the", "a", "cat", "dog", "bird", "fish", "sees", "hears", "old", "new", "and", "then")

TRAINING = {"epochs": 1, "batch_size": 8, "learning_rate": 0.01, "gradient_clipping": 1.0}
DATASETS = {
    "tiny_reviews": {
        "description": "generated reviews",
        "task": "classification",
        "source": {"kind": "toy_reviews", "num_documents": 200},
    },
    "tiny_text": {
        "description": "made-up sentences",
        "task": "language_model",
        "source": {"kind": "text", "path": "FILLED IN"},
    },
}
MODELS = {
    "tiny-gru": {
        "dataset": "tiny_reviews",
        "analysis": "tiny",
        "cell": "gru",
        "num_layers": 1,
        "hidden_size": 8,
        "embedding_size": 6,
        "training": TRAINING,
    },
    "tiny-lstm": {
        "dataset": "tiny_text",
        "analysis": "tiny",
        "cell": "lstm",
        "num_layers": 2,
        "hidden_size": 8,
        "embedding_size": 8,
        "tied_embedding": True,
        "training": TRAINING | {"steps": 10},
    },
}
ANALYSIS = {
    "recording": {"split": "test", "streams": 2},
    "co_clusters": {"minimum_count": 1, "maximum_clusters": 3, "seeds": 2},
    "glyphs": {"num_clusters": 2},
    "ablation": {"num_tokens": 200, "num_sets": 2},
    "releases": {"keep": 2},
}


COMPARISON = {
    "kind": "class_balance",
    "models": {"as_it_comes": "tiny-gru", "balanced": "balanced-gru"},
}


def write_text(path: Path, sentences: int = 400) -> None:
    """Some short sentences, a blank line after every third."""
    chance = Random(0)
    lines = []
    for number in range(sentences):
        lines.append(" ".join(chance.choices(WORDS, k=chance.randint(3, 9))))
        if number % 3 == 2:
            lines.append("")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def write_yaml(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content), "utf-8")


def write_project(folder: Path) -> Path:
    """Writes the configurations and the text under ``folder``; returns the configs folder."""
    configs = folder / "configs"
    write_text_path = folder / "text.txt"
    folder.mkdir(parents=True, exist_ok=True)
    write_text(write_text_path)
    for name, dataset in DATASETS.items():
        if name == "tiny_text":
            dataset = dataset | {"source": {"kind": "text", "path": str(write_text_path)}}
        write_yaml(configs / "datasets" / f"{name}.yaml", dataset)
    for name, model in MODELS.items():
        write_yaml(configs / "models" / f"{name}.yaml", model)
    write_yaml(configs / "analyses" / "tiny.yaml", ANALYSIS)
    write_yaml(configs / "schedules.yaml", {})
    return configs


def environment(configs: Path, storage: Path) -> dict[str, str]:
    """Environment variables for a ``rnnvis`` process of this project."""
    kept = {name: value for name, value in os.environ.items() if name != "RNNVIS_MIRROR"}
    return kept | {
        "RNNVIS_CONFIGS": str(configs),
        "RNNVIS_HOME": str(storage),
        "DAGSTER_HOME": str(storage / "dagster"),
        "COLUMNS": "200",
    }
