"""Finding words by what they are: a regular expression, a part of speech, a count."""

import re
from typing import Any

from viewer.data.release_cache import cached_by_release
from warehouse.errors import AnalysisError
from warehouse.reader import Release

_CONDITION = re.compile(
    r"/(?P<pattern>.+?)/?|pos:(?P<pos>\w+)|count(?:>(?P<above>\d{1,9})|<(?P<below>\d{1,9}))",
    re.IGNORECASE,
)
EXAMPLE = "/^un/ pos:VERB count>50"


def is_filter(text: str) -> bool:
    """Whether a text states conditions, and so names no word; a lone slash is a word."""
    return any(map(_CONDITION.fullmatch, text.split()))


@cached_by_release
def filtered_words(release: Release, text: str) -> tuple[int, ...]:
    """Ids of the recorded words that meet all conditions, by falling count. Raises AnalysisError
    for what is no condition, ReleaseError for an expression that cannot be read."""
    conditions: dict[str, Any] = {}
    for part in text.split():
        found = _CONDITION.fullmatch(part)
        if found is None:
            raise AnalysisError(f"found “{part}”, expected conditions as {EXAMPLE}")
        conditions |= {name: value for name, value in found.groupdict().items() if value}
    try:
        re.compile(conditions.get("pattern", ""))
    except re.error as error:
        expected = f"expected a regular expression: {error}"
        raise AnalysisError(f"found /{conditions['pattern']}/, {expected}") from error
    for name in ("above", "below"):
        if name in conditions:
            conditions[name] = int(conditions[name])
    return tuple(release.words.search(**conditions).tolist())
