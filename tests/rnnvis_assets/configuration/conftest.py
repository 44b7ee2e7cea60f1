"""The small project, loaded with some of its files replaced."""

import pytest

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.configuration.project import Project
from tests.rnnvis_assets.configuration.small_project import GOOD, write_project


@pytest.fixture
def load(tmp_path):
    """Loads the good project with some of its files replaced."""

    def _load(**replaced: str) -> Project:
        files = {name.replace("__", "/") + ".yaml": text for name, text in replaced.items()}
        return load_project(write_project(tmp_path, GOOD | files))

    return _load
