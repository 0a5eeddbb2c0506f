"""Demand response: the buyer's share of what the seller earned by drawing less power.

    seller's income = what it was paid itself + its own share of what was earned above
    share · income ──> one line

What a seller is paid is power cut · hours · price, of the cuts at the contract's sites that
begin in the month.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.ledger.exchange import Fixed, exchanged
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import FixingRule
from offtake.model.event import Event, EventKind
from offtake.model.month import epoch

CLAUSE = "demand_response"


def shares(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the line of the buyer's share of demand-response income, if there was any.

    Faults are collected in the case: a cut without a length (`OTK-L145`), income in another
    currency without a rule (`OTK-L131`), a fixing that is missing (`OTK-L130`).
    """
    clause = case.contract.demand_response
    if clause is None:
        return ()
    steps: list[Step] = []
    income = Fraction(0)
    for amount, how in (*_paid(case), *_received(case)):
        income += amount
        steps += how
    if not income:
        return ()
    currency = case.contract.currency
    total = Step(what=f"income of {case.contract.seller}", value=income, unit=currency)
    line = case.charge(
        name=CLAUSE,
        kind=ChargeKind.DEMAND_RESPONSE,
        clause=CLAUSE,
        text=f"share of {case.contract.seller}'s demand-response income",
        quantity=-income,
        unit=currency,
        price=Fraction(clause.share),
        steps=(*steps, total),
    )
    return (line,)


def hours(event: Event) -> Fraction | None:
    """Give how long a cut was paid for; None where nothing says so."""
    if event.duration_hours is not None:
        return Fraction(event.duration_hours)
    if event.ends is None:
        return None
    return Fraction(epoch(event.ends) - epoch(event.starts), 3600)


def _paid(case: Case) -> Iterator[tuple[Fraction, list[Step]]]:
    """Give what the seller was paid itself, cut by cut, in the contract's currency."""
    sites = {tranche.site for tranche in case.contract.tranches}
    for event in case.known.of(EventKind.DEMAND_RESPONSE):
        begins = epoch(event.starts)
        if event.payee != case.contract.seller or event.site not in sites:
            continue
        if not case.window[0] <= begins < case.window[1]:
            continue
        length = hours(event)
        if length is None:
            what = f"event {event.id} does not say how long power was cut"
            hint = "give it `ends`, or `duration_hours`"
            case.fault("OTK-L145", what, CLAUSE, got=event.starts.isoformat(), hint=hint)
            continue
        rate = _rate(case, str(event.currency), f"income of event {event.id}")
        if rate is None:
            continue
        power, price = Fraction(event.power_mw or 0), Fraction(event.price or 0)
        amount = power * length * price
        source = (f"event:{event.id}",)
        told = f"{case.contract.seller} was paid: MW cut · hours · price"
        steps = [
            Step(what="power cut", value=power, unit="MW", sources=source),
            Step(what="length", value=length, unit="hours", sources=source),
            Step(what="price", value=price, unit=f"{event.currency} per MWh", sources=source),
            Step(what=told, value=amount, unit=str(event.currency)),
        ]
        yield amount * rate.value, [*steps, *rate.steps]


def _received(case: Case) -> Iterator[tuple[Fraction, list[Step]]]:
    """Give the seller's own shares of what was earned above, in the contract's currency."""
    for name in case.contract.upstream:
        invoice = case.upstream.get(name)
        if invoice is None or invoice.buyer != case.contract.seller:
            continue
        lines = [
            c
            for c in invoice.charges
            if c.kind is ChargeKind.DEMAND_RESPONSE and c.corrects is None
        ]
        rate = _rate(case, invoice.currency, f"invoice {invoice.id}") if lines else None
        if rate is None:
            continue
        amount = -sum((Fraction(c.amount) for c in lines), Fraction(0))
        sources = tuple(f"line:{c.id}" for c in lines)
        told = f"share {case.contract.seller} received under {name}"
        step = Step(what=told, value=amount, unit=invoice.currency, sources=sources)
        yield amount * rate.value, [step, *rate.steps]


def _rate(case: Case, currency: str, of: str) -> Fixed | None:
    """Give what a currency is in the contract's, by the rule for its electricity."""
    own, power = case.contract.currency, case.contract.pass_through
    if currency == own:
        return exchanged(case, currency, FixingRule.LAST_BUSINESS_DAY, CLAUSE)
    if power is None or power.tariff_currency != currency:
        case.fault(
            "OTK-L131",
            f"{of} is in {currency}, the contract in {own}, and no rule says how to exchange",
            CLAUSE,
            got=f"pass_through.tariff_currency: {power.tariff_currency if power else None}",
            hint=f"give the contract a `pass_through` with `tariff_currency: {currency}`",
        )
        return None
    return exchanged(case, currency, power.fx_rule, CLAUSE)
