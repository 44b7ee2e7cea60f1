"""What the viewer imports before anyone needs it."""

import subprocess
import sys

import pytest

from tests.viewer.analysed import GRU, LSTM
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end

SLOW = ("torch", "sklearn", "scipy", "nltk", "pydantic", "dagster")
BUILD = f"""
import sys
from pathlib import Path
from viewer.server.page import build_page
from viewer.state.explorer_state import ExplorerState
from viewer.views.main_view import CoClusterView
from warehouse.storage import Storage

storage = Storage(Path(sys.argv[1]))
build_page(storage)
states = [ExplorerState(storage) for _ in sys.argv[2:]]
for state, state.model in zip(states, sys.argv[2:]):
    view = CoClusterView(state)
    assert view.component.problem == "" and view.component.sentences[0]["k"]
assert not {{*{SLOW}}} & set(sys.modules), {{*{SLOW}}} & set(sys.modules)
for state in states:
    view = CoClusterView(state)
    state.sentences = ["the cat"]
    assert view.component.sentences[0]["k"] and "torch" in sys.modules
"""


def test_pytorch_is_imported_when_a_sentence_is_typed(analysed: Storage) -> None:
    subprocess.run([sys.executable, "-c", BUILD, str(analysed.root), LSTM, GRU], check=True)
