"""Options: fees of those that were used, what curtailed capacity still costs, and their terms.

What an option does to service is in `offtake.ledger.services`. Notice runs from when the
other side was told (`noticed`), else from when the use became known (`recorded`).

    earliest ≤ day it takes effect ≤ latest        told ≤ takes effect − notice
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from offtake.errors import did_you_mean
from offtake.ledger.case import Case, exactly
from offtake.ledger.dates import day_of
from offtake.ledger.prices import capacity_rates
from offtake.ledger.quantities import UNITS, Counted, sized
from offtake.ledger.service import clipped, share_seconds
from offtake.ledger.services import DAY, subjects, used
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Holder, Option, OptionKind, Quantity
from offtake.model.contract import Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import epoch


def options(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the fees of options that take effect in the month, and the price of curtailment.

    Faults of how options were used are collected in the case: `OTK-L060` to `OTK-L067`.
    """
    _refuse_unknown(case)
    lines: list[Charge] = []
    for option, event in used(case.contract, case.known):
        path = f"options.{option.id}"
        _refuse_terms(case, option, event, path)
        _refuse_effect(case, option, event, path)
        if option.fee_amount and case.window[0] <= epoch(event.starts) < case.window[1]:
            lines.append(_fee(case, option, event, path))
        if option.kind is OptionKind.CURTAIL and option.price is not None:
            lines += _curtailed(case, option, event, path)
    return tuple(lines)


def _fee(case: Case, option: Option, event: Event, path: str) -> Charge:
    fee = Fraction(option.fee_amount or 0)
    step = Step(
        what=f"fee of {option.id}",
        value=fee,
        unit=case.contract.currency,
        sources=(f"clause:{path}.fee_amount", f"event:{event.id}"),
    )
    return case.charge(
        name=f"{path}.fee.{event.id}",
        kind=ChargeKind.OPTION_FEE,
        clause=path,
        text=f"fee of the option to {option.kind}, {option.id}",
        quantity=1,
        unit="use",
        price=fee,
        steps=(step,),
    )


def _curtailed(case: Case, option: Option, event: Event, path: str) -> Iterator[Charge]:
    """Charge capacity that is curtailed at the option's price; without one it is not charged."""
    named = subjects(case.contract, option, event)
    span = (epoch(event.starts), case.window[1] if event.ends is None else epoch(event.ends))
    inside = (max(span[0], case.window[0]), min(span[1], case.window[1]))
    for tranche in case.contract.tranches:
        rates = capacity_rates(case, tranche)
        if tranche.id not in named or inside[0] >= inside[1]:
            continue
        if len(rates) != 1:
            _fault(
                case,
                "OTK-L061",
                "nothing says in which unit curtailed capacity is priced",
                path,
                got=f"{len(rates)} rates of the capacity of {tranche.id}",
                hint="leave the option without a price, or the tranche with one rate",
            )
            continue
        rate = rates[0]
        seconds = _away(case, tranche, inside)
        units = sized(
            case,
            tranche,
            Counted(basis=rate.basis, quantity=Quantity.CONTRACTED, clause=path),
            seconds,
        )
        if units.value:
            price = Fraction(option.price or 0)
            step = Step(
                what="price while curtailed",
                value=price,
                unit=f"{case.contract.currency} per {UNITS[rate.basis]}",
                sources=(f"clause:{path}.price", f"event:{event.id}"),
            )
            yield case.charge(
                name=f"{path}.{event.id}.{tranche.id}",
                kind=ChargeKind.CAPACITY,
                clause=path,
                tranche=tranche.id,
                text=f"{tranche.id}, curtailed under {option.id}",
                quantity=units.value,
                unit=UNITS[rate.basis],
                price=price,
                steps=(*units.steps, step),
            )


def _away(case: Case, tranche: Tranche, span: tuple[int, int]) -> Fraction:
    """Give share · seconds that a tranche is curtailed inside a span, while it would serve."""
    service = case.services[tranche.id]
    if service.started is None:
        return Fraction(0)
    serving = (max(span[0], service.started), min(span[1], service.ended))
    return share_seconds(clipped(service.curtailed, serving))


def _fault(
    case: Case, code: str, what: str, path: str, *, got: str | None = None, hint: str | None = None
) -> None:
    case.fault(code, what, path, got=got, hint=hint)


def _refuse_unknown(case: Case) -> None:
    known = {option.id for option in case.contract.options}
    for event in case.known.of(EventKind.OPTION_USED):
        if event.contract == case.contract.id and event.option not in known:
            _fault(
                case,
                "OTK-L060",
                f"event {event.id} uses an option there is not",
                "options",
                got=event.option,
                hint=did_you_mean(event.option or "", known),
            )


def _refuse_terms(case: Case, option: Option, event: Event, path: str) -> None:
    """Refuse a use that its terms do not allow: day, notice, holder, tranches."""
    day = day_of(epoch(event.starts), case.contract.time_zone)
    told = epoch(event.noticed or event.recorded)
    notice = exactly(option.notice_days) * DAY
    if notice and epoch(event.starts) - told < notice:
        days = Fraction(epoch(event.starts) - told, DAY)
        _fault(
            case,
            "OTK-L062",
            f"event {event.id} gives too short a notice",
            path,
            got=f"{float(days):.2f} days",
            hint=f"at least {exactly(option.notice_days)} days are agreed",
        )
    early = option.earliest is not None and day < option.earliest
    late = option.latest is not None and day > option.latest
    if early or late:
        _fault(
            case,
            "OTK-L063",
            f"event {event.id} takes effect on a day not agreed",
            path,
            got=str(day),
            hint=f"from {option.earliest or 'any day'} to {option.latest or 'any day'}",
        )
    named = subjects(case.contract, option, event)
    strange = [
        t
        for t in event.tranches
        if t.startswith(f"{case.contract.id}.")
        and t.removeprefix(f"{case.contract.id}.") not in (option.tranches or named)
    ]
    if strange:
        _fault(
            case,
            "OTK-L064",
            f"event {event.id} is of tranches the option is not for",
            path,
            got=", ".join(strange),
            hint=f"it is for {', '.join(option.tranches or named)}",
        )
    holders = {
        Holder.BUYER: (case.contract.buyer,),
        Holder.SELLER: (case.contract.seller,),
        Holder.EITHER: (case.contract.buyer, case.contract.seller),
    }[option.holder]
    if event.party is not None and event.party not in holders:
        _fault(
            case,
            "OTK-L067",
            f"event {event.id}: the option is not this party's",
            path,
            got=event.party,
            hint=f"it is for {', '.join(holders)}",
        )


def _refuse_effect(case: Case, option: Option, event: Event, path: str) -> None:
    """Refuse a use whose effect is not said, or goes beyond what was agreed."""
    named = subjects(case.contract, option, event)
    if option.kind is OptionKind.EXPAND:
        _refuse_expansion(case, option, path)
    elif option.kind is OptionKind.EXTEND:
        if not option.months:
            _fault(
                case,
                "OTK-L065",
                "an extension does not say by how many months",
                path,
                hint="give the option its `months`",
            )
        for name in named:
            service = case.services.get(name)
            begins = epoch(event.starts)
            if service is not None and service.complete is not None and begins > service.ended:
                _fault(
                    case,
                    "OTK-L065",
                    f"event {event.id} extends {name} after its end",
                    path,
                    got=str(day_of(begins, case.contract.time_zone)),
                )
    elif option.kind is OptionKind.CURTAIL and option.power_facility_mw is not None:
        cut = event.power_mw
        if cut is None or Fraction(cut) > exactly(option.power_facility_mw):
            _fault(
                case,
                "OTK-L066",
                f"event {event.id} curtails more power than agreed",
                path,
                got="no power_mw" if cut is None else f"{cut} MW",
                hint=f"at most {option.power_facility_mw} MW; give the event its `power_mw`",
            )


def _refuse_expansion(case: Case, option: Option, path: str) -> None:
    if not option.tranches:
        _fault(
            case,
            "OTK-L065",
            "an expansion was used that does not say what it adds",
            path,
            hint="add its tranches to the contract, and name them in the option's `tranches`",
        )
        return
    added = [t for t in case.contract.tranches if t.id in option.tranches]
    power = sum((exactly(t.power_it_mw) for t in added if t.power_it_mw is not None), Fraction(0))
    if option.power_it_mw is not None and power > exactly(option.power_it_mw):
        _fault(
            case,
            "OTK-L066",
            "the option adds more power than it may",
            path,
            got=f"{float(power)} MW",
            hint=f"at most {option.power_it_mw} MW",
        )
