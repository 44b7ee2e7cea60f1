import io
import logging

import panel
import pytest
from panel.io.logging import panel_log_handler

from viewer.server.bounded_log import (
    LONGEST,
    MOST_RECORDS,
    PERIOD_SECONDS,
    REFUSING,
    BoundedLog,
    bound_log,
)


def _record(text: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bokeh", logging.ERROR, __file__, 1, text, args, exc_info)


def test_some_records_a_minute_pass_and_the_next_says_how_many_did_not() -> None:
    seconds = [0.0]
    bounded = BoundedLog(lambda: seconds[0])
    passed = [bounded.filter(_record("refused")) for _ in range(MOST_RECORDS + 1_000)]
    assert passed == [True] * MOST_RECORDS + [False] * 1_000
    seconds[0] += PERIOD_SECONDS
    record = _record("refused %d", 7)
    assert bounded.filter(record)
    assert record.getMessage() == "refused 7 (1,000 like this were left out before)"
    record = _record("refused")
    assert bounded.filter(record)
    assert record.getMessage() == "refused"


def _nested(depth: int) -> None:
    if depth == 0:
        raise ValueError("the cause")
    _nested(depth - 1)


def test_a_record_is_short_whatever_was_sent() -> None:
    try:
        _nested(300)
    except ValueError as error:
        record = _record("found %r", "x" * 10**6, error=error)
    assert BoundedLog().filter(record)
    shown = logging.Formatter().format(record)
    assert len(shown) < 2 * LONGEST + 100
    assert "(1,000,008 characters)" in shown
    assert shown.endswith("ValueError: the cause")


@pytest.mark.slow
def test_a_refused_value_of_a_widget_is_printed_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_log_handler, "stream", printed := io.StringIO())
    bound_log()
    widget = panel.widgets.TextInput()
    with pytest.raises(ValueError, match="TextInput"):
        widget._process_events({"value": ["detail"] * 10**5})
    assert 0 < len(printed.getvalue()) < 3 * LONGEST


def test_a_logger_is_bounded_once() -> None:
    for _ in range(2):
        bound_log()
    for name in REFUSING:
        filters = logging.getLogger(name).filters
        assert len([known for known in filters if isinstance(known, BoundedLog)]) == 1
