"""Statements made by hand: Site ──0──> Op ──A──> Lab, small figures, every kind of line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from offtake.ledger.posting import booked
from offtake.model.charge import Charge, ChargeKind, Coverage, Invoice, Step
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.posting import Posting, Transaction, TransactionKind
from offtake.model.statement import External, Statement

JUNE = Month(2027, 6)
CONTRACTS = (
    Contract(id="0", seller="Site", buyer="Op"),
    Contract(id="A", seller="Op", buyer="Lab", upstream=("0",)),
)


def noon(month: Month, day: int = 3) -> datetime:
    """Give a moment in the month after one: when it is invoiced."""
    after = month + 1
    return datetime(after.year, after.month, day, 12, tzinfo=UTC)


def line(
    contract: str, month: Month, kind: ChargeKind, minor: int, corrects: Month | None = None
) -> Charge:
    name = f"{corrects}.{kind}" if corrects else str(kind)
    step = Step(
        what="what was counted",
        value=Fraction(minor, 3),
        unit="GPU-hours",
        sources=("event:e1", "clause:rates.r"),
    )
    return Charge(
        id=f"{contract}/{month}/{name}",
        contract=contract,
        month=month,
        kind=kind,
        clause="rates.r",
        tranche="T1",
        text=f"{kind} of T1",
        quantity=Fraction(minor, 7),
        unit="GPU-hour",
        price=Fraction(7, 100),
        currency="USD",
        exact=Fraction(minor, 100),
        minor=minor,
        places=2,
        corrects=corrects,
        steps=(step,),
    )


def invoice(contract: str, month: Month, lines: Iterable[Charge], as_of: datetime) -> Invoice:
    seller, buyer = {"0": ("Site", "Op"), "A": ("Op", "Lab")}[contract]
    return Invoice(
        contract=contract,
        month=month,
        seller=seller,
        buyer=buyer,
        currency="USD",
        places=2,
        as_of=as_of,
        charges=tuple(lines),
        coverage=(Coverage(meter="gpu-time", share=Fraction(2, 3), reading_count=5),),
        notes=("nobody claimed", "a second note"),
    )


def statement(month: Month = JUNE, *, seed: int = 0) -> Statement:
    """Give a month; another seed is another statement of the same month."""
    as_of = noon(month)
    n = 100_000 + 17 * seed + 1_000 * (month - JUNE)
    kinds = ChargeKind
    rent = [line("0", month, kinds.CAPACITY, 40_000 + n)]
    if month != JUNE:
        rent.append(line("0", month, kinds.CAPACITY, -250, corrects=month + -1))
    lab = [
        line("A", month, kinds.CAPACITY, 3 * n),
        line("A", month, kinds.SERVICE_CREDIT, -7_001),
        line("A", month, kinds.TAX, 2_400),
        line("A", month, kinds.PREPAYMENT, 50_000),
        line("A", month, kinds.PREPAYMENT_CREDIT, -12_345),
    ]
    outside = External(
        id=f"external/{month}/tariff.grid",
        month=month,
        payer="Site",
        payee="Utility",
        text="electricity",
        currency="USD",
        minor=9_999,
        places=2,
        steps=(Step(what="energy", value=12, unit="kWh", sources=("tariff:t",)),),
    )
    return Statement(
        month=month,
        as_of=as_of,
        invoices=(invoice("0", month, rent, as_of), invoice("A", month, lab, as_of)),
        externals=(outside,),
    )


def posted(month: Month = JUNE, *, seed: int = 0) -> tuple[Transaction, ...]:
    return booked(statement(month, seed=seed))


def transfer(
    key: str = "t1",
    *,
    month: Month = JUNE,
    minor: int = 500,
    reverses: str | None = None,
) -> Transaction:
    """Give a transaction booked by hand: capital paid in to the Lab."""
    sign = -1 if reverses else 1
    kind = TransactionKind.REVERSAL if reverses else TransactionKind.OTHER
    return Transaction(
        key=key,
        party="Lab",
        month=month,
        day=month.first_day,
        kind=kind,
        text="capital paid in",
        reverses=reverses,
        postings=(
            Posting(account="Assets:Cash", currency="USD", minor=sign * minor, places=2),
            Posting(account="Equity:Capital", currency="USD", minor=-sign * minor, places=2),
        ),
    )


def payment(
    ident: str, when: datetime, amount: str, *, month: Month = JUNE, replaces: str | None = None
) -> Event:
    return Event(
        id=ident,
        kind=EventKind.PAID,
        starts=when,
        recorded=when,
        contract="A",
        month=month,
        amount=Decimal(amount),
        currency="USD",
        replaces=replaces,
    )
