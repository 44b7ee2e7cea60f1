"""How the rows of a table are sorted and filtered, as an address keeps it."""

import json

LONGEST = 800
EXPECTED = 'nothing, or as {"sort":["count","desc"],"filter":{"word":"un"}}'


def rows_problem(text: str) -> str:
    """What is wrong with an arrangement of rows, or "". Columns that a table lacks are allowed:
    they are ignored."""
    if text and not (len(text) <= LONGEST and _is_arrangement(text)):
        return f"found “{text[:80]}”, expected {EXPECTED}"
    return ""


def _is_arrangement(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict) or not set(found) <= {"sort", "filter"}:
        return False
    match found.get("sort", ["", "asc"]), found.get("filter", {}):
        case [str(), "asc" | "desc"], dict(filters):
            return all(isinstance(typed, str) for typed in filters.values())
    return False
