"""Leases in the books, against the public examples of IFRS 16 and by what must balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from offtake.capital.lease_books import (
    CASH,
    COST,
    GAIN,
    LENT,
    OWED,
    RENTED,
    RIGHT,
    SERVICE,
    VARIABLE,
    Books,
    book,
)
from offtake.errors import OfftakeError
from offtake.model.finance import Period
from offtake.model.lease import (
    ChangeKind,
    Judgement,
    LeaseChange,
    LeaseTerms,
    Standard,
    Sublease,
    VariablePart,
)

D = Decimal
YES = Judgement(is_lease=True, reason="named racks that are ours to direct", decided_by="CFO")
NO = Judgement(is_lease=False, reason="the supplier may swap them", decided_by="CFO")


def lease(**changes: Any) -> LeaseTerms:
    made = LeaseTerms(
        id="x",
        judgement=YES,
        start=date(2027, 1, 1),
        payment_amount=D(100_000),
        payments_count=10,
        rate_share_per_year=D("0.06"),
    )
    return replace(made, **changes)


def change(after: int, *payments: int, rate: str | None = None, **rest: Any) -> LeaseChange:
    return LeaseChange(
        after_count=after,
        kind=rest.pop("kind", ChangeKind.MODIFICATION),
        each_amount=tuple(map(D, payments)),
        rate_share_per_year=None if rate is None else D(rate),
        **rest,
    )


def balances(books: Books) -> dict[str, Decimal]:
    """What each account comes to; and every day's entries balance."""
    days: dict[date, Decimal] = defaultdict(D)
    sums: dict[str, Decimal] = defaultdict(D)
    for entry in books.journal:
        days[entry.day] += entry.debit - entry.credit
        sums[entry.account] += entry.debit - entry.credit
    assert all(total == 0 for total in days.values())
    return dict(sums)


EX_13 = lease(
    payment_amount=D(50_000),
    rate_share_per_year=D("0.05"),
    in_advance=True,
    direct_cost_amount=D(20_000),
    incentive_amount=D(5_000),
)


def test_example_13_measured_anew_for_an_extension() -> None:
    # Part 2: after year 6 the option for 5 more years at 55,000 is to be used; 6 %.
    rest = change(6, *[50_000] * 4, *[55_000] * 5, rate="0.06", kind=ChangeKind.TERM)
    books = book(replace(EX_13, changes=(rest,)))
    assert (books.liability, books.right_of_use) == (D("355391.08"), D("420391.08"))
    (event,) = books.remeasured
    assert round(event.liability_before) == 186_162
    assert round(event.liability) == 378_174
    assert event.gain == 0
    assert event.right_of_use - event.right_before == event.liability - event.liability_before
    assert len(books.lines) == 15
    assert books.lines[-1].closing == books.lines[-1].right_of_use == 0


def test_example_16_more_years_of_the_same() -> None:
    # Ten years of 100,000 at 6 %; at the start of year 7 four years more, at 7 %.
    books = book(lease(changes=(change(6, *[100_000] * 8, rate="0.07"),)))
    (event,) = books.remeasured
    assert round(event.liability_before) == 346_511
    assert round(event.liability) == 597_130
    # The example adds up yearly amounts that were rounded to whole units.
    assert event.right_before == pytest.approx(D(294_404), abs=1)
    assert round(event.right_of_use - event.right_before) == 250_619


def test_example_17_half_is_given_back() -> None:
    # 5,000 m² for ten years of 50,000 at 6 %; from year 6 on half of it for 30,000, at 5 %.
    held = lease(
        payment_amount=D(50_000),
        changes=(change(5, *[30_000] * 5, rate="0.05", kept_share=D("0.5")),),
    )
    (event,) = book(held).remeasured
    assert round(event.right_before) == 184_002
    assert round(event.liability_before) == 210_618
    assert round(event.liability) == 129_884
    assert round(event.gain) == 13_308
    assert round(event.right_of_use) == 92_001 + 24_575


def test_example_19_another_price_alone() -> None:
    # From year 6 on 95,000 instead of 100,000, at 7 %.
    (event,) = book(lease(changes=(change(5, *[95_000] * 5, rate="0.07"),))).remeasured
    assert round(event.liability_before) == 421_236
    assert round(event.liability) == 389_519
    # The example takes one rounded amount from another.
    assert event.right_of_use - event.right_before == pytest.approx(D(-31_717), abs=1)


def test_a_right_of_use_does_not_fall_below_nothing() -> None:
    short = lease(depreciation_count=6, changes=(change(5, *[1_000] * 5, kind=ChangeKind.INDEX),))
    (event,) = book(short).remeasured
    assert event.right_of_use == 0
    assert event.gain > 0


CASES: dict[str, LeaseTerms] = {
    "plain": lease(),
    "advance": EX_13,
    "changed": lease(changes=(change(3, *[90_000] * 6, rate="0.05"), change(5, *[80_000] * 4))),
    "given back": lease(changes=(change(5, *[30_000] * 5, rate="0.05", kept_share=D("0.5")),)),
    "advance, changed": replace(EX_13, changes=(change(6, *[60_000] * 6, rate="0.06"),)),
    "guarantee": lease(residual_guarantee_amount=D(40_000), purchase_amount=D(10_000)),
    "monthly": lease(period=Period.MONTH, payments_count=36, payment_amount=D("1234.56")),
    "quarterly, uneven": lease(
        period=Period.QUARTER, each_amount=tuple(map(D, (500, 400, 300, 1)))
    ),
}


@pytest.mark.parametrize("standard", list(Standard))
@pytest.mark.parametrize("name", list(CASES))
def test_books_balance_and_end_at_nothing(name: str, standard: Standard) -> None:
    books = book(replace(CASES[name], standard=standard))
    sums = balances(books)
    assert sums[OWED] == sums[RIGHT] == 0
    paid = -sums[CASH]
    costs = sum(total for account, total in sums.items() if account != CASH)
    assert costs == paid > 0


def test_an_operating_lease_costs_the_same_until_it_is_measured_anew_and_after() -> None:
    held = lease(
        standard=Standard.ASC_842_OPERATING,
        each_amount=tuple(D(90_000 + 5_000 * k) for k in range(10)),
        changes=(change(4, *[120_000] * 6, rate="0.07"),),
    )
    lines = book(held).lines
    assert len({line.expense for line in lines[:4]}) == 1
    after = [line.expense for line in lines[4:]]
    assert max(after) - min(after) <= D("0.05")
    sums = balances(book(held))
    assert sums[COST] == -sums[CASH]


def test_what_varies_is_expensed_and_no_part_of_the_liability() -> None:
    part = VariablePart(period_count=2, amount=D("777.77"), what="used hours")
    with_it, without = book(lease(variable=(part,))), book(lease())
    assert with_it.liability == without.liability
    assert balances(with_it)[VARIABLE] == D("777.77")


def test_what_was_judged_no_lease_is_expensed() -> None:
    books = book(lease(judgement=NO))
    assert books.lines == ()
    assert balances(books) == {SERVICE: D(1_000_000), CASH: D(-1_000_000)}


def sub(**changes: Any) -> Sublease:
    made = Sublease(
        after_count=2,
        each_amount=(D(110_000),) * 8,
        rate_share_per_year=D("0.06"),
        finance=True,
        reason="it takes all that is left of the right of use",
    )
    return replace(made, **changes)


@pytest.mark.parametrize("standard", list(Standard))
def test_a_finance_sublease_takes_the_right_of_use_out(standard: Standard) -> None:
    # Head lease as in Example 18, leased on after two years for the eight that remain.
    books = book(lease(standard=standard, sublease=sub()))
    assert books.lent[0].opening == D("683077.32")
    assert books.lent[-1].closing == 0
    assert all(line.right_of_use == 0 for line in books.lines[2:])
    assert books.lines[-1].closing == 0
    sums = balances(books)
    assert sums[LENT] == sums[RIGHT] == sums[OWED] == 0
    assert sums[GAIN] < 0


def test_part_of_it_may_be_leased_on() -> None:
    books = book(lease(sublease=sub(right_share=D("0.4"), each_amount=(D(45_000),) * 8)))
    whole = book(lease())
    kept = books.lines[2].depreciation
    assert kept == pytest.approx(whole.lines[2].depreciation * D("0.6"), abs=D("0.02"))
    assert balances(books)[RIGHT] == 0


def test_an_operating_sublease_is_even_income() -> None:
    held = sub(finance=False, each_amount=tuple(map(D, (50_000, 60_000, 70_001))))
    books = book(lease(sublease=held))
    assert books.lent == ()
    incomes = [entry.credit for entry in books.journal if entry.account == RENTED]
    assert sum(incomes) == 180_001
    assert max(incomes) - min(incomes) <= D("0.01")
    assert balances(books)[RIGHT] == 0


BAD: dict[str, tuple[str, LeaseTerms]] = {
    "no payments": ("OTK-C012", lease(payments_count=0)),
    "no such period": ("OTK-C013", lease(changes=(change(10, 1),))),
    "out of order": ("OTK-C013", lease(changes=(change(5, *[1] * 5), change(5, *[1] * 5)))),
    "index": (
        "OTK-C014",
        lease(
            standard=Standard.ASC_842_OPERATING,
            changes=(change(5, *[1] * 5, kind=ChangeKind.INDEX),),
        ),
    ),
    "given back": (
        "OTK-C015",
        lease(changes=(change(5, *[1] * 5, kind=ChangeKind.TERM, kept_share=D("0.5")),)),
    ),
    "sublease too long": ("OTK-C015", lease(sublease=sub(each_amount=(D(1),) * 9))),
    "sublease too late": ("OTK-C013", lease(sublease=sub(after_count=10))),
    "changed after": (
        "OTK-C015",
        lease(sublease=sub(), changes=(change(5, *[1] * 5),)),
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_is_named_with_its_place(name: str) -> None:
    code, lease = BAD[name]
    with pytest.raises(OfftakeError, match=rf"{code} capital\.leases\.x"):
        book(lease)
