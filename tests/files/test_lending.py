"""The workbook of a vehicle: its waterfall is live, and works out what offtake says."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.capital.vehicle.cash import as_planned, of_case
from offtake.capital.vehicle.closing import Outcome, close, run
from offtake.files.lending import workbook
from offtake.model.finance import Case
from tests.capital.vehicle.vehicles import finance, phase, vehicle
from tests.conftest import Require
from tests.files.workbooks import formulas, opened, recalculated


def cases() -> dict[str, Outcome]:
    """A plan, a default that misses payments, and a late phase that locks cash up."""
    two = phase("two", spend_from_months=6, maintenance_usd=3e6, maintenance_every_months=36)
    held = finance(phase(), two, sweep_share=0.3)
    closing = close(vehicle(held, termination_quarters=2, balloon_share=0.1))
    worse = (
        Case(id="gone: [no]", default_months=30, recovery_share=0.4, price_ratio=0.25),
        Case(id="late", slip_weeks={"two": 40.0}),
    )
    made = {"planned": run(closing, as_planned(held))}
    return made | {case.id: run(closing, of_case(held, case)) for case in worse}


@pytest.fixture(scope="module")
def made() -> dict[str, Outcome]:
    return cases()


@pytest.fixture(scope="module")
def book(made: dict[str, Outcome]) -> bytes:
    return workbook(made)


def test_the_cases_are_hard_enough(made: dict[str, Outcome]) -> None:
    assert made["gone: [no]"].flows.missed.max() > 0
    assert made["late"].flows.locked.any()
    assert made["planned"].flows.swept.sum() > 0


def test_the_waterfall_is_formulas(book: bytes) -> None:
    found = formulas(book)
    names = {sheet for sheet, _ in found}
    assert names == {
        "Construction", "Waterfall planned", "Waterfall gone no", "Waterfall late", "Checks"
    }  # fmt: skip
    assert sum(sheet == "Waterfall planned" for sheet, _ in found) > 40 * 22


def test_libreoffice_works_out_what_offtake_says(
    book: bytes, made: dict[str, Outcome], require: Require, tmp_path: Path
) -> None:
    theirs = recalculated(require("libreoffice"), book, tmp_path)
    ours = opened(book, values=True)
    for sheet, cell in formulas(book):
        shown, found = ours[sheet][cell].value, theirs[sheet][cell].value
        if isinstance(shown, str) or shown is None:
            assert (found or "") == (shown or ""), f"{sheet}!{cell}"
        else:
            assert found == pytest.approx(shown, rel=1e-8, abs=1e-7), f"{sheet}!{cell}"
    checks = theirs["Checks"]
    said = [str(row[0].value) for row in checks.iter_rows() if "checks agree" in str(row[0].value)]
    number = said[0].split()
    assert number[0] == number[2] != "0"


def test_an_input_that_is_changed_changes_what_follows(
    book: bytes, require: Require, tmp_path: Path
) -> None:
    held = opened(book)
    page = held["Waterfall planned"]
    heads = {str(cell.value): cell.column for cell in page[4]}
    page.cell(5, heads["Offtaker pays, M USD"]).value = 0.0
    path = tmp_path / "changed.xlsx"
    held.save(path)
    theirs = recalculated(require("libreoffice"), path.read_bytes(), tmp_path)
    found = theirs["Waterfall planned"]
    assert found.cell(5, heads["Distributed, M USD"]).value == 0
    assert found.cell(5, heads["Paid from the reserve, M USD"]).value > 0
