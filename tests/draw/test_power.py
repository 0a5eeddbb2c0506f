"""What a reader is told of how sites are powered: in words, tables and a figure."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from offtake.draw import power, power_told, theme
from offtake.draw.figure import figures
from offtake.draw.layout import WIDE
from offtake.report.markdown import report_markdown
from offtake.report.page import report_html
from offtake.report.text import terminal
from tests.report.plans import a_plan, a_powered_plan

PLAN = a_powered_plan()


def test_a_plan_without_stacks_says_nothing_of_power() -> None:
    plan = a_plan()
    assert "power" not in {figure.key for figure in figures(plan)}
    assert power_told.says(plan) == ""
    assert "## Power" not in report_markdown(plan)
    assert 'id="power"' not in report_html(plan)


def test_every_form_of_the_report_has_it() -> None:
    console = Console(width=100, record=True, file=None)
    with console.capture() as held:
        console.print(terminal(PLAN, 100))
    page, text = report_html(PLAN), report_markdown(PLAN)
    for form in (held.get(), page, text):
        assert "Turbines is taken" in form
        assert "carbon-free by the year" in " ".join(form.replace("\u00a0", " ").split())
    assert 'id="power"' in page
    assert "## Power" in text


def test_the_table_of_energy_has_a_row_for_each_year_of_each_site() -> None:
    table = power_told.energy(PLAN)
    assert len(table.rows) == 12
    assert all(len(row) == len(table.head) for row in table.rows)
    last = dict(zip(table.head, table.rows[5], strict=True))
    assert (last["Site"], last["Year"]) == ("abilene", "2031")
    assert last["By supply"] == "grid 5.0, sun 10.0, gas 15.0, dam 20.0"
    assert (last["Clean"], last["By the hour"]) == ("30.0 %", "24.0 %")


def test_the_table_of_options_says_what_each_would_cost() -> None:
    rows = [row for row in power_told.choices(PLAN).rows if row[0].startswith("abilene")]
    assert [row[1] for row in rows] == [
        "taken",
        "\N{MINUS SIGN}200 M USD",
        "\N{MINUS SIGN}3.00 B USD",
    ]
    alone = replace(PLAN, power=PLAN.power[:1])
    assert [row[0] for row in power_told.choices(alone).rows] == ["Turbines", "Wait", "no option"]


def test_the_figure_stacks_every_supply_by_its_kind() -> None:
    spec = power.draw(PLAN, WIDE).to_dict()
    boxes = [row for rows in spec["datasets"].values() for row in rows if "name" in row]
    # Nothing is made in 2026; four kinds in five years at two sites.
    assert len(boxes) == 4 * 5 * 2
    assert {row["name"] for row in boxes} == {"grid", "sun", "gas", "steady, clean"}
    tallest = max(float(row["y2"]) for row in boxes)
    assert tallest == 5 * (1 + 2 + 3 + 4)
    colours = {row["fill"] for row in boxes}
    assert colours <= {colour.light for colour in theme.COLOURS}
