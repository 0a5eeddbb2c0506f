"""Tables and figures of a vehicle."""

from __future__ import annotations

from itertools import pairwise

import pytest

from offtake.capital.vehicle.cash import as_planned
from offtake.capital.vehicle.closing import Outcome, close, run
from offtake.draw import lending
from offtake.draw.layout import FULL, NARROW, Frame
from offtake.draw.lending_figures import figures
from offtake.draw.svg import to_svg
from tests.capital.vehicle.vehicles import finance, vehicle


def planned(**changes: float) -> Outcome:
    closing = close(vehicle(finance(control_reason="the board"), **changes))
    return run(closing, as_planned(closing.finance))


@pytest.mark.parametrize("frame", [FULL, NARROW])
def test_figures_are_drawn(frame: Frame) -> None:
    for figure in figures(planned(), frame):
        text = to_svg(figure.chart, ident=figure.key, described=figure.title)
        assert text.count("<path") > 2


def test_without_debt_there_is_one_figure_and_no_debt_to_show() -> None:
    made = planned(gearing_share=0.0)
    assert [figure.key for figure in figures(made, FULL)] == ["distributions"]
    assert lending.title(made.closing) == "ring borrows nothing"


def test_debt_runs_from_nothing_to_nothing() -> None:
    rows = lending.debt(planned()).rows
    assert rows[0][1] == "0.0"
    assert rows[-1][-1] == "0.0"
    assert all(before[-1] == after[1] for before, after in pairwise(rows))


def test_sources_are_uses() -> None:
    totals = [
        row[2] for row in lending.sources_and_uses(planned().closing).rows if row[1] == "Total"
    ]
    assert totals[0] == totals[1]
