"""Messages drawn from the components' own schema, and hostile ones made from these."""

from typing import Any

from hypothesis import strategies as st

from viewer.views.messages import FIELDS, LARGEST, LONGEST_TEXT, TYPES, Kind, Nothing, Some, Text

OTHERS = st.one_of(
    st.booleans(), st.floats(), st.none(), st.text(max_size=8),
    st.integers(max_value=-1), st.integers(min_value=LARGEST),
    st.lists(st.just("detail"), min_size=2, max_size=2).map(lambda two: two * 100_000),
    st.sampled_from(["x" * (LONGEST_TEXT + 1), {}, {"a": {"b": []}}, [[1]], [[]] * 50, "../.."]),
    st.recursive(st.none(), lambda inner: st.lists(inner, min_size=1, max_size=1), max_leaves=50),
)  # fmt: skip
"""Values that no field holds, or only some."""


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """What a field of that kind may hold."""
    if isinstance(kind, Nothing):
        return st.none()
    if isinstance(kind, Some):
        return st.lists(st.sampled_from(kind.of), unique=True)
    if isinstance(kind, Text):
        return st.text(max_size=40) | st.sampled_from(["x" * kind.longest])
    return st.integers(0, 70) | st.integers(0, LARGEST - 1)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """A message as the schema allows it: of any type, with any of its fields."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    chosen = draw(st.sets(st.sampled_from(TYPES[kind]))) if TYPES[kind] else set()
    fields = {
        name: draw(st.one_of(*map(values, FIELDS[name])))
        for name in TYPES[kind] if name in chosen
    }  # fmt: skip
    return {"type": kind, **fields}


@st.composite
def hostile_messages(draw: st.DrawFn) -> Any:
    """Such a message with something else in the place of it, of its type, or of a field, or with a
    field that it has not."""
    message = draw(messages())
    place = draw(st.sampled_from([None, "more", *message]))
    if place is None:
        return draw(OTHERS | st.lists(st.just(message), max_size=2))
    return message | {place: draw(OTHERS)}
