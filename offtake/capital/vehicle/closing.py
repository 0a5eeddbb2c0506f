"""A vehicle at its financial close, and what becomes of it in one run or in many.

cash as planned ─> repayment and its size ─> sources and uses ─> Closing
Closing + shocks   ─> cash ─> waterfall ─> cover, balance, distributions, return ─> Outcome
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offtake.capital.vehicle import building, sizing, waterfall
from offtake.capital.vehicle.building import Funded, Site
from offtake.capital.vehicle.cash import (
    Cash,
    Floats,
    Shocks,
    as_planned,
    built_by,
    capex_of,
    cash_of,
)
from offtake.capital.vehicle.returns import irr
from offtake.capital.vehicle.sizing import Profile
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.finance import Finance
from offtake.model.party import Vehicle


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that limits the loan."""

    name: str
    loan_usd: float


@dataclass(frozen=True, slots=True)
class Closing:
    """What is agreed at the close."""

    vehicle: Vehicle
    finance: Finance
    loan_usd: float
    limits: tuple[Limit, ...]
    """What lenders would lend by each of their rules; the least is lent."""
    profile: Profile
    funded: Funded
    built: int
    """Period at whose end the last phase is in service; repayment begins in the next."""
    reserve_usd: float
    """Reserve funded then."""
    target: Floats
    """Reserve over what is owed, at the end of each period of the tenor."""

    @property
    def binding(self) -> str:
        """The rule that limits the loan."""
        return min(self.limits, key=lambda limit: limit.loan_usd).name

    @property
    def gearing(self) -> float:
        """Debt over all that debt and equity pay for."""
        return self.loan_usd / self.funded.total_usd

    @property
    def path(self) -> str:
        """Path of the vehicle in a portfolio."""
        return f"capital.vehicles.{self.vehicle.party}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a closing, [periods, runs] from the close on."""

    closing: Closing
    cash: Cash
    flows: waterfall.Flows
    """From the first period of repayment on."""
    called: Floats
    """[built + 1, runs] equity called beyond what was planned, while it was built."""
    equity: Floats
    """[periods, runs] paid in (negative) and paid out."""
    factors: Floats
    """[periods] what 1 paid in a period of repayment is worth when it begins, as planned."""
    rates: Floats
    """[periods, 1 or runs] interest of each period of repayment."""
    kept: Floats
    """[runs] cash when repayment begins."""

    @property
    def opening_usd(self) -> float:
        """Cash of the first run when repayment begins."""
        return float(self.kept[0])

    @property
    def equity_irr(self) -> Floats:
        """[runs] the shareholders' yearly return; nan where there is no single one."""
        return irr(self.equity, 12 // self.closing.finance.period.months)

    @property
    def least_cover(self) -> Floats:
        """[runs] the least cover of a 12-month window; nan where nothing was ever due."""
        cover = self.flows.cover
        some = ~np.isnan(cover).all(axis=0)
        found = np.full(cover.shape[1], np.nan)
        found[some] = np.nanmin(cover[:, some], axis=0)
        return found

    @property
    def mean_cover(self) -> Floats:
        """[runs] cash over debt service, summed over all periods in which service is due."""
        due = self.flows.service > waterfall.LEAST_USD
        paid = np.where(due, self.flows.service, 0.0).sum(axis=0)
        cash = np.where(due, self.flows.cfads, 0.0).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.where(paid > 0, cash / paid, np.nan)
        return found


def rates_of(vehicle: Vehicle, finance: Finance, shift: Floats, count: int) -> Floats:
    """Give the interest of each period, [periods, 1 or runs].

    A floating loan pays (hedged share · swap + rest · (base + shift) + margin) / m a period;
    a vehicle that states an all-in rate pays (1 + i)^(1/m) − 1.

    Raises:
        OfftakeError: a rate below 0 (`OTK-C026`).
    """
    months = finance.period.months
    if finance.base_rate_share_per_year is None:
        even = (1 + vehicle.interest_share_per_year) ** (months / 12) - 1
        return np.broadcast_to(np.array(even), (count, 1))
    floating = finance.base_rate_share_per_year + shift
    hedged = finance.hedged_share * finance.hedge_rate_share_per_year
    rates = hedged + (1 - finance.hedged_share) * floating + finance.margin_share_per_year
    if np.any(rates < 0):
        what = "the loan's interest falls below 0"
        where = Where(path=f"capital.vehicles.{vehicle.party}.finance.base_rate_share_per_year")
        got, hint = f"{float(rates.min()):.6g}", "make the shift of the case smaller"
        raise OfftakeError(Fault(code="OTK-C026", what=what, where=where, got=got, hint=hint))
    return np.broadcast_to(rates * months / 12, (count, rates.shape[-1]))


def close(vehicle: Vehicle) -> Closing:
    """Size the loan and fund construction, as planned.

    Raises:
        OfftakeError: the vehicle has no `finance` or no phase (`OTK-C023`), its debt cannot
            be sized (`OTK-C020`, `OTK-C021`) or used (`OTK-C022`), or a phase has no price
            (`OTK-C025`).
    """
    finance = _finance(vehicle)
    cash = cash_of(vehicle, finance, as_planned(finance))
    built, cfads = built_by(finance), cash.cfads[:, 0]
    count = len(cfads)
    rates = rates_of(vehicle, finance, np.zeros((1, 1)), count)[:, 0]
    if vehicle.gearing_share <= 0:
        return _unlevered(vehicle, finance, cfads, rates, built)
    tenor = vehicle.tenor_quarters * 3 // finance.period.months
    _tenor(vehicle, finance, count - 1 - built)
    path = f"capital.vehicles.{vehicle.party}"
    asked = sizing.Asked(
        repayment=finance.repayment,
        cover=vehicle.dscr_target_ratio,
        balloon=vehicle.balloon_share,
        llcr=None,
        place=path,
    )
    repaying = slice(built + 1, built + 1 + tenor)
    shape = sizing.profile(asked, cfads[repaying], rates[repaying])
    target = _targets(finance, shape, rates[repaying])
    site = _site(vehicle, finance, cfads, rates, built, target[0])
    limits = [Limit("cover", shape.most)]
    if finance.llcr_least_ratio is not None:
        worth = float(cfads[repaying] @ sizing.factors(rates[repaying]))
        limits.append(Limit("loan life cover", worth / finance.llcr_least_ratio))
    limits.append(Limit("gearing", building.at_gearing(site, vehicle.gearing_share)))
    loan = float(min(limit.loan_usd for limit in limits))
    return Closing(
        vehicle=vehicle,
        finance=finance,
        loan_usd=loan,
        limits=tuple(limits),
        profile=shape,
        funded=building.fund(site, loan),
        built=built,
        reserve_usd=float(target[0] * loan),
        target=target[1:] / np.where(shape.opening > 0, _closing(shape), 1.0),
    )


def run(closing: Closing, shocks: Shocks) -> Outcome:
    """Let a closing go through runs that differ from the plan.

    Raises:
        OfftakeError: a rate below 0 (`OTK-C026`), or as `cash_of` (`OTK-C025`).
    """
    cash = cash_of(closing.vehicle, closing.finance, shocks)
    cfads, built = cash.cfads, closing.built
    count = len(cfads)
    rates = rates_of(closing.vehicle, closing.finance, _over(shocks.base_rate_shift, count), count)
    called, kept = _building(closing, cfads + cash.termination)
    start = slice(built + 1, None)
    flows = waterfall.run(
        rules_of(closing, count - 1 - built),
        np.full(shocks.runs, closing.loan_usd),
        np.full(shocks.runs, closing.reserve_usd),
        kept,
        waterfall.Given(cfads[start], cash.ending[start], cash.termination[start], rates[start]),
    )
    equity = np.zeros_like(cfads)
    equity[: built + 1] = -closing.funded.equity[:, None] - called
    equity[start] = flows.distributed
    planned = rates_of(closing.vehicle, closing.finance, np.zeros((1, 1)), count)[start, 0]
    return Outcome(
        closing, cash, flows, called, equity, sizing.factors(planned), rates[start], kept
    )


def _over(shift: Floats, count: int) -> Floats:
    """Stretch a path of shifts over periods a late phase adds: the last one stays."""
    if len(shift) in (1, count):
        return shift
    more = np.repeat(shift[-1:], max(count - len(shift), 0), axis=0)
    return np.concatenate([shift[:count], more])


def _finance(vehicle: Vehicle) -> Finance:
    if vehicle.finance is None or not vehicle.finance.phases:
        what = "nothing says how this vehicle is financed, or what it builds"
        where = Where(path=f"capital.vehicles.{vehicle.party}.finance")
        hint = "give `finance` with `close` and at least one of `phases`"
        raise OfftakeError(Fault(code="OTK-C023", what=what, where=where, hint=hint))
    return vehicle.finance


def _tenor(vehicle: Vehicle, finance: Finance, lasts: int) -> None:
    months, per = vehicle.tenor_quarters * 3, finance.period.months
    if months % per or not 0 < months // per <= lasts:
        what = f"debt cannot be sized: repayment lasts whole periods, 1 to {lasts} of them"
        where = Where(path=f"capital.vehicles.{vehicle.party}.tenor_quarters")
        hint = f"a period is {per} months; the last life ends {lasts * per} months after building"
        got = f"{vehicle.tenor_quarters} quarters"
        raise OfftakeError(Fault(code="OTK-C020", what=what, where=where, got=got, hint=hint))


def _unlevered(
    vehicle: Vehicle, finance: Finance, cfads: Floats, rates: Floats, built: int
) -> Closing:
    site = _site(vehicle, finance, cfads, rates, built, 0.0)
    shape = Profile(np.zeros(0), 0.0, 0.0)
    made = building.fund(site, 0.0)
    none = (Limit("gearing", 0.0),)
    return Closing(vehicle, finance, 0.0, none, shape, made, built, 0.0, np.zeros(0))


def _site(
    vehicle: Vehicle, finance: Finance, cfads: Floats, rates: Floats, built: int, reserve: float
) -> Site:
    many = built + 1
    return Site(
        capex=capex_of(finance, many),
        earned=cfads[:many].copy(),
        rates=rates[:many],
        upfront=finance.upfront_fee_share,
        commitment=finance.commitment_fee_share_per_year * finance.period.months / 12,
        reserve=float(reserve),
        draws=finance.draws,
        place=f"capital.vehicles.{vehicle.party}",
    )


def _closing(shape: Profile) -> Floats:
    left = 1.0 - np.cumsum(shape.principal)
    return np.where(left > 1e-12, left, 1.0)


def _targets(finance: Finance, shape: Profile, rates: Floats) -> Floats:
    """Reserve for each USD of loan, before each period of the tenor and after the last.

    The service of the next `reserve_months`, what is due at once at maturity left out; a part
    of a period counts in part.
    """
    service = shape.principal + shape.opening * rates
    service[-1] -= shape.balloon
    ahead = finance.reserve_months / finance.period.months
    whole, part = int(ahead), ahead - int(ahead)
    padded = np.concatenate([service, np.zeros(whole + 2)])
    sums = np.array([padded[k : k + whole].sum() for k in range(len(service) + 1)])
    return sums + part * padded[whole : whole + len(service) + 1]


def rules_of(closing: Closing, count: int) -> waterfall.Rules:
    """Stretch what is agreed over the periods after the tenor: there, all that is owed is due."""
    shape, vehicle = closing.profile, closing.vehicle
    tenor = len(shape.principal)
    opening = np.where(shape.opening > 1e-12, shape.opening, 1.0)
    repaid, balloon, target = np.ones(count), np.zeros(count), np.zeros(count)
    if tenor:
        repaid[:tenor] = shape.principal / opening
        balloon[tenor - 1] = shape.balloon / opening[-1]
        repaid[tenor - 1] = 1.0 - balloon[tenor - 1]
        target[:tenor] = closing.target
    return waterfall.Rules(
        repaid=repaid,
        balloon=balloon,
        target=target,
        window=12 // closing.finance.period.months,
        lockup=vehicle.dscr_lockup_ratio,
        covenant=vehicle.dscr_covenant_ratio,
        sweep=closing.finance.sweep_share,
    )


def _building(closing: Closing, cfads: Floats) -> tuple[Floats, Floats]:
    """Go through construction as it turns out: equity is called for what is missing.

    Uses and planned draws stand; what phases in service earn may be more or less.
    """
    funded, runs = closing.funded, cfads.shape[1]
    kept, called = np.zeros(runs), np.zeros((closing.built + 1, runs))
    for t in range(closing.built + 1):
        kept = kept + cfads[t] + funded.debt[t] + funded.equity[t] - funded.uses[t]
        called[t] = np.maximum(-kept, 0.0)
        kept = np.maximum(kept, 0.0)
    return called, kept
