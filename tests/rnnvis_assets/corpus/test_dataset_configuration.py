import pytest
from pydantic import ValidationError

from rnnvis_assets.configuration.dataset_config import DatasetConfig

TABLE = {"kind": "table", "path": "t.csv"}
TEXT = {"kind": "text", "path": "t.txt"}
FILE = {"name": "t.txt", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("task", "source", "has_labels"),
    [
        ("classification", TABLE, True),
        ("language_model", TABLE | {"label": None}, False),
        ("language_model", TEXT, False),
        ("language_model", {"kind": "text", "file": FILE}, False),
        ("classification", {"kind": "toy_reviews", "num_documents": 30}, True),
    ],
)
def test_sources_and_tasks_that_fit(task: str, source: dict[str, object], has_labels: bool) -> None:
    config = DatasetConfig.model_validate({"task": task, "source": source})
    assert config.has_labels == has_labels


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "language_model", "source": TABLE}, "source table gives labels"),
        ({"task": "classification", "source": TEXT}, "source text gives no labels"),
        ({"task": "language_model", "source": TEXT | {"file": FILE}}, "exactly one of path"),
        ({"task": "language_model", "source": {"kind": "text"}}, "exactly one of path"),
        (
            {"task": "language_model", "source": TEXT, "classes": ["a", "b"]},
            "classes are only for classification",
        ),
    ],
)
def test_sources_and_tasks_that_do_not_fit(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DatasetConfig.model_validate(settings)
