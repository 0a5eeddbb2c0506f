"""The figures of a backtest: dates announced, forecast and kept; capacity promised and there.

Abilene 5-8      │────▓▓▓▓▓▓▓▓▓────────      ▷ not yet
Omaha 3       │──●▓▓▓▓▓▓▓─────               ● when it came
              announced   50 %   90 %
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import altair as alt

from offtake.draw import numbers, theme, words
from offtake.draw.keys import Key, keys
from offtake.draw.layout import Frame
from offtake.draw.marks import (
    Axis,
    Canvas,
    Row,
    area,
    compose,
    dots,
    labels,
    line,
    moment,
    round_axis,
    strokes,
    titled,
    years,
)
from offtake.model.backtest import Backtest, Forecast, QuarterScore

_ROW = 19.0
_QUARTER = 0.25
_MARGIN_DAYS = 25


def first_forecasts(backtest: Backtest) -> tuple[Forecast, ...]:
    """Give the first forecast of each milestone, by the announced date."""
    held: dict[str, Forecast] = {}
    for made in sorted(backtest.calibration.forecasts, key=lambda f: f.made):
        held.setdefault(made.id, made)
    return tuple(sorted(held.values(), key=lambda f: (f.announced, f.id)))


def dates(backtest: Backtest, frame: Frame) -> alt.LayerChart:
    """Draw a row for each milestone: announced, the forecast's bands, and when it came."""
    rows = first_forecasts(backtest)
    height = _ROW * len(rows)
    canvas = Canvas(
        width=frame.width,
        height=height + 26 + 34,
        left=8 if frame.narrow else 170,
        right=58,
        top=26,
        bottom=34,
        x=_time(rows, backtest.score_at),
        y=Axis(0, height),
        downwards=True,
    )
    places = [(made, _ROW * (k + 0.5)) for k, made in enumerate(rows)]
    layers = [
        *_days(canvas, backtest, height),
        strokes(canvas, _bands(canvas, places, "p05", "p95"), theme.FAN, width=1.6),
        strokes(canvas, _bands(canvas, places, "p25", "p75"), theme.FAN, width=7),
        strokes(canvas, _announced(places), theme.INK, width=2.2),
        *_ends(canvas, places),
        *_told(canvas, places),
        *_names(canvas, places, frame),
    ]
    return compose(canvas, layers)


def _time(rows: Sequence[Forecast], score_at: date) -> Axis:
    spare = timedelta(days=_MARGIN_DAYS)
    first = min(made.announced for made in rows) - spare
    last = max(score_at, *(max(made.p75, made.reached or made.looked) for made in rows)) + 3 * spare
    return years(_year(first), _year(last))


def _year(when: date) -> float:
    begin = date(when.year, 1, 1)
    return when.year + (when - begin).days / (date(when.year + 1, 1, 1) - begin).days


def _bands(
    canvas: Canvas, places: Sequence[tuple[Forecast, float]], low: str, high: str
) -> list[Row]:
    return [
        {
            "x": _year(getattr(made, low)),
            "x2": min(_year(getattr(made, high)), canvas.x.high),
            "y": y,
            "y2": y,
        }
        for made, y in places
    ]


def _announced(places: Sequence[tuple[Forecast, float]]) -> list[Row]:
    return [
        {"x": _year(made.announced), "x2": _year(made.announced), "y": y - 6, "y2": y + 6}
        for made, y in places
    ]


def _ends(canvas: Canvas, places: Sequence[tuple[Forecast, float]]) -> Iterator[alt.Chart]:
    came: list[Row] = [
        {"x": _year(made.reached), "y": y} for made, y in places if made.reached is not None
    ]
    waits: list[Row] = [{"x": _year(made.looked), "y": y} for made, y in places if not made.reached]
    if came:
        yield dots(canvas, came, theme.GOOD, size=62)
    if waits:
        yield dots(canvas, waits, theme.ALERT, shape="triangle-right", size=62)


def _told(canvas: Canvas, places: Sequence[tuple[Forecast, float]]) -> Iterator[alt.Chart]:
    """Write at the right how late each came, or is so far."""
    x = canvas.x.value(canvas.plot_width + 8, canvas.plot_width)
    for open_, colour in ((False, theme.INK), (True, theme.ALERT)):
        rows: list[Row] = [
            {"x": x, "y": y, "text": _late(made)}
            for made, y in places
            if (made.reached is None) is open_
        ]
        if rows:
            yield labels(canvas, rows, colour)
    yield labels(canvas, [{"x": x, "y": 0, "text": "days late"}], dy=-10)


def _late(made: Forecast) -> str:
    if made.late_days is None:
        return f"≥ {(made.looked - made.announced).days}"
    return f"{made.late_days:+.0f}".replace("-", numbers.MINUS)


def _days(canvas: Canvas, backtest: Backtest, height: float) -> Iterator[alt.Chart]:
    """Draw the day of scoring."""
    at = _year(backtest.score_at)
    rule: Row = {"x": at, "x2": at, "y": 0, "y2": height}
    yield strokes(canvas, [rule], theme.INK, dash=(2, 2))
    yield labels(canvas, [{"x": at, "y": 0, "text": "scored"}], dy=-10, align="center")


def _names(
    canvas: Canvas, places: Sequence[tuple[Forecast, float]], frame: Frame
) -> Iterator[alt.Chart]:
    left = 0.0 if frame.narrow else 4 - canvas.left
    up = 8 if frame.narrow else 0
    x = canvas.x.value(left, canvas.plot_width)
    rows: list[Row] = [{"x": x, "y": y - up, "text": _named(made)} for made, y in places]
    yield labels(
        canvas,
        rows,
        theme.SOFT if frame.narrow else theme.INK,
        size=9 if frame.narrow else 11,
    )


def _named(made: Forecast) -> str:
    return words.plain(made.id.replace("/", ", "))


def capacity(backtest: Backtest, frame: Frame) -> alt.LayerChart:
    """Draw what was promised, forecast and there, in steps of a quarter."""
    lines = backtest.by_period
    unit = numbers.column(
        (max(q.promised_h100e, q.forecast.p90_h100e, q.realised_h100e) for q in lines),
        numbers.H100E,
    )
    top = max(max(q.promised_h100e, q.forecast.p90_h100e, q.realised_h100e) for q in lines)
    canvas = Canvas(
        width=frame.width,
        height=250 if frame.narrow else 300,
        left=38,
        right=92 if frame.narrow else 118,
        top=26,
        bottom=24,
        x=years(moment(lines[0].period), moment(lines[-1].period) + _QUARTER),
        y=round_axis(0, unit.scaled(top)),
    )

    def stairs(value: str, floor: str | None = None) -> list[Row]:
        return _stairs(lines, unit, value, floor)

    layers = [
        titled(canvas, unit.unit),
        area(canvas, stairs("installed"), theme.ENERGY, steps=True, opacity=0.55),
        area(canvas, stairs("p90", "p10"), theme.FAN, steps=True, opacity=0.32),
        line(canvas, stairs("p50"), theme.FAN, steps=True, width=1.6),
        line(canvas, stairs("promised"), theme.INK, steps=True, dash=(4, 3), width=1.6),
        line(canvas, stairs("realised"), theme.GOOD, steps=True, width=2.6),
    ]
    last = lines[-1]
    ends = [
        Key("promised", theme.INK, unit.scaled(last.promised_h100e), "dashes"),
        Key("P10–P90", theme.FAN, unit.scaled(last.forecast.p50_h100e)),
        Key("was there", theme.GOOD, unit.scaled(last.realised_h100e), "line"),
        Key("stood before", theme.ENERGY, unit.scaled(last.installed_h100e / 2)),
    ]
    return compose(canvas, [*layers, *keys(canvas, ends)])


def _stairs(
    lines: Sequence[QuarterScore], unit: numbers.Column, value: str, floor: str | None
) -> list[Row]:
    """Give the corners of a step line or area; the last step gets its width."""
    starts = [moment(q.period) for q in lines]
    starts.append(starts[-1] + _QUARTER)
    tops = [_amount(q, value) for q in lines]
    lows = [_amount(q, floor) if floor else 0.0 for q in lines]
    return [
        {"x": x, "y": unit.scaled(high), "y2": unit.scaled(low)}
        for x, high, low in zip(starts, [*tops, tops[-1]], [*lows, lows[-1]], strict=True)
    ]


def _amount(row: QuarterScore, name: str) -> float:
    if name in ("p10", "p50", "p90"):
        return float(getattr(row.forecast, f"{name}_h100e"))
    return float(getattr(row, f"{name}_h100e"))
