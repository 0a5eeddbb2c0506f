"""Prices: clauses and offer terms brought to million USD per MW of IT and quarter.

The ledger settles every clause to the cent; a plan needs their mean effect. What is
simplified is said in a remark, and what cannot be priced is a fault, never a zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.accelerator import Accelerator
from offtake.model.clause import Basis, DelayDamages, Prepayment, Quantity, Rate
from offtake.model.contract import Contract, Offer, Tenure, Tranche
from offtake.model.period import HOURS_PER_QUARTER, Quarter
from offtake.model.portfolio import Horizon

Floats = npt.NDArray[np.float64]

MILLION = 1e6
MONTHS = 3.0
"""Months in a quarter."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one MW of IT of a source costs, in million USD."""

    power_it_mw: float
    """Power of the tranche; 0 for an offer, which is sized by the plan."""
    fixed: Floats
    """[T] a quarter in service, used or not: by signing quarter for an offer, by calendar
    quarter for a contract."""
    use_m_usd: float
    """Price of a quarter's use beyond `paid_share`."""
    paid_share: float
    """Share of capacity whose use is already in `fixed`."""
    running: float
    """Staff, maintenance and land, a quarter in service."""
    buys_energy: bool
    markup_share: float
    capex: float = 0.0
    """Shell, power and cooling."""
    capex_life: float = 1.0
    """Quarters."""
    hardware: Floats | None = None
    """[2·T] price of the accelerators by delivery quarter; None where they are rented."""
    hardware_life: float = 1.0
    """Quarters."""
    prepaid_share: float = 0.0
    """Share of the term's fixed payments paid ahead."""
    credit_from: float = 0.0
    """Quarters of service before the first credit; offers credit over the whole term."""
    credit_quarters: float = 0.0
    """Quarters over which it is credited; 0 is the whole term."""
    damages_share: float = 0.0
    """Share of the fee that comes back while late."""
    grace_days: float = 0.0
    follows_share: float = 0.0
    """Share of the rental market's move, in the logarithm, that a later signing follows."""


def _path(value: float, growth: float, since: int, periods: int) -> Floats:
    return value * (1.0 + growth) ** ((np.arange(periods) - since) / 4.0)


def offer_terms(
    offer: Offer, accelerator: Accelerator, horizon: Horizon, remarks: dict[str, None]
) -> Terms:
    """Price an offer; adds a remark where its terms are simplified.

    Raises:
        OfftakeError: own capacity whose accelerator has no price (`OTK-P110`), or a
            prepayment on an offer without a term to credit it over (`OTK-P116`).
    """
    if offer.price.prepayment_share > 0 and offer.term_quarters is None:
        raise OfftakeError(
            Fault(
                code="OTK-P116",
                what="a prepayment is a share of the term's payments, and there is no term",
                where=Where(path=f"offers.{offer.id}.price.prepayment_share"),
                hint="give term_quarters, or leave the prepayment out",
            )
        )
    periods = len(horizon.quarters)
    price = offer.price
    hourly = price.usd_per_gpu_hour * HOURS_PER_QUARTER * 1e3 / accelerator.power_it_kw / MILLION
    since = (price.quarter - horizon.first) if price.quarter else 0
    full = _path(hourly, price.price_share_per_year, since, periods)
    paid = 0.0 if offer.tenure.is_hourly else price.take_or_pay_share
    moves = price.price_share_per_year or price.follows_rental_share
    if hourly > 0 and paid < 1 and moves and not offer.tenure.is_hourly:
        remarks.setdefault(
            f"Use of {offer.id} beyond its take-or-pay is charged at the price of its first "
            "signing quarter, whenever it is signed."
        )
    hardware = None
    if offer.tenure is Tenure.OWN or price.capex_usd_per_it_mw > 0:
        if accelerator.price_usd is None:
            raise _no_price(offer, accelerator)
        each = accelerator.price_usd * 1e3 / accelerator.power_it_kw / MILLION
        begun = (accelerator.price_quarter - horizon.first) if accelerator.price_quarter else 0
        hardware = _path(each, accelerator.price_share_per_year, begun, 4 * periods)
    return Terms(
        power_it_mw=0.0,
        fixed=full if offer.tenure.is_hourly else full * paid,
        use_m_usd=0.0 if paid >= 1 else float(full[0]),
        paid_share=paid,
        running=price.running_usd_per_it_mw_year / 4 / MILLION,
        buys_energy=not price.includes_energy,
        markup_share=0.0,
        capex=price.capex_usd_per_it_mw / MILLION,
        capex_life=float(max(price.capex_life_quarters, 1)),
        hardware=hardware,
        hardware_life=accelerator.life_years * 4,
        prepaid_share=price.prepayment_share,
        damages_share=price.delay_damages_share,
        follows_share=0.0 if offer.tenure.is_hourly else price.follows_rental_share,
    )


def _no_price(offer: Offer, accelerator: Accelerator) -> OfftakeError:
    return OfftakeError(
        Fault(
            code="OTK-P110",
            what=f"own capacity needs a price for its accelerator {accelerator.id}",
            where=Where(path=f"offers.{offer.id}.accelerator"),
            hint=f"give accelerators.{accelerator.id}.price_usd",
        )
    )


def contract_terms(
    contract: Contract,
    tranche: Tranche,
    accelerators: Mapping[str, Accelerator],
    first: Quarter,
    remarks: dict[str, None],
    periods: int = 160,
) -> Terms:
    """Price one tranche of a signed contract; adds a remark where clauses are simplified.

    Raises:
        OfftakeError: no accelerator (`OTK-P111`), no size (`OTK-P112`), another currency
            (`OTK-P113`), a basis that cannot be planned (`OTK-P114`), no price (`OTK-P115`).
    """
    power, per_mw = _size(contract, tranche, accelerators)
    rates = [r for r in contract.rates if not r.tranches or tranche.id in r.tranches]
    if not rates:
        raise _fault(contract, "OTK-P115", "no rate says what this contract costs", "rates")
    sizes = {t.id: _size(contract, t, accelerators)[0] for t in contract.tranches}
    fixed, use, paid = np.zeros(periods), 0.0, _paid_level(contract, tranche, rates)
    for rate in rates:
        total = sum(mw for name, mw in sizes.items() if not rate.tranches or name in rate.tranches)
        base = _per_mw(contract, tranche, rate, power, per_mw, total)
        path = base * _escalated(rate, tranche, first, periods) * _holds(rate, first, periods)
        if _paid_share(contract, tranche, rate) < 1:
            fixed += path * paid
            use += base
        else:
            fixed += path
    if contract.options or contract.service_levels:
        remarks.setdefault("Options and service levels of contracts are left to settlement.")
    for words in _simplified(contract, tranche, rates):
        remarks.setdefault(f"{contract.id}: {words}")
    ahead = next(iter(_of_tranche(contract.prepayments, tranche)), None)
    damages = next(iter(_of_tranche(contract.delay_damages, tranche)), None)
    return Terms(
        power_it_mw=power,
        fixed=fixed,
        use_m_usd=use,
        paid_share=paid,
        running=0.0,
        buys_energy=contract.pass_through is not None,
        markup_share=float(contract.pass_through.markup_share) if contract.pass_through else 0.0,
        prepaid_share=float(ahead.share) if ahead else 0.0,
        credit_from=(ahead.credit_from_month - 1) / MONTHS if ahead else 0.0,
        credit_quarters=ahead.instalment_count / MONTHS if ahead else 0.0,
        damages_share=float(damages.daily_fee_share) if damages else 0.0,
        grace_days=damages.grace_days if damages else 0.0,
    )


def _fault(contract: Contract, code: str, what: str, part: str, hint: str = "") -> OfftakeError:
    return OfftakeError(
        Fault(
            code=code,
            what=what,
            where=Where(path=f"contracts.{contract.id}.{part}"),
            hint=hint or None,
        ),
        exit=Exit.FAULTS,
    )


def _size(
    contract: Contract, tranche: Tranche, accelerators: Mapping[str, Accelerator]
) -> tuple[float, float]:
    """Give a tranche's power in MW of IT and its accelerators a MW."""
    part = f"tranches.{tranche.id}"
    if tranche.accelerator is None:
        raise _fault(
            contract, "OTK-P111", "the lab can only work on accelerators", f"{part}.accelerator",
            "name the type this tranche is filled with",
        )  # fmt: skip
    if contract.currency != "USD":
        raise _fault(
            contract, "OTK-P113", f"a plan is made in USD, not {contract.currency}", "currency"
        )
    kind = accelerators[tranche.accelerator]
    if tranche.power_it_mw is not None:
        power = float(tranche.power_it_mw)
    elif tranche.accelerator_count is not None:
        power = tranche.accelerator_count * kind.power_it_kw / 1e3
    else:
        raise _fault(contract, "OTK-P112", "a tranche needs accelerator_count or power_it_mw", part)
    count = tranche.accelerator_count
    return power, (count / power if count and power else 1e3 / kind.power_it_kw)


def _per_mw(
    contract: Contract, tranche: Tranche, rate: Rate, power: float, per_mw: float, total: float
) -> float:
    """Bring a rate to million USD per MW of IT and quarter."""
    price = float(rate.price) / MILLION
    match rate.basis:
        case Basis.GPU_HOUR:
            return price * per_mw * HOURS_PER_QUARTER
        case Basis.KW_MONTH:
            return price * 1e3 * MONTHS
        case Basis.KWH:
            return price * 1e3 * HOURS_PER_QUARTER
        case Basis.NODE_MONTH if tranche.node_count:
            return price * tranche.node_count / power * MONTHS
        case Basis.FLAT_MONTH:
            return price / total * MONTHS
        case _:
            raise _fault(
                contract,
                "OTK-P114",
                f"a rate per {rate.basis.value} cannot be planned",
                f"rates.{rate.id}.basis",
                "use gpu-hour, kw-month, kwh, flat-month, or node-month with node_count",
            )


def _paid_level(contract: Contract, tranche: Tranche, rates: list[Rate]) -> float:
    """Share of capacity whose use is paid for in any case: the highest of its rates below 1.

    cost(u) = Σ price·max(u, level): exact for use above the highest take-or-pay, and never
    below what is owed.
    """
    levels = {_paid_share(contract, tranche, rate) for rate in rates} - {1.0}
    return max(levels, default=1.0)


def _simplified(contract: Contract, tranche: Tranche, rates: list[Rate]) -> Iterator[str]:
    """Say what a plan leaves out of a contract."""
    on_use = [r for r in rates if _paid_share(contract, tranche, r) < 1]
    for rate in rates:
        if rate.tiers or rate.index:
            yield (
                f"rate {rate.id} is planned at its base price; tiers and index links are left "
                "to settlement."
            )
        if rate in on_use and (rate.escalator or rate.starts or rate.ends):
            yield f"use under rate {rate.id} is planned at its first price throughout."
    if len({_paid_share(contract, tranche, r) for r in on_use}) > 1:
        yield "what is charged on use is planned as used up to the highest take-or-pay at least."
    if len(_of_tranche(contract.prepayments, tranche)) > 1:
        yield f"only the first prepayment of {tranche.id} is planned."
    if any(d.cap_share is not None for d in _of_tranche(contract.delay_damages, tranche)):
        yield "delay damages are planned without their cap."
    if contract.taxes:
        yield "taxes are left to settlement."


Clause = TypeVar("Clause", Prepayment, DelayDamages)


def _of_tranche(clauses: tuple[Clause, ...], tranche: Tranche) -> list[Clause]:
    return [c for c in clauses if not c.tranches or tranche.id in c.tranches]


def _holds(rate: Rate, first: Quarter, periods: int) -> Floats:
    """Give the share of each quarter's days on which a rate holds."""
    share = np.ones(periods)
    if rate.starts is None and rate.ends is None:
        return share
    for period in range(periods):
        opens, closes = (first + period).first_day, (first + period + 1).first_day
        begins = max(rate.starts or opens, opens)
        ends = min(rate.ends or closes, closes)
        share[period] = max((ends - begins).days, 0) / (closes - opens).days
    return share


def _paid_share(contract: Contract, tranche: Tranche, rate: Rate) -> float:
    """Share of capacity that is paid for whether or not it is used."""
    if rate.basis is Basis.KWH:
        return 0.0
    if rate.quantity is not Quantity.USED:
        return 1.0
    held = [c for c in contract.commitments if not c.tranches or tranche.id in c.tranches]
    return min(1.0, max((float(c.level_share) for c in held), default=0.0))


def _escalated(rate: Rate, tranche: Tranche, first: Quarter, periods: int) -> Floats:
    """Give the factor on a rate in each quarter, from its escalator."""
    steps = rate.escalator
    factor = np.ones(periods)
    if steps is None or steps.every_months == 0:
        return factor
    begun = steps.first or (tranche.accepted or tranche.due)
    wait = 0 if steps.first else steps.every_months / MONTHS
    since = (Quarter.of(begun) - first) + wait
    passed = np.floor((np.arange(periods) - since) * MONTHS / steps.every_months) + 1
    risen: Floats = (1.0 + float(steps.step_share)) ** np.maximum(passed, 0.0)
    return risen
