"""Money that enters or leaves a chain: electricity bills, and income from demand response.

A bill is what the site's meters showed at the tariff, without any contract's cap: the tariff
is settled like a clause that hands all of it on, from its seller to its payer. Where the
payer sells at the site in another currency and its contract says how to exchange the
tariff's, the bill is exchanged by that rule; else it stays in the tariff's own currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.case import Case, rounded, window
from offtake.ledger.known import Known
from offtake.ledger.power import pass_through
from offtake.ledger.service import Piece, Service
from offtake.model.charge import Charge, Step
from offtake.model.clause import CostOf, FixingRule, PassThrough, TariffPart
from offtake.model.contract import Contract, Rounding, Tranche
from offtake.model.event import NEEDED, Event, EventKind
from offtake.model.leak import Topic
from offtake.model.month import Month, epoch, midnight
from offtake.model.reading import Meter, Tariff
from offtake.model.records import METERS
from offtake.model.statement import External

_POWER, _RESPONSE = "electricity", "demand-response"

_METERED = tuple(METERS.index(m) for m in (Meter.FACILITY_ENERGY, Meter.PEAK_POWER))


def externals(contracts: Sequence[Contract], facts: Known, month: Month) -> tuple[External, ...]:
    """Give electricity bills and demand-response income of a month, by name.

    Raises:
        OfftakeError: what a bill needs was not metered or fixed; the faults of a clause that
            hands electricity on (`OTK-L120` and on), with the tariff as their place; an
            event of demand response lacks what it needs (`OTK-L157`).
    """
    found: list[External] = []
    faults: list[Fault] = []
    for tariff in facts.tariffs:
        try:
            found += _electricity(tariff, _terms(tariff, contracts), facts, month)
        except OfftakeError as error:
            faults += error.faults
    for event in facts.of(EventKind.DEMAND_RESPONSE):
        first, last = window(month, _zone(contracts, event.payee))
        if first <= epoch(event.starts) < last:
            try:
                found.append(_income(event, month))
            except OfftakeError as error:
                faults += error.faults
    if faults:
        raise OfftakeError(faults)
    return tuple(sorted(found, key=lambda external: external.id))


def outside_topic(external: External) -> Topic:
    """Tell what money from outside is about."""
    name = external.id.split("/")[2]
    return Topic.DEMAND_RESPONSE if _RESPONSE in name.split(".") else Topic.POWER


@dataclass(frozen=True, slots=True)
class _Terms:
    """How a bill is counted: the currency, zone and rules of the contract that it meets."""

    currency: str
    zone: str
    rounding: Rounding
    rule: FixingRule


def _terms(tariff: Tariff, contracts: Sequence[Contract]) -> _Terms:
    """Find the contract a bill meets: one its payer sells under that hands the tariff on."""
    found = {
        _Terms(c.currency, c.time_zone, c.rounding, c.pass_through.fx_rule)
        for c in contracts
        if c.seller == tariff.payer
        and any(t.site == tariff.site for t in c.tranches)
        and c.pass_through is not None
        and c.pass_through.cost_of is CostOf.METER
        and tariff.currency in (c.currency, c.pass_through.tariff_currency)
    }
    if len(found) == 1:
        return found.pop()
    zone = _zone(contracts, tariff.payer)
    return _Terms(tariff.currency, zone, Rounding(), FixingRule.LAST_BUSINESS_DAY)


def _zone(contracts: Sequence[Contract], party: str | None) -> str:
    """Give the time zone of all contracts of a party; UTC where they have none in common."""
    sold = {c.time_zone for c in contracts if c.seller == party}
    zones = sold or {c.time_zone for c in contracts if c.buyer == party}
    return zones.pop() if len(zones) == 1 else "UTC"


def _electricity(tariff: Tariff, terms: _Terms, facts: Known, month: Month) -> Iterator[External]:
    """Settle a tariff as a clause that hands all of it on to its payer."""
    span = window(month, terms.zone)
    ends = span[1] if tariff.ends is None else min(span[1], midnight(tariff.ends, terms.zone))
    held = (max(span[0], midnight(tariff.starts, terms.zone)), ends)
    if held[0] >= held[1]:
        return
    rows = facts.readings
    here = (rows.site == rows.code(tariff.site)) & (rows.starts < held[1]) & (rows.ends > held[0])
    drawn = any((here & (rows.meter == meter)).any() for meter in _METERED)
    if not drawn and not tariff.fixed_amount:
        return
    tranche = Tranche(
        id="meter", site=tariff.site, due=tariff.starts, term_months=1, power_it_mw=None
    )
    contract = Contract(
        id="external",
        seller=tariff.seller,
        buyer=tariff.payer,
        currency=terms.currency,
        time_zone=terms.zone,
        rounding=terms.rounding,
        tranches=(tranche,),
        pass_through=PassThrough(
            parts=tuple(TariffPart) if drawn else (TariffPart.FIXED,),
            tariff_currency=tariff.currency,
            fx_rule=terms.rule,
        ),
    )
    service = Service(
        tranche=tranche,
        pieces=(Piece(span=held, share=Fraction(1)),),
        due=held[0],
        started=held[0],
        complete=held[0],
    )
    alone = replace(facts, tariffs=(tariff,), memo={})
    case = Case(
        contract=contract,
        month=month,
        window=span,
        as_of=facts.as_of,
        known=alone,
        services={tranche.id: service},
    )
    lines = pass_through(case, ())
    if case.faults:
        raise OfftakeError(_at(fault, tariff, month) for fault in case.faults)
    for line in lines:
        yield _paid(line, tariff)


def _at(fault: Fault, tariff: Tariff, month: Month) -> Fault:
    where = Where(path=f"tariffs.{tariff.id} ({month})")
    return Fault(code=fault.code, what=fault.what, where=where, got=fault.got, hint=fault.hint)


def _paid(line: Charge, tariff: Tariff) -> External:
    """Turn a line of a bill into money from outside."""
    part = line.kind.value.removeprefix("power-")
    return External(
        id=f"external/{line.month}/{_POWER}.{part}.{tariff.id}",
        month=line.month,
        payer=tariff.payer,
        payee=tariff.seller,
        text=f"{tariff.seller}: {line.text}",
        currency=line.currency,
        minor=line.minor,
        places=line.places,
        steps=line.steps,
    )


def _income(event: Event, month: Month) -> External:
    """Give what a party was paid for power it did not draw: MW · hours · price."""
    power, price, rounding = event.power_mw, event.price, Rounding()
    payer, payee, currency = event.payer, event.payee, event.currency
    if power is None or price is None or not (payer and payee and currency):
        needed = NEEDED[event.kind]
        raise OfftakeError(
            Fault(
                code="OTK-L157",
                what=f"an event of demand response lacks what it needs: {', '.join(needed)}",
                where=Where(path=f"events.{event.id}"),
            )
        )
    source = (f"event:{event.id}",)
    if event.duration_hours is not None:
        hours = Fraction(event.duration_hours)
    else:
        hours = Fraction(epoch(event.ends or event.starts) - epoch(event.starts), 3600)
    exact = Fraction(power) * hours * Fraction(price)
    steps = (
        Step(what="power cut", value=Fraction(power), unit="MW", sources=source),
        Step(what="paid for", value=hours, unit="hours", sources=source),
        Step(
            what="price",
            value=Fraction(price),
            unit=f"{currency} per MWh",
            sources=source,
        ),
        Step(what="income", value=exact, unit=currency),
    )
    return External(
        id=f"external/{month}/{_RESPONSE}.{event.id}",
        month=month,
        payer=payer,
        payee=payee,
        text=f"{payer}: demand response at {event.site}",
        currency=currency,
        minor=rounded(exact * 10**rounding.decimal_count, rounding.rule),
        places=rounding.decimal_count,
        steps=steps,
    )
