"""Electricity handed on: at the site's tariff on its meters, or as the contract above charges.

    facility kWh, at most IT kWh · PUE cap ── · energy price · exchange ──> one line a tariff
    highest kW of the month                ── · demand price · exchange ──> one line a tariff
    lines above for electricity            ── as charged ──────────────────> one line a contract
    all of it · markup                                                 ──> a line of its own

kWh are summed first, priced and exchanged then, and rounded once. A tariff that holds for
part of a month prices the energy of that part; its price of a kW and its fixed amount are of
a whole month, and are taken by the share of the month's seconds.

A contract pays for the time it is in service at a site. Where readings name its tranches, or
its nodes, these are its own, and what is only metered for the site as a whole is shared by
IT energy; where they do not, all of the site is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.ledger.energy import WH_PER_KWH, below, energy, part, paths
from offtake.ledger.exchange import Fixed, exchanged
from offtake.ledger.metered import Metered, Sought, metered
from offtake.ledger.spans import Spans, intersect, seconds, subtract, union
from offtake.ledger.usage import flawed
from offtake.model.charge import Charge, ChargeKind, Number, Step
from offtake.model.clause import CostOf, PassThrough, TariffPart
from offtake.model.month import midnight
from offtake.model.reading import Meter, Tariff

CLAUSE = "pass_through"

KINDS = {
    TariffPart.ENERGY: ChargeKind.POWER_ENERGY,
    TariffPart.DEMAND: ChargeKind.POWER_DEMAND,
    TariffPart.FIXED: ChargeKind.POWER_FIXED,
}
"""The line of each part of a tariff."""
_UNITS = {TariffPart.ENERGY: "kWh", TariffPart.DEMAND: "kW", TariffPart.FIXED: "month"}
_TEXTS = {
    TariffPart.ENERGY: "energy",
    TariffPart.DEMAND: "highest power",
    TariffPart.FIXED: "fixed part",
}
W_PER_KW = 1000


@dataclass(frozen=True, slots=True)
class _Priced:
    """A tariff over the time it prices."""

    tariff: Tariff
    spans: Spans
    rate: Fixed


def pass_through(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the lines for electricity handed on, and its markup.

    Faults are collected in the case; see `docs/reference/errors.md`, `OTK-L120` and on.
    """
    clause = case.contract.pass_through
    if clause is None:
        return ()
    lines: list[Charge] = []
    for site, spans in sites(case).items():
        if clause.cost_of is CostOf.METER:
            lines += _by_meter(case, clause, site, spans)
        else:
            lines += _by_upstream(case, clause, site, spans)
    return (*lines, *_markup(case, clause, lines))


def sites(case: Case) -> dict[str, Spans]:
    """Give the sites of a contract, and when it is in service at each in the month."""
    found: dict[str, Spans] = {}
    for tranche in case.contract.tranches:
        spans = case.services[tranche.id].spans(case.window)
        if spans:
            found[tranche.site] = union((*found.get(tranche.site, ()), *spans))
    return dict(sorted(found.items()))


def _by_meter(case: Case, clause: PassThrough, site: str, spans: Spans) -> Iterator[Charge]:
    for meter in (Meter.FACILITY_ENERGY, Meter.IT_ENERGY, Meter.PEAK_POWER):
        flawed(case, meter, site, CLAUSE)
    priced = _tariffs(case, clause, site, spans)
    asked = {
        each: [p for p in priced if _price(p.tariff, each)] if each in clause.parts else []
        for each in TariffPart
    }
    if asked[TariffPart.ENERGY]:
        yield from _energy(case, clause, site, spans, asked[TariffPart.ENERGY])
    if asked[TariffPart.DEMAND] or asked[TariffPart.FIXED]:
        yield from _by_month(case, site, spans, asked)


def _price(tariff: Tariff, part: TariffPart) -> Fraction:
    prices = {
        TariffPart.ENERGY: tariff.energy_price,
        TariffPart.DEMAND: tariff.demand_price,
        TariffPart.FIXED: tariff.fixed_amount,
    }
    return Fraction(prices[part])


def _tariffs(case: Case, clause: PassThrough, site: str, spans: Spans) -> list[_Priced]:
    """Give the tariffs of a site with the time each prices, and what its currency is worth."""
    zone, priced, held = case.contract.time_zone, [], []
    for tariff in case.known.tariffs:
        if tariff.site != site:
            continue
        last = case.window[1] if tariff.ends is None else midnight(tariff.ends, zone)
        within = intersect(spans, union([(midnight(tariff.starts, zone), last)]))
        if not within:
            continue
        held.append(within)
        rate = _rate(case, clause, tariff.currency, f"tariff {tariff.id}")
        if rate is not None:
            priced.append(_Priced(tariff, within, rate))
    missing = subtract(spans, union(span for spans in held for span in spans))
    if missing:
        case.fault(
            "OTK-L123",
            f"no tariff prices electricity at {site} for part of the time that is settled",
            CLAUSE,
            got=f"{len(held)} tariffs, {seconds(missing)} seconds without",
            hint=f"record a tariff of {site} that holds from then on",
        )
    return priced


def _rate(case: Case, clause: PassThrough, currency: str, of: str) -> Fixed | None:
    """Give what a currency is in the contract's, by the clause's rule alone."""
    own = case.contract.currency
    if currency != own and currency != clause.tariff_currency:
        case.fault(
            "OTK-L131",
            f"{of} is in {currency}, the contract in {own}, and no rule says how to exchange",
            CLAUSE,
            got=f"tariff_currency: {clause.tariff_currency}",
            hint=f"give the clause `tariff_currency: {currency}` and an `fx_rule`",
        )
        return None
    return exchanged(case, currency, clause.fx_rule, CLAUSE)


def _energy(
    case: Case, clause: PassThrough, site: str, spans: Spans, priced: list[_Priced]
) -> Iterator[Charge]:
    found = energy(case, clause, site, spans, CLAUSE)
    if found is None:
        return
    for one in priced:
        drawn = found.facility
        if one.spans != spans:
            within = metered(case, drawn.sought, one.spans, CLAUSE)
            if within is None:
                continue  # nothing was drawn then: a gap of the meter, shown by its coverage
            drawn = within
        kwh = drawn.amount * found.share * found.billed_share / WH_PER_KWH
        steps = list(found.steps)
        if drawn is not found.facility:
            what = f"facility energy under {one.tariff.id}"
            value = Fraction(drawn.amount, WH_PER_KWH)
            steps.append(Step(what=what, value=value, unit="kWh", sources=drawn.sources))
        yield _line(case, TariffPart.ENERGY, one, site, kwh, "kWh", steps)


def _by_month(
    case: Case, site: str, spans: Spans, asked: dict[TariffPart, list[_Priced]]
) -> Iterator[Charge]:
    """Give the lines of what is priced by the month: peak power and the fixed amount."""
    shared = part(case, site, spans, CLAUSE)
    if shared is None:
        return
    for one in asked[TariffPart.DEMAND]:
        peak = _peak(case, site, one.spans)
        if peak is None:
            continue
        kw, steps = peak[0] * (1 if peak[1] else shared.share), list(peak[2])
        steps += () if peak[1] else shared.steps
        months = _months(case, one.spans, steps)
        yield _line(case, TariffPart.DEMAND, one, site, kw * months, "kW", steps)
    for one in asked[TariffPart.FIXED]:
        steps = list(shared.steps)
        months = _months(case, one.spans, steps)
        yield _line(case, TariffPart.FIXED, one, site, shared.share * months, "months", steps)


def _months(case: Case, spans: Spans, steps: list[Step]) -> Fraction:
    """Give the share of the month a price of a month is taken by, told where it is not all."""
    share = Fraction(seconds(spans), case.seconds)
    if share != 1:
        steps.append(Step(what="share of the month it holds", value=share, unit="share"))
    return share


def _peak(case: Case, site: str, spans: Spans) -> tuple[Fraction, bool, tuple[Step, ...]] | None:
    """Give the highest power, whether it is the contract's own, and how it came about."""
    found: list[tuple[str, Metered]] = []
    for path in paths(case, site):
        own = metered(
            case, Sought(meter=Meter.PEAK_POWER, site=site, tranches=(path,)), spans, CLAUSE
        )
        found += [(path, own)] if own is not None else []
    apart = bool(found)
    if not apart:
        whole = metered(case, Sought(meter=Meter.PEAK_POWER, site=site), spans, CLAUSE)
        if whole is None:
            what = f"highest power of {site} is not metered in the time that is settled"
            hint = f"record readings of {Meter.PEAK_POWER} at {site}"
            case.fault("OTK-L128", what, CLAUSE, got="no reading", hint=hint)
            return None
        found = [(site, whole)]
    for name, one in found:
        case.coverage.append(one.coverage(f"{Meter.PEAK_POWER} at {name}", spans))
    steps = tuple(
        Step(
            what=f"highest power of {name}",
            value=Fraction(one.amount, W_PER_KW),
            unit="kW",
            sources=one.sources,
        )
        for name, one in found
    )
    return Fraction(sum(one.amount for _, one in found), W_PER_KW), apart, steps


def _line(
    case: Case,
    part_of: TariffPart,
    one: _Priced,
    site: str,
    quantity: Number,
    unit: str,
    steps: list[Step],
) -> Charge:
    tariff, price = one.tariff, _price(one.tariff, part_of)
    told = Step(
        what=f"{part_of} price of {tariff.id}",
        value=price,
        unit=f"{tariff.currency} per {_UNITS[part_of]}",
        sources=(f"tariff:{tariff.id}",),
    )
    return case.charge(
        name=f"{CLAUSE}.{part_of}.{tariff.id}",
        kind=KINDS[part_of],
        clause=CLAUSE,
        subject=site,
        text=f"electricity at {site}, {_TEXTS[part_of]}",
        quantity=quantity,
        unit=unit,
        price=price * one.rate.value,
        steps=(*steps, told, *one.rate.steps),
    )


def _by_upstream(case: Case, clause: PassThrough, site: str, spans: Spans) -> Iterator[Charge]:
    """Hand on what the contracts above charge for electricity at a site."""
    charged: dict[str, list[Charge]] = {}
    for name in case.contract.upstream:
        charges = case.upstream[name].charges if name in case.upstream else ()
        lines = [charge for charge in charges if _handed(charge, clause, site)]
        if lines:
            charged[name] = lines
    for name, lines in charged.items():
        invoice = case.upstream[name]
        rate = _rate(case, clause, invoice.currency, f"invoice {invoice.id}")
        shared = below(case, tuple(charged), site, spans, CLAUSE)
        if rate is None or shared is None:
            continue
        amount = sum((Fraction(c.amount) for c in lines), Fraction(0))
        total = Step(
            what=f"charged by {name} for electricity at {site}",
            value=amount,
            unit=invoice.currency,
            sources=tuple(f"line:{c.id}" for c in lines),
        )
        yield case.charge(
            name=f"{CLAUSE}.upstream.{name}.{site}",
            kind=ChargeKind.POWER_UPSTREAM,
            clause=CLAUSE,
            subject=site,
            text=f"electricity at {site}, as charged under {name}",
            quantity=amount * shared.share,
            unit=invoice.currency,
            price=rate.value,
            steps=(total, *shared.steps, *rate.steps),
        )
    if not charged:
        case.fault(
            "OTK-L129",
            f"electricity at {site} is handed on as charged above, and nothing was charged there",
            CLAUSE,
            got=f"upstream: {', '.join(case.contract.upstream) or 'none'}",
            hint="name the contract above as `upstream` and give it a `pass_through`, "
            "or set `cost_of: meter`",
        )


def _handed(charge: Charge, clause: PassThrough, site: str) -> bool:
    """Tell whether a line above is for electricity at a site, of a part that is handed on."""
    if charge.subject != site or charge.corrects is not None:
        return False
    if charge.kind in (ChargeKind.POWER_UPSTREAM, ChargeKind.MARKUP):
        return True
    return charge.kind in [KINDS[one] for one in clause.parts]


def _markup(case: Case, clause: PassThrough, lines: list[Charge]) -> Iterator[Charge]:
    """Give the fee on what is handed on at each site, as it stands on the invoice."""
    if not clause.markup_share:
        return
    for site in dict.fromkeys(line.subject for line in lines):
        own = [line for line in lines if line.subject == site]
        amount = sum((Fraction(line.amount) for line in own), Fraction(0))
        total = Step(
            what=f"electricity at {site} as handed on",
            value=amount,
            unit=case.contract.currency,
            sources=tuple(f"line:{line.id}" for line in own),
        )
        yield case.charge(
            name=f"{CLAUSE}.markup.{site}",
            kind=ChargeKind.MARKUP,
            clause=CLAUSE,
            subject=site,
            text=f"fee on electricity at {site}",
            quantity=amount,
            unit=case.contract.currency,
            price=Fraction(clause.markup_share),
            steps=(total,),
        )
