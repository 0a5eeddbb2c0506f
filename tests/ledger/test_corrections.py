"""Corrections of closed months: lines of the next invoice that add up, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.chain import settle_chain
from offtake.ledger.corrections import billed, corrected, name_of
from offtake.model.charge import Charge, ChargeKind
from offtake.model.event import Event, EventKind
from offtake.model.reading import Fixing, Meter, Reading
from offtake.model.records import Records
from offtake.model.statement import Statement
from tests.ledger.june import AS_OF, CONTRACT_A, CONTRACTS, EVENTS, JUNE, READINGS, RECORDS, records

JULY, AUGUST = JUNE + 1, JUNE + 2
END_OF_JULY = datetime(2027, 8, 2, tzinfo=UTC)
END_OF_AUGUST = datetime(2027, 9, 2, tzinfo=UTC)
LATE = datetime(2027, 7, 20, tzinfo=UTC)
LATER = datetime(2027, 8, 20, tzinfo=UTC)


def longer(events: tuple[Event, ...] = EVENTS) -> Event:
    """Say that the fabric was down for 4 minutes longer: A pays for every node then."""
    old = next(e for e in events if e.id == "fabric-t1")
    assert old.ends is not None
    return replace(
        old, id="fabric-t1-2", replaces=old.id, recorded=LATE, ends=old.ends + timedelta(minutes=4)
    )


def of_months(*events: Event, readings: tuple[Reading, ...] = ()) -> Records:
    """Give June with other facts, and meters and fixings for July and August."""
    more = []
    months = ((JULY, date(2027, 7, 30)), (AUGUST, date(2027, 8, 31)))
    fixings = list(RECORDS.fixings)
    for month, day in months:
        starts = datetime(month.year, month.month, 1, tzinfo=UTC)
        ends = datetime(month.year, month.month + 1, 1, tzinfo=UTC)
        for reading in READINGS:
            more.append(
                replace(
                    reading,
                    id=str(month),
                    starts=starts,
                    ends=ends,
                    recorded=ends + timedelta(hours=6),
                )
            )
        noon = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
        rate = Decimal("10.4")
        fixings.append(Fixing(series="USD/NOK", day=day, value_amount=rate, recorded=noon))
    made = records((*EVENTS, *events), (*READINGS, *more, *readings))
    return replace(made, fixings=tuple(fixings))


def corrections(statement: Statement) -> list[Charge]:
    return [charge for charge in statement.charges if charge.corrects]


@pytest.fixture(scope="module")
def june() -> Statement:
    return settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)


@pytest.fixture(scope="module")
def july(june: Statement) -> Statement:
    facts = of_months(longer())
    return settle_chain(CONTRACTS, facts, JULY, as_of=END_OF_JULY, closed=[june])


def test_nothing_new_gives_no_line(june: Statement) -> None:
    made = settle_chain(CONTRACTS, of_months(), JULY, as_of=END_OF_JULY, closed=[june])
    assert corrections(made) == []
    assert made == settle_chain(CONTRACTS, of_months(), JULY, as_of=END_OF_JULY)


def test_a_late_fact_becomes_lines_of_the_next_invoice(june: Statement, july: Statement) -> None:
    """At 3 h 39 min every node of T1 falls below 99.5 %: A credits all of them."""
    lines = corrections(july)
    assert {line.contract for line in lines} == {"A", "B"}
    assert all(line.corrects == JUNE and line.month == JULY for line in lines)
    assert all(line.id.startswith(f"{line.contract}/2027-07/2027-06.") for line in lines)
    credits = [line for line in lines if line.kind is ChargeKind.SERVICE_CREDIT]
    assert sum(c.amount for c in credits if c.contract == "A") < -500_000
    anew = settle_chain(CONTRACTS, of_months(longer()), JUNE, as_of=END_OF_JULY)
    for name in ("0", "A", "B"):
        late = sum(line.minor for line in lines if line.contract == name)
        closed, now = june.by_contract[name].net_minor, anew.by_contract[name].net_minor
        assert closed + late == now


def test_a_correction_says_what_was_invoiced_and_what_is_owed(july: Statement) -> None:
    line = next(c for c in corrections(july) if c.contract == "B")
    now, until, change = line.steps[-3:]
    assert now.value - until.value == Fraction(line.amount)
    assert until.sources == (f"line:B/2027-06/{name_of(line)}",)
    assert change.unit == "USD"
    assert line.text.startswith("2027-06 corrected: ")
    assert line.exact == line.quantity * line.price


def test_correcting_again_gives_nothing_new(june: Statement, july: Statement) -> None:
    made = settle_chain(
        CONTRACTS, of_months(longer()), AUGUST, as_of=END_OF_AUGUST, closed=[july, june]
    )
    assert corrections(made) == []


def test_what_is_undone_comes_back(june: Statement, july: Statement) -> None:
    """In August the longer outage turns out to be wrong: its lines are reversed."""
    back = replace(EVENTS[4], id="fabric-t1-3", replaces="fabric-t1-2", recorded=LATER)
    assert EVENTS[4].id == "fabric-t1"
    facts = of_months(longer(), back)
    august = settle_chain(CONTRACTS, facts, AUGUST, as_of=END_OF_AUGUST, closed=[june, july])
    sums: dict[tuple[str, str], int] = {}
    for line in (*corrections(july), *corrections(august)):
        if line.corrects == JUNE:
            key = (line.contract, name_of(line))
            sums[key] = sums.get(key, 0) + line.minor
    assert sums
    assert set(sums.values()) == {0}
    gone = next(c for c in corrections(august) if c.contract == "A")
    assert gone.amount > 0, "a credit that is owed no more is charged back"


def test_a_late_cut_for_the_grid_moves_money_from_outside(june: Statement) -> None:
    old = next(e for e in EVENTS if e.kind is EventKind.DEMAND_RESPONSE)
    wrong = replace(old, id="reserve-2", replaces=old.id, recorded=LATE, power_mw=Decimal("1"))
    made = settle_chain(CONTRACTS, of_months(wrong), JULY, as_of=END_OF_JULY, closed=[june])
    late = [external for external in made.externals if external.corrects]
    paid = {(e.payer, e.payee, e.amount) for e in late}
    assert paid == {
        ("opco", "grid", Decimal("1800.00")),
        ("grid", "opco", Decimal("900.00")),
    }
    assert all(external.id.startswith("external/2027-07/2027-06.") for external in late)
    assert sum(p.margin for p in made.positions) == 0
    shares = [c for c in corrections(made) if c.kind is ChargeKind.DEMAND_RESPONSE]
    assert {
        (c.contract, sum(d.amount for d in shares if d.contract == c.contract)) for c in shares
    } == {
        ("A", Decimal("450.00")),
        ("B", Decimal("450.00")),
    }


def test_cash_lines_are_corrected_and_stay_cash(june: Statement) -> None:
    wrong = replace(june.by_contract["A"].charges[-1], minor=-1)
    assert wrong.kind is ChargeKind.PREPAYMENT_CREDIT
    invoice = june.by_contract["A"]
    was = replace(
        june,
        invoices=tuple(
            replace(i, charges=(*i.charges[:-1], wrong)) if i.contract == "A" else i
            for i in june.invoices
        ),
    )
    made = corrected(
        replace(invoice, month=JULY, charges=()), invoice, billed(JUNE, [was]), CONTRACT_A
    )
    (line,) = made.charges
    assert line.minor == invoice.charges[-1].minor + 1
    assert made.net_minor == 0


def test_another_currency_is_refused_and_another_party_noted(june: Statement) -> None:
    invoice = june.by_contract["A"]
    was = billed(JUNE, [june])
    with pytest.raises(OfftakeError) as raised:
        corrected(replace(invoice, currency="EUR"), invoice, was, CONTRACT_A)
    assert [fault.code for fault in raised.value.faults] == ["OTK-L153"]
    cheaper = replace(invoice, charges=invoice.charges[1:], buyer="newco")
    made = corrected(replace(cheaper, month=JULY, charges=()), cheaper, was, CONTRACT_A)
    assert made.notes[-1].startswith("2027-06 was invoiced by opco to hyperco")
    assert made.charges[0].minor == -invoice.charges[0].minor


def test_use_metered_late_is_charged_late(june: Statement) -> None:
    """More use: usage grows and the shortfall shrinks, each on its own line."""
    more = replace(
        next(r for r in READINGS if r.meter is Meter.GPU_TIME),
        source="slurm-extra",
        amount=1000 * 3600,
        starts=datetime(2027, 6, 1, tzinfo=UTC),
        ends=datetime(2027, 6, 2, tzinfo=UTC),
        recorded=LATE,
    )
    facts = of_months(readings=(more,))
    made = settle_chain(CONTRACTS, facts, JULY, as_of=END_OF_JULY, closed=[june])
    lines = {(c.contract, c.kind): c.amount for c in corrections(made)}
    assert lines["B", ChargeKind.USAGE] == Decimal("2350.00")
    assert lines["B", ChargeKind.SHORTFALL] == Decimal("-2350.00")
