"""Writing an export without a browser, for the command line."""

from pathlib import Path
from urllib.parse import parse_qsl

from viewer.export.standalone_page import standalone_page
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import restore, with_named_view
from viewer.views.main_view import CoClusterView
from warehouse.atomic_files import atomic_file
from warehouse.errors import ReleaseError
from warehouse.storage import Storage


def page_of(storage: Storage, model: str, query: str = "") -> bytes:
    """The page of a model's current release, at the view that an address with ``query`` shows.

    Raises ReleaseError where there is no such release or view.
    """
    state = ExplorerState(storage)
    asked = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    problems = restore(state, {**with_named_view(storage, asked), "model": model})
    component = CoClusterView(state).component
    problem = "\n".join(problems) or component.problem
    if problem:
        raise ReleaseError(problem, repair="rnnvis list")
    return standalone_page(state, component)


def write_page(storage: Storage, model: str, file: Path, query: str = "") -> None:
    """Writes ``page_of`` to ``file``. Raises StorageError where it cannot be written."""
    page = page_of(storage, model, query)
    with atomic_file(file) as temporary:
        temporary.write_bytes(page)
