"""Ring-fenced vehicles in every form of the report, and the figure of their cover."""

from __future__ import annotations

import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from offtake.draw import vehicle
from offtake.draw.figure import figures
from offtake.draw.layout import NARROW
from offtake.draw.svg import to_svg
from offtake.model.plan import Plan
from offtake.model.vehicle import CoverLine, VehicleLine
from offtake.report.markdown import report_markdown
from offtake.report.page import report_html
from offtake.report.text import terminal
from offtake.units import it_mw
from tests.report.plans import a_plan

COVER = (
    CoverLine(
        year="2029", planned_ratio=1.38, least_ratio=0.02, p10_ratio=0.87, p50_ratio=1.32,
        p90_ratio=1.39, due_share=0.96,
    ),
    CoverLine(
        year="2030", planned_ratio=1.30, least_ratio=0.71, p10_ratio=1.21, p50_ratio=1.28,
        p90_ratio=1.29, due_share=1.0,
    ),
)  # fmt: skip
BUILT = VehicleLine(
    vehicle="openai-compute",
    name="Compute company",
    ownership_share=0.6,
    power_it_mw=it_mw(1_400),
    financed_it_mw=it_mw(1_300),
    offtake_usd_per_it_kw_month=797.6,
    investment_usd=56.7e9,
    debt_usd=33.9e9,
    equity_usd=22.5e9,
    leverage_ratio=1.61,
    dscr_target_ratio=1.3,
    dscr_lockup_ratio=1.2,
    dscr_covenant_ratio=1.1,
    cover=COVER,
    irr_mean_share_per_year=0.053,
    irr_p10_share_per_year=-0.009,
    lockup_share=0.521,
    cure_share=0.522,
    handover_share=0.039,
    partial_share=0.038,
    handed_it_mw=it_mw(14.1),
    cure_usd=545e6,
    early_usd=277e6,
    guarantee_usd=33.4e6,
    lenders_loss_usd=12.3e6,
    lab_gain_usd=-678e6,
    minority_gain_usd=-435e6,
    minority_cash_share=0.4,
)
SMALL = replace(
    BUILT, vehicle="other", name="", power_it_mw=it_mw(50), financed_it_mw=it_mw(0), debt_usd=0.0,
    leverage_ratio=0.0, cover=(), irr_mean_share_per_year=None, irr_p10_share_per_year=None,
)  # fmt: skip
IDLE = replace(SMALL, vehicle="idle", power_it_mw=it_mw(0))
FENCED = replace(a_plan(), vehicles=(SMALL, IDLE, BUILT))


def shown(plan: Plan) -> str:
    page = io.StringIO()
    Console(width=100, file=page).print(terminal(plan, 100))
    return " ".join(page.getvalue().split())


def test_a_vehicle_is_told_in_sentences() -> None:
    told = list(vehicle.sentences(BUILT))
    assert told == [
        "Compute company builds 1,400 MW IT for 56.7 B USD inside the horizon: lenders put up at "
        "most 33.9 B USD, 1.61 times equity.",
        "In 2030 cash covers debt service 1.28 times in the median (1.30 planned), 1.21 or less in "
        "one scenario of ten; the covenant is 1.10.",
        "Cover falls below lock-up in 52.1 % of scenarios, shareholders have to pay in for the "
        "covenant in 52.2 %, and some capacity is left to the lenders in 3.9 %, which costs them "
        "12.3 M USD in the mean of all.",
        "Equity returns 5.3 % a year in the mean, −0.90 % or less in one scenario of ten; 40.0 % "
        "of what is paid out goes to others.",
    ]
    assert list(vehicle.sentences(SMALL)) == [
        "other builds 50 MW IT for 56.7 B USD inside the horizon: all of it equity."
    ]


def test_the_largest_comes_first_and_the_idle_is_left_out() -> None:
    assert [line.vehicle for line in vehicle.building(FENCED)] == ["openai-compute", "other"]
    assert vehicle.says(replace(FENCED, vehicles=(IDLE,))).startswith("No vehicle builds")
    assert vehicle.says(a_plan()) == ""


def test_tables_hold_every_number() -> None:
    money, cover = vehicle.money(FENCED), vehicle.cover(FENCED)
    assert money.head == ("", "Compute company", "other")
    told = {row[0]: row[1:] for row in money.rows}
    assert told["Debt, at most"] == ("33.9 B USD", "0 USD")
    assert told["Return of equity a year, mean"] == ("5.3 %", "—")
    assert told["The lab pays it for capacity in service"][0] == "798 USD per kW-month"
    assert cover.rows == (
        ("Compute company", "2029", "1.38", "0.02", "0.87", "1.32", "1.39", "96.0 %"),
        ("Compute company", "2030", "1.30", "0.71", "1.21", "1.28", "1.29", "100 %"),
    )


@pytest.mark.parametrize("narrow", [False, True])
def test_the_figure_of_cover(narrow: bool) -> None:
    """A box a year, lines for lock-up and covenant, and its words; only where debt is served."""
    drawn = {figure.key: figure for figure in figures(FENCED)}
    figure = drawn["cover"]
    chart = figure.draw(FENCED, NARROW if narrow else figure.wide)
    chart.to_dict(validate=True)
    svg = to_svg(chart, ident="x", described=figure.described)
    words = {
        "".join(t.itertext()) for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    }
    assert {"2029", "2030", "lock-up", "covenant"} <= words
    assert "Compute company" in figure.title
    assert "cover" not in {f.key for f in figures(a_plan())}
    assert "cover" not in {f.key for f in figures(replace(FENCED, vehicles=(SMALL,)))}


def test_every_form_tells_of_vehicles_where_there_are_some() -> None:
    page, mark = report_html(FENCED), report_markdown(FENCED)
    assert 'id="vehicles"' in page
    assert 'id="figure-cover"' in page
    assert "## Ring-fenced vehicles" in mark
    assert "| Chance of capacity left to lenders | 3.9 % | 3.9 % |" in mark
    assert "Ring-fenced vehicles Compute company builds 1,400 MW IT" in shown(FENCED)
    without = a_plan()
    assert 'id="vehicles"' not in report_html(without)
    assert "Ring-fenced" not in report_markdown(without) + shown(without)


def test_a_name_is_text_and_nothing_else() -> None:
    """A hostile name neither becomes markup nor moves anything."""
    bad = replace(BUILT, name="<script>alert(1)</script>\x1b[2J|")
    plan = replace(FENCED, vehicles=(bad,))
    assert "<script>alert" not in report_html(plan)
    assert "\x1b" not in report_markdown(plan) + shown(plan)
