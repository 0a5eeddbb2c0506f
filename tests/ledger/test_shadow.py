"""A supplier's invoice beside ours: what is matched, what differs and why, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.ledger.chain import settle_chain
from offtake.ledger.pairing import TheirLine
from offtake.ledger.shadow import Finding, Held, Reason, Shadow, shadow
from offtake.model.charge import Charge, ChargeKind
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, RECORDS

STATEMENT = settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)
A, B = STATEMENT.by_contract["A"], STATEMENT.by_contract["B"]


def line_of(charge: Charge, **other: object) -> TheirLine:
    made = TheirLine(
        place=charge.id,
        text=charge.text,
        kinds=frozenset((charge.kind,)),
        tranche=charge.tranche,
        subject=charge.subject,
        quantity=Fraction(charge.quantity),
        unit=charge.unit,
        price=charge.price,
        amount=charge.amount,
        currency=charge.currency,
    )
    return replace(made, **other)  # type: ignore[arg-type]


def theirs(**changed: TheirLine | None) -> list[TheirLine]:
    """Give A as its supplier writes it, with lines changed or left out by their name."""
    lines = {c.id.removeprefix(f"{A.id}/"): line_of(c) for c in A.charges}
    assert not changed.keys() - lines.keys()
    return [line for line in {**lines, **changed}.values() if line is not None]


def charge(name: str) -> Charge:
    return next(one for one in A.charges if one.id == f"{A.id}/{name}")


def sound(found: Shadow, lines: Sequence[TheirLine]) -> Shadow:
    """Make sure that every line is in one finding, and that the differences add up."""
    assert sorted(c.id for one in found.held for c in one.ours) == sorted(
        c.id for c in found.invoice.charges
    )
    assert sorted(id(line) for one in found.held for line in one.theirs) == sorted(map(id, lines))
    assert found.difference == sum(line.amount for line in lines) - found.invoice.cash_due
    return found


def odd(lines: Sequence[TheirLine]) -> list[Held]:
    """Give the findings that are no match."""
    found = sound(shadow(A, lines), lines)
    return [one for one in found.held if one.finding is not Finding.MATCHED]


def test_the_same_invoice_is_matched_line_by_line() -> None:
    assert odd(theirs()) == []
    assert odd(list(reversed(theirs()))) == []


def test_the_same_amounts_alone_are_matched() -> None:
    bare = [TheirLine(place=str(i), amount=c.amount) for i, c in enumerate(A.charges)]
    assert odd(bare) == []


T2 = "rates.capacity.T2"
CREDIT = "service_levels.node.T2.n600"


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "reason"),
    [
        (Fraction(604_160), Fraction("1.90"), "1147904.00", Reason.QUANTITY),
        (Fraction(491_520), Fraction("1.95"), "958464.00", Reason.PRICE),
        (Fraction(604_160), Fraction("1.95"), "1178112.00", Reason.QUANTITY_AND_PRICE),
        (Fraction(491_520), Fraction("1.90"), "933888.01", Reason.ROUNDING),
        (Fraction(491_520), Fraction("1.90"), "933889.00", Reason.ARITHMETIC),
        (None, Fraction("1.95"), "958464.00", Reason.PRICE),
        (Fraction(604_160), None, "1147904.00", Reason.QUANTITY),
        (None, None, "1147904.00", Reason.NOT_TOLD),
    ],
)
def test_an_amount_that_differs_says_by_how_much_and_why(
    quantity: Fraction | None, price: Fraction | None, amount: str, reason: Reason
) -> None:
    wrong = line_of(charge(T2), quantity=quantity, price=price, amount=Decimal(amount))
    (one,) = odd(theirs(**{T2: wrong}))
    assert (one.finding, one.reason) == (Finding.DIFFERS, reason)
    assert one.ours == (charge(T2),)
    assert one.difference == Decimal(amount) - Decimal("933888.00")


def test_another_unit_is_told() -> None:
    wrong = line_of(
        charge(T2),
        quantity=Fraction(64),
        unit="node-month",
        price=Fraction(20_000),
        amount=Decimal(1_280_000),
    )
    (one,) = odd(theirs(**{T2: wrong}))
    assert one.reason is Reason.UNIT


def test_a_credit_they_leave_out_is_told() -> None:
    (one,) = odd(theirs(**{CREDIT: None}))
    assert (one.finding, one.reason) == (Finding.MISSING_ON_THEIRS, Reason.CREDIT_MISSING)
    assert one.difference == Decimal("3648.00")


def test_a_charge_they_leave_out_is_told() -> None:
    (one,) = odd(theirs(**{T2: None}))
    assert (one.finding, one.reason) == (Finding.MISSING_ON_THEIRS, Reason.NOT_CHARGED)
    assert one.difference == Decimal("-933888.00")


def test_a_fee_no_clause_asks_for_is_told() -> None:
    fee = TheirLine(place="12", text="setup", amount=Decimal("500.00"))
    (one,) = odd([*theirs(), fee])
    assert (one.finding, one.reason) == (Finding.MISSING_ON_OURS, Reason.NO_CLAUSE)
    assert one.difference == Decimal("500.00")


def test_a_line_charged_twice_is_told_under_any_id() -> None:
    again = line_of(charge(T2), id="ours-77", place="12")
    (one,) = odd([*theirs(), again])
    assert (one.finding, one.reason) == (Finding.MISSING_ON_OURS, Reason.TWICE)
    assert one.theirs == (again,)


def test_one_line_may_be_several_of_ours() -> None:
    names = [n for c in A.charges if (n := c.id.removeprefix(f"{A.id}/")).startswith("service")]
    credits = TheirLine(
        place="9", kinds=frozenset((ChargeKind.SERVICE_CREDIT,)), amount=Decimal("-10214.40")
    )
    assert odd([*theirs(**dict.fromkeys(names)), credits]) == []
    less = replace(credits, amount=Decimal("-6566.40"))
    (one,) = odd([*theirs(**dict.fromkeys(names)), less])
    assert (one.finding, len(one.ours)) == (Finding.DIFFERS, 3)
    assert one.difference == Decimal("3648.00")


def test_what_they_tell_otherwise_is_never_paired() -> None:
    other = line_of(charge(T2), tranche="T9", amount=Decimal("933888.00"))
    found = odd(theirs(**{T2: other}))
    assert [(one.finding, one.reason) for one in found] == [
        (Finding.MISSING_ON_THEIRS, Reason.NOT_CHARGED),
        (Finding.MISSING_ON_OURS, Reason.NO_CLAUSE),
    ]


def test_an_id_of_ours_pairs_before_all_else() -> None:
    wrong = TheirLine(place="3", id=T2, amount=Decimal("5603328.00"))
    (one,) = odd(theirs(**{T2: wrong}))
    assert (one.ours, one.finding) == ((charge(T2),), Finding.DIFFERS)


def test_another_currency_is_a_fault() -> None:
    lines = theirs(**{T2: line_of(charge(T2), currency="EUR", place="invoice.csv:3")})
    with pytest.raises(OfftakeError, match=r"OTK-L190 invoice\.csv:3: .* got EUR"):
        shadow(A, lines)


@given(
    st.lists(
        st.builds(
            TheirLine,
            place=st.just("x"),
            id=st.sampled_from(["", "rates.use.T1", "nothing"]),
            kinds=st.frozensets(st.sampled_from(list(ChargeKind)), max_size=2),
            tranche=st.sampled_from([None, "T1", "T2", "T9"]),
            amount=st.one_of(
                st.sampled_from([c.amount for c in B.charges]),
                st.decimals(-(10**6), 10**6, places=3),
            ),
        ),
        max_size=14,
    )
)
def test_whatever_they_write_every_line_is_told_once(lines: list[TheirLine]) -> None:
    sound(shadow(B, lines), lines)
