"""The worked month as a world says what the worked month of settlement's tests says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from offtake.files import open_document
from offtake.files.records import look, read_records
from offtake.ledger.chain import settle_chain
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month, epoch
from offtake.model.reading import Meter, Tariff
from offtake.model.records import METERS, Readings
from tests.ledger import june
from tests.worlds.worlds import WORLDS, world

WORLD = WORLDS / "june-chain"
RECORDS = read_records(WORLD)


def terms(contract: Contract) -> Contract:
    """A contract without what only planning and readers go by, acceptance apart."""
    bare = replace(contract, provenance=None, delay=None, note="")
    return replace(bare, tranches=tuple(replace(t, accepted=None) for t in bare.tranches))


def test_the_contracts_are_the_same() -> None:
    assert [terms(c) for c in world("june-chain").contracts] == [terms(c) for c in june.CONTRACTS]


def facts(event: Event) -> tuple[object, ...]:
    """What settlement goes by: not the event's name, nor when it became known."""
    hours = event.duration_hours
    if hours is None and event.ends is not None:
        hours = Fraction(epoch(event.ends) - epoch(event.starts), 3600)  # type: ignore[assignment]
    return (
        *(event.kind, event.tranches, event.site, event.nodes, event.starts, event.ends),
        *(event.scope if event.kind is EventKind.OUTAGE else None, event.payer, event.payee),
        *(event.power_mw, event.price, event.currency, hours and Fraction(hours)),
    )


def accepted(tranches: Iterable[tuple[str, Tranche]]) -> set[tuple[str, object]]:
    return {(name, t.accepted) for name, t in tranches if t.accepted is not None}


def test_the_same_things_happened() -> None:
    """T1 and phase 1 were accepted long before: there by an event, here in the contract."""
    before = june.JUNE.first_day
    late = [e for e in june.EVENTS if e.starts.date() >= before]
    early = [e for e in june.EVENTS if e.starts.date() < before]
    assert sorted(map(facts, RECORDS.events), key=str) == sorted(map(facts, late), key=str)
    named = ((f"{c.id}.{t.id}", t) for c in world("june-chain").contracts for t in c.tranches)
    assert accepted(named) == {(name, e.starts.date()) for e in early for name in e.tranches}
    assert {e.kind for e in early} == {EventKind.ACCEPTED}


def metered(readings: Readings) -> set[tuple[object, ...]]:
    names = (*readings.names, None)
    return {
        (METERS[meter], names[site], names[tranche], names[node], start, end, amount)
        for meter, site, tranche, node, start, end, amount in zip(
            readings.meter.tolist(),
            readings.site.tolist(),
            readings.tranche.tolist(),
            readings.node.tolist(),
            readings.starts.tolist(),
            readings.ends.tolist(),
            readings.amount.tolist(),
            strict=True,
        )
    }


def test_the_same_was_metered() -> None:
    tokens = RECORDS.readings.meter == METERS.index(Meter.TOKENS)
    assert metered(RECORDS.readings.where(~tokens)) == metered(june.RECORDS.readings)
    # Tokens are there to be measured: nobody is billed by them.
    assert (len(RECORDS.readings), int(tokens.sum())) == (7, 2)


def test_the_same_was_published() -> None:
    (ours,), (theirs,) = RECORDS.fixings, june.FIXINGS
    assert replace(ours, recorded=theirs.recorded) == theirs
    assert str(ours.value_amount) == "10.4000"


def prices(tariff: Tariff) -> tuple[object, ...]:
    said = (tariff.energy_price, tariff.demand_price, tariff.fixed_amount)
    return (tariff.site, tariff.payer, tariff.currency, *said)


def test_electricity_costs_the_same() -> None:
    (ours,), (theirs,) = RECORDS.tariffs, june.TARIFFS
    assert prices(ours) == prices(theirs)
    assert ours.starts <= june.JUNE.first_day


def test_all_was_known_when_the_month_was_invoiced() -> None:
    assert Month(2027, 6) == june.JUNE
    known = [e.recorded for e in RECORDS.events] + [f.recorded for f in RECORDS.fixings]
    assert max(*known, *(t.recorded for t in RECORDS.tariffs)) <= june.AS_OF
    assert RECORDS.readings.recorded.max() <= epoch(june.AS_OF)


def test_nothing_is_to_be_said_about_the_records() -> None:
    looked = look(open_document(WORLD))
    assert (looked.faults, looked.remarks) == ((), ())
    assert {path.name for path in looked.files} == {
        *("events.yaml", "meters.yaml", "prices.yaml", "tokens.yaml")
    }


def test_the_world_settles_to_the_figures_of_its_readme() -> None:
    readme = (WORLD / "README.md").read_text()
    last = max([*(e.recorded for e in RECORDS.events), june.AS_OF])
    statement = settle_chain(world("june-chain").contracts, RECORDS, june.JUNE, as_of=last)
    nets = [f"**{statement.by_contract[name].net:,}**" for name in ("0", "A", "B")]
    assert f"| **sum** | {' | '.join(nets)} |" in readme
    assert f"{statement.by_contract['A'].cash_due:,} of A is due in cash" in readme
    left = {p.party: p.margin for p in statement.positions}
    assert sum(left.values()) == 0
    kept = (left["siteco"], left["opco"], left["hyperco"])
    said = "SiteCo keeps {:,}, OpCo {:,} and HyperCo {:,}.".format(*kept)
    assert said in " ".join(readme.split())
