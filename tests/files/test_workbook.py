"""The workbook: its formulas are live, and what they give is the plan's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offtake.files import exported
from offtake.model import Plan
from offtake.model.plan import Spread, Valuation
from offtake.model.study import Study
from tests.conftest import Require
from tests.files.workbooks import Sheets, formulas, opened, recalculated
from tests.report.plans import a_hostile_plan, a_plan, a_small_plan, an_idle_plan
from tests.report.studies import a_hostile_study, a_small_study, a_study

RATE, RESIDUAL, SHORTFALL = 0.11, 31.0e9, 1.7e9


def valued(plan: Plan) -> Plan:
    """Give a plan whose net present value and cost follow from its cash, as a real one's do."""
    worth = paid = 0.0
    for number, line in enumerate(plan.by_period):
        out = line.investment_cash_usd + line.payment_cash_usd + line.energy_cash_usd
        factor = (1 + RATE) ** (-(number + 0.5) / 4)
        paid += factor * out
        worth += factor * (line.revenue_cash_usd - out)
    npv, cost = worth + RESIDUAL - SHORTFALL, paid - RESIDUAL
    objective = (1 - plan.risk_share) * npv + plan.risk_share * plan.npv.cvar_usd
    return replace(
        plan,
        valuation=Valuation(
            discount_share_per_year=RATE, residual_usd=RESIDUAL, shortfall_usd=SHORTFALL
        ),
        npv=replace(plan.npv, mean_usd=npv),
        cost=replace(plan.cost, mean_usd=cost),
        objective_usd=objective,
        bound_usd=objective + 2e8,
        energy_mwh=sum(p.energy_mwh for p in plan.by_period),
        carbon_t_co2=sum(p.carbon_t_co2 for p in plan.by_period),
    )


def written(plan: Plan) -> bytes:
    (content,) = exported(plan, "plan.xlsx").values()
    return content.data


PLANS = {
    "plan": valued(a_plan()),
    "small": valued(a_small_plan()),
    "idle": an_idle_plan(),
    "hostile": a_hostile_plan(),
}


@pytest.fixture(scope="module")
def book() -> bytes:
    return written(PLANS["plan"])


def labelled(sheets: Sheets, sheet: str, beginning: str, column: str = "B") -> Any:
    """Give the value beside words in the first column."""
    page = sheets.book[sheet]
    row = next(r for r in range(1, 60) if str(page.cell(r, 1).value).startswith(beginning))
    return sheets.value(sheet, f"{column}{row}")


@pytest.mark.parametrize("name", PLANS)
def test_every_formula_gives_what_stands_beside_it(name: str) -> None:
    data = written(PLANS[name])
    sheets, beside = Sheets(data), opened(data, values=True)
    for (sheet, cell), formula in formulas(data).items():
        worked_out = sheets.value(sheet, cell)
        shown = beside[sheet][cell].value
        if isinstance(shown, str):
            assert worked_out == shown, f"{sheet}!{cell} {formula}"
        else:
            assert worked_out == pytest.approx(shown, rel=1e-9, abs=1e-6), f"{sheet}!{cell}"


def test_there_is_something_to_work_out(book: bytes) -> None:
    found = formulas(book)
    by_sheet = {sheet: sum(s == sheet for s, _ in found) for sheet, _ in found}
    assert by_sheet["Cash by quarter"] > 18 * 6
    assert by_sheet["Value"] > 25
    assert set(by_sheet) >= {"Cover", "Cash by year", "Signings", "Capacity", "Risk"}


def test_the_value_is_the_plan_s(book: bytes) -> None:
    plan, sheets = PLANS["plan"], Sheets(book)
    npv = labelled(sheets, "Value", "Net present value, mean")
    assert npv == pytest.approx(plan.npv.mean_usd / 1e6, rel=1e-12)
    cost = labelled(sheets, "Value", "Cost, mean")
    assert cost == pytest.approx(plan.cost.mean_usd / 1e6, rel=1e-12)
    objective = labelled(sheets, "Risk", "Objective")
    assert objective == pytest.approx(plan.objective_usd / 1e6, rel=1e-12)
    assert labelled(sheets, "Cover", "Checks") == "6 of 6 checks agree"


def test_another_rate_gives_another_value_and_a_check_that_differs(book: bytes) -> None:
    plan, sheets = PLANS["plan"], Sheets(book)
    page = sheets.book["Value"]
    row = next(r for r in range(1, 20) if "Discount rate" in str(page.cell(r, 1).value))
    assert page.cell(row, 2).value == RATE
    page.cell(row, 2).value = 0.05
    quarters = len(plan.by_period)
    cash = sum(
        (p.revenue_cash_usd - p.investment_cash_usd - p.payment_cash_usd - p.energy_cash_usd)
        * 1.05 ** (-(t + 0.5) / 4)
        for t, p in enumerate(plan.by_period)
    )
    left = RESIDUAL * (1 + RATE) ** (quarters / 4) * 1.05 ** (-quarters / 4)
    npv = labelled(sheets, "Value", "Net present value, mean")
    assert npv == pytest.approx((cash + left - SHORTFALL) / 1e6, rel=1e-9)
    assert labelled(sheets, "Cover", "Checks") == "4 of 6 checks agree"


def test_a_plan_that_does_not_add_up_is_told() -> None:
    plan = valued(a_plan())
    wrong = replace(plan, npv=replace(plan.npv, mean_usd=plan.npv.mean_usd * 1.001))
    sheets = Sheets(written(wrong))
    assert labelled(sheets, "Cover", "Checks") == "5 of 6 checks agree"
    assert labelled(sheets, "Value", "Net present value, mean", "B") == pytest.approx(
        plan.npv.mean_usd / 1e6
    )


def test_libreoffice_works_out_the_same(book: bytes, require: Require, tmp_path: Path) -> None:
    theirs = recalculated(require("libreoffice"), book, tmp_path)
    ours = opened(book, values=True)
    for sheet, cell in formulas(book):
        shown, found = ours[sheet][cell].value, theirs[sheet][cell].value
        if isinstance(shown, str):
            assert found == shown, f"{sheet}!{cell}"
        else:
            assert found == pytest.approx(shown, rel=1e-9, abs=1e-6), f"{sheet}!{cell}"


def test_figures_stand_in_million_usd_under_headers_with_units(book: bytes) -> None:
    plan, page = PLANS["plan"], opened(book)["Signings"]
    heads = {page.cell(4, c).value: c for c in range(1, page.max_column + 1)}
    assert "Power, MW IT" in heads
    standings = [
        page.cell(5, c).value for c in (heads["Power, MW IT"], heads["Lifetime cost, M USD"])
    ]
    assert standings == ["decided", "modelled"]
    for row, signing in enumerate(plan.signed, 6):
        assert page.cell(row, heads["Power, MW IT"]).value == signing.power_it_mw
        cost = page.cell(row, heads["Lifetime cost, M USD"])
        assert cost.value == pytest.approx(signing.lifetime_cost_usd / 1e6)
        assert cost.number_format == "#,##0.0"
    deliveries = opened(book)["Deliveries"]
    due = next(c for c in range(1, 20) if deliveries.cell(4, c).value == "Due")
    assert deliveries.cell(6, due).value.date() == plan.deliveries[0].due
    assert deliveries.cell(6, due).number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("name", PLANS)
def test_every_sheet_is_ready_to_read_and_to_print(name: str) -> None:
    book = opened(written(PLANS[name]))
    assert book.sheetnames == [
        *("Cover", "Cash by quarter", "Cash by year", "Value", "Signings", "Deliveries"),
        *("Capacity", "Limits", "Risk", "Assumptions", "Notes"),
    ]
    for page in book:
        assert page.page_setup.paperSize == 9
        assert page.page_setup.fitToWidth in (1, None), "one page wide, which is what is left out"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.oddFooter.right.text == "Page &P of &N"
        if page.title not in ("Cover", "Value", "Notes"):
            assert page.freeze_panes is not None, page.title
            assert page.print_title_rows, page.title
    assert (book.properties.creator, book.properties.created.date()) == (
        "offtake",
        PLANS[name].as_of,
    )


def test_no_name_becomes_a_formula() -> None:
    plan = a_plan()
    evil = '=HYPERLINK("http://x","y")'
    signed = tuple(replace(s, name=evil, why=evil, site="@SUM(1)") for s in plan.signed)
    data = written(replace(plan, portfolio=evil, about="+1", signed=signed))
    assert not [f for f in formulas(data).values() if "HYPERLINK" in f]
    page = opened(data)["Signings"]
    assert page.cell(6, 2).value == evil
    assert page.cell(6, 2).data_type == "s"


def test_who_tells_no_rate_has_no_value() -> None:
    sheets = Sheets(written(a_plan()))
    assert "plan again for a value" in str(sheets.book["Value"].cell(5, 1).value)
    assert labelled(sheets, "Cover", "Checks") == "3 of 4 checks agree", "its cost is made up"


def test_the_spread_is_in_the_book(book: bytes) -> None:
    page, spread = opened(book)["Risk"], PLANS["plan"].npv
    row = [page.cell(6, c).value for c in range(1, 7)]
    wanted = [getattr(spread, name) / 1e6 for name in Spread.__dataclass_fields__]
    assert row[0] == "net present value"
    assert row[1:] == pytest.approx(wanted)


STUDIES = {"study": a_study(), "small": a_small_study(), "hostile": a_hostile_study()}


def book_of(study: Study) -> bytes:
    (content,) = exported(study, "study.xlsx").values()
    return content.data


@pytest.mark.parametrize("name", STUDIES)
def test_every_formula_of_a_study_gives_what_stands_beside_it(name: str) -> None:
    data = book_of(STUDIES[name])
    sheets, beside = Sheets(data), opened(data, values=True)
    found = formulas(data)
    assert len(found) > 10
    for sheet, cell in found:
        worked_out, shown = sheets.value(sheet, cell), beside[sheet][cell].value
        if isinstance(shown, str):
            assert worked_out == shown, f"{sheet}!{cell}"
        else:
            assert worked_out == pytest.approx(shown, rel=1e-9, abs=1e-6), f"{sheet}!{cell}"


def test_what_a_study_says_is_worked_out_from_its_scenarios() -> None:
    sheets = Sheets(book_of(a_study()))
    assert labelled(sheets, "Cover", "Checks") == "22 of 22 checks agree"
    study = a_study()
    assert study.value is not None
    names = [sheets.book["Checks"].cell(row, 1).value for row in range(6, 28)]
    for name in ("Mean of the plan", "Mean of Hybrid", "Mean of λ 0.5", "Objective of build"):
        assert name in names
    worth = labelled(sheets, "Checks", "Worth of knowing the future")
    assert worth == pytest.approx((study.value.ws_usd - study.value.rp_usd) / 1e6)
    wrong = replace(study, value=replace(study.value, evpi_usd=1e9))
    assert labelled(Sheets(book_of(wrong)), "Cover", "Checks") == "21 of 22 checks agree"


def test_a_study_has_a_sheet_for_each_part() -> None:
    book = opened(book_of(a_study()))
    for title in ("Findings", "Strategies", "Frontier", "Tornado", "Ranges", "Conditions"):
        assert title in book.sheetnames
    assert len(set(book.sheetnames)) == len(book.sheetnames)
    page = book["Scenarios"]
    heads = [page.cell(4, c).value for c in range(1, page.max_column + 1)]
    assert heads[:4] == ["Place", "Story", "Probability, %", "The plan, M USD"]
    assert "Lease first, M USD" in heads
    assert page.cell(6, 4).value == pytest.approx(a_study().plan.npv_usd[0] / 1e6)
    value = book["Value"]
    assert [value.cell(4, c).value for c in (1, 2, 3)] == ["What", "Value", "Where from"]


def test_libreoffice_works_a_study_out_the_same(require: Require, tmp_path: Path) -> None:
    data = book_of(a_study())
    theirs = recalculated(require("libreoffice"), data, tmp_path)
    ours = opened(data, values=True)
    for sheet, cell in formulas(data):
        shown, found = ours[sheet][cell].value, theirs[sheet][cell].value
        if isinstance(shown, str):
            assert found == shown, f"{sheet}!{cell}"
        else:
            assert found == pytest.approx(shown, rel=1e-9, abs=1e-6), f"{sheet}!{cell}"
