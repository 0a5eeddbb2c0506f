"""Laws of settlement, on random chains: what must be true whatever the clauses say."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from offtake.ledger.chain import settle_chain
from offtake.ledger.corrections import billed, corrected, corrected_externals, name_of
from offtake.ledger.facts import World
from offtake.ledger.leaks import leaks
from offtake.ledger.remetered import cut_power
from offtake.ledger.stated import statement_plain
from offtake.model.event import Event, EventKind
from offtake.model.leak import TOGETHER
from offtake.model.month import Month
from offtake.model.records import Readings
from offtake.model.statement import Statement
from tests.ledger.random_chains import AS_OF, CLOSED_AS_OF, MONTH, NEXT, Chain, chains

SEEDS = st.integers(0, 2**32)
DOWN = (EventKind.OUTAGE, EventKind.MAINTENANCE)
YEARS = timedelta(days=28 * 365 + 7)
"""28 years, after which days of the week and leap years are the same again."""


def settled(chain: Chain, *, as_of: datetime = AS_OF) -> Statement:
    return settle_chain(chain.contracts, chain.records, MONTH, as_of=as_of)


def amounts(statement: Statement) -> dict[str, int]:
    """Give every line and its amount."""
    lines = {charge.id: charge.minor for charge in statement.charges}
    return lines | {external.id: external.minor for external in statement.externals}


def shuffled(items: Iterable[Any], seed: int) -> tuple[Any, ...]:
    held = list(items)
    random.Random(seed).shuffle(held)
    return tuple(held)


@settings(max_examples=20)
@given(chains())
def test_money_in_is_money_out(chain: Chain) -> None:
    """Every party's margin is what it gets less what it pays; all margins add up to nothing."""
    statement = settled(chain)
    margins: dict[tuple[str, str], int] = defaultdict(int)
    for invoice in statement.invoices:
        net = sum(c.minor for c in invoice.charges if not c.kind.is_cash_only)
        margins[invoice.seller, invoice.currency] += net
        margins[invoice.buyer, invoice.currency] -= net
    for external in statement.externals:
        margins[external.payee, external.currency] += external.minor
        margins[external.payer, external.currency] -= external.minor
    told = {(p.party, p.currency): p.in_minor - p.out_minor for p in statement.positions}
    assert told == dict(margins)
    for currency in {currency for _, currency in margins}:
        assert sum(m for (_, c), m in margins.items() if c == currency) == 0


@settings(max_examples=15)
@given(chains(), SEEDS)
def test_order_and_duplicates_change_nothing(chain: Chain, seed: int) -> None:
    again = replace(
        chain,
        contracts=shuffled(chain.contracts, seed),
        events=shuffled((*chain.events, *chain.events[:2]), seed),
        readings=shuffled((*chain.readings, *chain.readings[:3]), seed),
        fixings=shuffled(chain.fixings, seed),
    )
    assert statement_plain(settled(again)) == statement_plain(settled(chain))


@settings(max_examples=10)
@given(chains())
def test_settling_twice_gives_the_same_bytes(chain: Chain) -> None:
    def said() -> str:
        fresh = Readings.of(replace(reading) for reading in chain.readings)
        records = replace(chain.records, readings=fresh)
        made = settle_chain(chain.contracts, records, MONTH, as_of=AS_OF)
        return json.dumps(statement_plain(made))

    assert said() == said()


@settings(max_examples=15)
@given(chains(), st.data())
def test_an_interval_in_two_touching_parts_is_the_same(chain: Chain, data: st.DataObject) -> None:
    down = [event for event in chain.events if event.kind in DOWN]
    if not down:
        return
    event = data.draw(st.sampled_from(down))
    assert event.ends is not None
    length = int((event.ends - event.starts).total_seconds())
    middle = event.starts + timedelta(seconds=data.draw(st.integers(1, length - 1)))
    parts = (
        replace(event, id=f"{event.id}-a", ends=middle),
        replace(event, id=f"{event.id}-b", starts=middle),
    )
    others = tuple(other for other in chain.events if other is not event)
    split = replace(chain, events=(*others, *parts))
    assert amounts(settled(split)) == amounts(settled(chain))


@settings(max_examples=12)
@given(chains(), st.data())
def test_a_reading_in_two_parts_changes_only_counts(chain: Chain, data: st.DataObject) -> None:
    reading = data.draw(st.sampled_from(chain.readings))
    length = int((reading.ends - reading.starts).total_seconds())
    middle = reading.starts + timedelta(seconds=data.draw(st.integers(1, length - 1)))
    part = data.draw(st.integers(0, reading.amount)) if reading.meter.adds_up else reading.amount
    rest = reading.amount - part if reading.meter.adds_up else reading.amount
    parts = (
        replace(reading, id=f"{reading.id}-a", ends=middle, amount=part),
        replace(reading, id=f"{reading.id}-b", starts=middle, amount=rest),
    )
    others = tuple(other for other in chain.readings if other is not reading)
    whole, split = settled(chain), settled(replace(chain, readings=(*others, *parts)))
    assert amounts(split) == amounts(whole)
    for first, second in zip(whole.invoices, split.invoices, strict=True):
        assert [(c.meter, c.share) for c in first.coverage] == [
            (c.meter, c.share) for c in second.coverage
        ]


@settings(max_examples=10)
@given(chains())
def test_when_facts_were_recorded_before_the_close_does_not_matter(chain: Chain) -> None:
    earlier = replace(
        chain,
        events=tuple(replace(e, recorded=max(e.starts, e.ends or e.starts)) for e in chain.events),
        readings=tuple(replace(r, recorded=r.ends) for r in chain.readings),
    )
    assert amounts(settled(earlier)) == amounts(settled(chain))


@settings(max_examples=12)
@given(chains())
def test_years_of_equal_shape_give_equal_invoices(chain: Chain) -> None:
    """Moved by 28 years, everything costs the same."""
    month = Month(MONTH.year + 28, MONTH.month)
    moved = _moved(chain)
    later = settle_chain(moved.contracts, moved.records, month, as_of=AS_OF + YEARS)
    renamed = {
        name.replace(str(month), str(MONTH)): minor for name, minor in amounts(later).items()
    }
    assert renamed == amounts(settled(chain))


def _moved(chain: Chain) -> Chain:
    def shift(value: Any) -> Any:
        moved = {}
        for name in value.__dataclass_fields__:
            held = getattr(value, name)
            if isinstance(held, (date, datetime)):
                moved[name] = held + YEARS
        return replace(value, **moved)

    return Chain(
        contracts=tuple(
            replace(c, tranches=tuple(shift(t) for t in c.tranches)) for c in chain.contracts
        ),
        events=tuple(shift(e) for e in chain.events),
        readings=tuple(shift(r) for r in chain.readings),
        fixings=tuple(shift(f) for f in chain.fixings),
        tariffs=tuple(shift(t) for t in chain.tariffs),
    )


LATE = datetime(2027, 7, 15, tzinfo=CLOSED_AS_OF.tzinfo)


def _late(chain: Chain, data: st.DataObject) -> Chain:
    """Let some outages, cuts for the grid and readings of use become known after the close."""
    kinds = (*DOWN, EventKind.DEMAND_RESPONSE)
    events = tuple(
        replace(e, recorded=LATE) if e.kind in kinds and data.draw(st.booleans()) else e
        for e in chain.events
    )
    readings = tuple(
        replace(r, recorded=LATE)
        if r.tranche and r.id == "june" and data.draw(st.booleans())
        else r
        for r in chain.readings
    )
    return replace(chain, events=events, readings=readings)


def _billed(statements: Iterable[Statement], month: Month) -> dict[tuple[str, str], int]:
    """Add up what was invoiced for a month, by line, in whatever month; nothing is left out."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for statement in statements:
        for charge in statement.charges:
            if (charge.corrects or charge.month) == month:
                found[charge.contract, name_of(charge)] += charge.minor
        for external in statement.externals:
            if (external.corrects or external.month) == month:
                sign = 1 if external.payer < external.payee else -1
                found["external", name_of(external)] += sign * external.minor
    return {key: minor for key, minor in found.items() if minor}


@settings(max_examples=12)
@given(chains(deepest=4), st.data())
def test_late_facts_become_lines_that_add_up_to_the_difference(
    chain: Chain, data: st.DataObject
) -> None:
    late = _late(chain, data)
    june = settled(late, as_of=CLOSED_AS_OF)
    july = settle_chain(late.contracts, late.records, NEXT, as_of=AS_OF, closed=[june])
    plain = settle_chain(late.contracts, late.records, NEXT, as_of=AS_OF)
    assert _billed([june, july], MONTH) == _billed([settled(late)], MONTH)
    own = [charge for charge in july.charges if charge.corrects is None]
    assert own == list(plain.charges), "corrections do not touch the month's own lines"
    known = settled(chain, as_of=AS_OF)
    assert _billed([june, july], MONTH) == _billed([known], MONTH), "order of arrival is nothing"


@settings(max_examples=6)
@given(chains(deepest=3), st.data())
def test_correcting_twice_adds_nothing(chain: Chain, data: st.DataObject) -> None:
    late = _late(chain, data)
    june = settled(late, as_of=CLOSED_AS_OF)
    july = settle_chain(late.contracts, late.records, NEXT, as_of=AS_OF, closed=[june])
    anew, was = settled(late), billed(MONTH, [june, july])
    for contract in late.contracts:
        invoice = july.by_contract[contract.id]
        assert corrected(invoice, anew.by_contract[contract.id], was, contract) is invoice
    assert corrected_externals(anew.externals, was, NEXT) == ()


@settings(max_examples=6)
@given(chains(deepest=3))
def test_leaks_of_a_party_add_up_to_what_facts_did_to_it(chain: Chain) -> None:
    """Facts one by one and what they do together are the month against a month without any."""
    report = leaks(chain.contracts, chain.records, MONTH, as_of=AS_OF)
    assert not [note for note in report.notes if "not sound" in note or "alone" in note]
    actual = {(p.party, p.currency): p.in_minor - p.out_minor for p in settled(chain).positions}
    calm = _calm(chain)
    for party in {leak.party for leak in report.facts}:
        rows = [leak for leak in report.facts if leak.party == party and leak.currency == "USD"]
        assert sum(r.net_minor for r in rows) == actual[party, "USD"] - calm[party, "USD"]
        for row in rows:
            assert row.shifts
            assert row.fact == TOGETHER or row.fact_says


def _calm(chain: Chain) -> dict[tuple[str, str], int]:
    """Settle the chain with everything on time and nothing down."""
    events: list[Event] = []
    for event in chain.events:
        if event.kind is EventKind.ACCEPTED:
            tranche = event.id.removeprefix("accept-")
            due = next(t.due for c in chain.contracts for t in c.tranches if t.id == tranche)
            moment = datetime(due.year, due.month, due.day, tzinfo=AS_OF.tzinfo)
            events.append(replace(event, starts=moment))
    world = World(contracts=chain.contracts, records=replace(chain.records, events=tuple(events)))
    cut = cut_power(world, MONTH, AS_OF)
    calm = settle_chain(cut.contracts, cut.records, MONTH, as_of=AS_OF)
    return {(p.party, p.currency): p.in_minor - p.out_minor for p in calm.positions}
