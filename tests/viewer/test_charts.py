"""What the charts of the detail view hold: their columns, ranges and clicks."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from bokeh.events import KeyModifiers, Tap
from bokeh.models.text import PlainText

from viewer.theme_colours import DARK, LIGHT
from viewer.views.charts.box_chart import ABOVE_BOXES, AT_AXIS, GAP, BoxChart, row_heights
from viewer.views.charts.chart_frame import Choice, literal, nearest_row, span
from viewer.views.charts.curve_chart import CurveChart, log_ticks
from viewer.views.charts.response_chart import MOST_POINTS, ResponseChart, WordLine
from viewer.views.charts.saturation_chart import SaturationChart
from viewer.views.charts.spread_chart import SpreadChart
from warehouse.schema import STATISTICS
from warehouse.word_queries import WordResponse

UNITS = 7
IDLE = Choice(print, print)


def response(seed: int, count: int = 12) -> WordResponse:
    random = np.random.default_rng(seed)
    mean = random.normal(size=UNITS).astype(np.float32)
    shifts = {"q09": -2, "q25": -1, "q50": 0, "q75": 1, "q91": 2}
    return WordResponse(seed, count, mean, **{name: mean + by for name, by in shifts.items()})


ENDS = (-1.0, 1.0)
CHIPS = [[f"▲ {unit}" for unit in range(UNITS)], [f"▼ {unit % 3}" for unit in range(UNITS)]]
LINES = [WordLine("he", response(1)), WordLine("she", response(2)), WordLine("for", response(3))]


def _named(chart: ResponseChart, data: dict[str, Any]) -> list[tuple[str, str]]:
    """The names of the units' chips, each sent once."""
    names = chart.names.args["names"]
    assert len(set(names)) == len(names) == UNITS + 3
    assert chart.names.args["directions"] == len(CHIPS)
    return [(names[number // len(names)], names[number % len(names)]) for number in data["chips"]]


def test_words_are_drawn_in_the_order_of_the_chosen_one() -> None:
    chart = ResponseChart(on_unit=IDLE)
    chart.show(LINES, 1, [4, 2], None, CHIPS, ENDS)
    order = np.argsort(LINES[1].response.mean)
    for line, glyphs in zip(LINES, chart.words, strict=True):
        data = glyphs.source.data
        np.testing.assert_array_equal(data["unit"], order)
        assert _named(chart, data) == [(CHIPS[0][unit], CHIPS[1][unit]) for unit in order]
        for name in ("mean", "q09", "q25", "q75", "q91"):
            np.testing.assert_array_equal(data[name], getattr(line.response, name)[order])
        assert glyphs.line.name == line.word
    marks = chart.units.data
    np.testing.assert_array_equal(order[list(marks["rank"])], [4, 2])
    np.testing.assert_array_equal(marks["mean"], LINES[1].response.mean[[4, 2]])
    assert chart.plot.title.text == "Responses to “he”, “she”, “for”"
    assert len(chart.step.data["rank"]) == 0


def test_a_word_less_leaves_nothing_behind() -> None:
    chart = ResponseChart(on_unit=IDLE)
    chart.show(LINES, 0, [], None, CHIPS, ENDS)
    chart.show(LINES[:1], 0, [], None, CHIPS, ENDS)
    assert [len(glyphs.source.data["rank"]) for glyphs in chart.words] == [UNITS, 0, 0]
    assert chart.plot.title.text == "Response to “he”, 12 occurrences"
    assert chart.plot.yaxis[0].axis_label == "response: change of the state"


def test_a_steps_actual_response_lies_over_it() -> None:
    chart = ResponseChart(on_unit=IDLE)
    actual = np.linspace(-9, 3, UNITS).astype(np.float32)
    chart.show(LINES[:1], 0, [], ("though", actual), CHIPS, (-9.5, 1.0))
    order = np.argsort(LINES[0].response.mean)
    np.testing.assert_array_equal(chart.step.data["change"], actual[order])
    assert _named(chart, chart.step.data) == [(CHIPS[0][unit], CHIPS[1][unit]) for unit in order]
    assert chart.plot.y_range.start < -9
    chart.show(LINES[:1], 0, [], None, CHIPS, ENDS)
    assert len(chart.step.data["change"]) == 0


def test_of_thousands_of_units_some_are_drawn_and_each_can_be_clicked() -> None:
    size, clicked = 2 * MOST_POINTS + 1, list[int]()
    mean = np.random.default_rng(0).permutation(size).astype(np.float32)
    names = ("mean", "q09", "q25", "q50", "q75", "q91")
    response = WordResponse(word_id=1, count=9, **dict.fromkeys(names, mean))
    chart = ResponseChart(Choice(clicked.append, clicked.append))
    chart.show([WordLine("w", response)], 0, [5], None, [["chip 1"] * size], (0.0, float(size)))
    data, order = chart.words[0].source.data, np.argsort(mean)
    np.testing.assert_array_equal(data["unit"], order[::3])
    np.testing.assert_array_equal(data["rank"], np.arange(size)[::3])
    np.testing.assert_array_equal(data["mean"], mean[order[::3]])
    assert order[chart.units.data["rank"][0]] == 5
    assert chart.plot.xaxis.axis_label.startswith("units, one of 3 drawn;")
    chart.plot._trigger_event(Tap(chart.plot, x=4.0, y=0.0))
    assert clicked == [order[4]]


def test_a_click_on_the_response_tells_the_unit() -> None:
    units: list[int] = []
    chart = ResponseChart(on_unit=Choice(units.append, units.append))
    chart.show(LINES[:1], 0, [], None, CHIPS, ENDS)
    for x in (2.3, -0.7, UNITS - 0.4):
        chart.plot._trigger_event(Tap(chart.plot, x=x, y=0.0))
    assert units == [int(np.argsort(LINES[0].response.mean)[2])]


def boxes(means: list[float]) -> pa.Table:
    words = [f"word{i}" for i in range(len(means))]
    columns = {"word": words, "word_id": [10 + i for i in range(len(means))]}
    columns |= {"count": [5 + i for i in range(len(means))], "mean": means}
    return pa.table(columns | dict.fromkeys(("q09", "q25", "q50", "q75", "q91"), means))


def box_chart(means: list[float], clicked: list[int]) -> BoxChart:
    chart = BoxChart(on_word=Choice(clicked.append, clicked.append))
    chart.dress(LIGHT)
    ends, colours = span(-1, 2), {11: "#123456"}
    chart.show(3, boxes(means), ends=ends, colours=colours, labels=AT_AXIS)
    return chart


def test_positive_and_negative_halves_stand_apart() -> None:
    chart = box_chart([2.0, 1.0, -0.5], [])
    data = chart.source.data
    np.testing.assert_allclose(data["height"], [-0.5, -1.5, -2.5 - GAP])
    positive, negative = LIGHT.colours["positive"], LIGHT.colours["negative"]
    assert data["sign"] == [positive, positive, negative]
    assert chart._parting.data_source.data["y"] == [pytest.approx(-2 - GAP / 2)]
    assert list(chart.plot.yaxis[0].major_label_overrides.values()) == [
        "word0  5", "word1  6", "word2  7",
    ]  # fmt: skip
    assert chart.selected.data == {"height": [-1.5], "colour": ["#123456"]}
    assert (chart.plot.x_range.start, chart.plot.x_range.end) == tuple(span(-1, 2).values())


@pytest.mark.parametrize(("means", "first"), [([1.0, 0.5], -0.5), ([-0.5, -1.0], -0.5)])
def test_one_half_alone_has_no_gap(means: list[float], first: float) -> None:
    chart = box_chart(means, [])
    assert list(chart.source.data["height"]) == [first, first - 1]
    assert chart._parting.data_source.data["y"] == []


def test_a_click_on_a_row_tells_its_word() -> None:
    clicked: list[int] = []
    chart = box_chart([2.0, 1.0, -0.5], clicked)
    for y in (-1.3, -2 - GAP / 2, -3.1, 4.0):
        chart.plot._trigger_event(Tap(chart.plot, x=-5.0, y=y))
    assert clicked == [11, 12]


def test_a_click_with_shift_adds() -> None:
    selected: list[int] = []
    toggled: list[int] = []
    choice = Choice(selected.append, toggled.append)
    held: KeyModifiers = {"shift": True, "ctrl": False, "alt": False}
    choice.take(Tap(None, modifiers=held), 3)
    choice.take(Tap(None, modifiers={**held, "shift": False}), 4)
    choice.take(Tap(None), 5)
    assert (selected, toggled) == ([4, 5], [3])


def test_rows_and_clicks_meet() -> None:
    assert list(row_heights(2, 0)) == [-0.5, -1.5]
    assert nearest_row(row_heights(2, 1), -0.1) == 0
    assert nearest_row(np.empty(0), 0.0) is None


def test_a_long_word_is_shortened_beside_another_chart() -> None:
    chart = BoxChart(on_word=IDLE)
    chart.dress(DARK)
    words = boxes([1.0]).set_column(0, "word", pa.array(["characteristically"]))
    chart.show(3, words, ends=span(0, 1), colours={}, labels=ABOVE_BOXES)
    assert chart.source.data["label"] == ["characteris…  5"]
    assert not chart.plot.yaxis[0].visible
    chart.show(3, words, ends=span(0, 1), colours={}, labels=AT_AXIS)
    assert chart.source.data["label"] == [""]
    assert list(chart.plot.yaxis[0].major_label_overrides.values()) == ["characteristically  5"]
    assert chart.plot.yaxis[0].visible


def test_a_word_in_dollar_signs_is_not_set_as_mathematics() -> None:
    assert literal("$ 5") == "$ 5"
    plain = literal("$$x$$")
    assert isinstance(plain, PlainText)
    assert plain.text == "$$x$$"


def test_units_are_rows_on_one_scale() -> None:
    chart = SpreadChart("Values")
    chart.dress(LIGHT)
    statistics = {name: np.array([i, i + 10.0]) for i, name in enumerate(STATISTICS)}
    chart.show([7, 9], statistics, (-1.0, 4.0))
    np.testing.assert_array_equal(chart.source.data["q25"], statistics["q25"])
    assert list(chart.plot.yaxis[0].major_label_overrides.values()) == ["unit 7", "unit 9"]
    assert (chart.plot.x_range.start, chart.plot.x_range.end) == (-1.2, 4.2)


def test_a_click_near_a_point_tells_its_unit() -> None:
    units: list[int] = []
    chart = SaturationChart(on_unit=Choice(units.append, units.append))
    chart.plot._trigger_event(Tap(chart.plot, x=0.1, y=0.1))
    chart.show(np.array([0.1, 0.5]), np.array([0.2, 0.4]), [1])
    assert chart.selected.data["unit"] == [1]
    for x, y in ((0.11, 0.21), (0.3, 0.3), (0.5, 0.42)):
        chart.plot._trigger_event(Tap(chart.plot, x=x, y=y))
    assert units == [0, 1]


def test_curves_are_named_in_the_legend() -> None:
    chart = CurveChart("Loss", "log")
    steps = np.array([1, 2, 3])
    chart.show({"train": (steps, steps * 1.0), "validation": (steps[:1], steps[:1] * 9.0)})
    assert legend(chart) == ["train", "validation"]
    assert [len(source.data["step"]) for source in chart.sources] == [3, 1, 0, 0]
    chart.show({})
    assert legend(chart) == []


def legend(chart: CurveChart) -> list[str]:
    return [item.label.value for item in chart._legend.items if item.visible]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.002, 900, [0.01, 0.1, 1, 10, 100]),
        (90, 6000, [100, 300, 1000, 3000]),
        (2.5, 21, [5, 10, 20]),
    ],
)
def test_ticks_of_a_log_scale_are_round_and_few(
    low: float, high: float, expected: list[float]
) -> None:
    assert log_ticks(low, high) == pytest.approx(expected)
