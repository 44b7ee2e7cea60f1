"""The choices of a page in its address: a link restores them, and reports what it cannot."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from viewer.state.explorer_state import ExplorerState
from viewer.state.session import Session
from viewer.state.url_parameters import URL_PARAMETERS, Scope, UrlParameter
from warehouse.errors import StorageError, near_miss
from warehouse.named_views import read_view
from warehouse.storage import Storage

RIGHT = "right."
"""What the keys of the right pane begin with."""
LONGEST = 1_000
"""Characters of a value other than sentences, which have a limit of their own."""
_MODEL = URL_PARAMETERS[0]
_VIEW = ("model", "release_id", "layer", "state", "affinity", "num_clusters")
_CLEARED = dict.fromkeys(("view", "present", "several", "also", "pin", "silence", "steps"), "")
"""What a step of the tour sets only if it asks for it: it could hide what the step is about."""


def _values(state: ExplorerState) -> dict[UrlParameter, str]:
    """The parameters of a pane as an address writes them."""
    if state.problem:
        return {_MODEL: state.model} if state.model else {}
    return {parameter: parameter.write(state, parameter.name) for parameter in URL_PARAMETERS}


def query_of(state: ExplorerState) -> str:
    """The query of an address that shows what the state shows now."""
    return urlencode({parameter.key: text for parameter, text in _values(state).items()})


def query_of_session(session: Session) -> str:
    """The query of an address that shows both panes. Of the right one it holds what is not shared,
    and the words that the left one lacks."""
    left = query_of(session.left)
    if session.right is None:
        return left
    kept = (Scope.OWN, Scope.WORDS) if session.left.missing else (Scope.OWN,)
    values = _values(session.right).items()
    right = {f"{RIGHT}{known.key}": text for known, text in values if known.scope in kept}
    return f"{left}&{urlencode(right)}"


def restore_session(session: Session, query: Mapping[str, str]) -> list[str]:
    """Restores what an address asks for, in one pane or two; returns a sentence for each value that
    cannot be restored."""
    query = with_named_view(session.left.storage, query)
    problems = _unknown_keys(query) + restore(session.left, query)
    if any(key.startswith(RIGHT) for key in query):
        problems += _restore_right(session, query)
    else:
        session.close()
    return problems


def _restore_right(session: Session, query: Mapping[str, str]) -> list[str]:
    """Restores the right pane; the view that an address names in part is otherwise the left one."""
    session.compare()
    left = {
        f"{RIGHT}{known.key}": text
        for known, text in _values(session.left).items()
        if known.name in _VIEW
    }
    if not left.keys() <= query.keys():
        restore(session.right, left, RIGHT)
    return restore(session.right, query, RIGHT)


def show_tour_step(session: Session, asked: str | None) -> None:
    """Shows what was shown before the tour, in one pane and with what the query ``asked`` changes;
    None ends the tour: all is as it was."""
    before = session.before_tour or query_of_session(session)
    query = dict(parse_qsl(before, keep_blank_values=True))
    session.before_tour = "" if asked is None else before
    if asked is not None:
        own = {key: text for key, text in query.items() if not key.startswith(RIGHT)}
        query = own | _CLEARED | dict(parse_qsl(asked))
    restore_session(session, query)


def with_named_view(storage: Storage, query: Mapping[str, str]) -> Mapping[str, str]:
    """A query with the values of the named view that it asks for, where it has none of its own. One
    that cannot be read is reported when ``view`` itself is restored."""
    try:
        view = read_view(storage, query.get("view", ""))
    except StorageError:
        return query
    return dict(parse_qsl(view.query, keep_blank_values=True)) | {**query}


def _unknown_keys(query: Mapping[str, str]) -> list[str]:
    known = [parameter.key for parameter in URL_PARAMETERS]
    unknown = [key for key in query if key.removeprefix(RIGHT) not in known]
    return [
        f"{key[:LONGEST]} in this address: no such value{near_miss(key, known)}" for key in unknown
    ]


def restore(state: ExplorerState, query: Mapping[str, str], prefix: str = "") -> list[str]:
    """Restores the values whose keys have the prefix, and the first model where none is known.

    Returns a sentence for each value that cannot be restored.
    """
    problem = _restore(state, _MODEL, query, prefix)
    if state.model is None and not state.problem:
        state.model = state.param.model.objects[0]
    if problem:
        return [problem]  # the other values were meant for another model
    found = [_restore(state, each, query, prefix) for each in URL_PARAMETERS if each != _MODEL]
    return [problem for problem in found if problem]


def _restore(
    state: ExplorerState, parameter: UrlParameter, query: Mapping[str, str], prefix: str
) -> str:
    key = prefix + parameter.key
    # Of a model whose current release cannot be read, an older one may be.
    if key not in query or (state.problem and parameter.name != "release_id"):
        return ""
    text = query[key]
    if len(text) > LONGEST and parameter.name != "sentences":
        problem = f"found a text of {len(text):,} characters, expected {LONGEST:,} at most"
    else:
        problem = parameter.read(state, parameter.name, text)
    return problem and f"{key} in this address: {problem}"
