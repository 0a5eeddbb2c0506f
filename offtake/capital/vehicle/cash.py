"""What a vehicle earns, period by period, in one run or in many at once.

    served    = overlap of the period with [start + slip, start + slip + life]
    contract  = overlap with [start + slip, start + slip + term], ended by a default
    revenue   = MW · 1000 · months · (contract · price + (served − contract) · merchant)
    cfads     = revenue + damages − running − laid by for maintenance

Arrays are [periods, runs]; period 0 is the day of the close, period t ends t periods later.
The outside is values of `model.finance`; the inside is arrays, for many runs at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.finance import Case, Finance, FinancePhase
from offtake.model.party import Vehicle

Floats = npt.NDArray[np.floating[Any]]

MONTHS_PER_WEEK = 12 * 7 / 365.25
"""Months in a week, of a year of 365.25 days."""

BLOCK = 500
"""Runs worked out together: what they need stays in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Shocks:
    """What differs from the plan, run by run."""

    slip_months: Floats
    """[phases, runs] months each phase is late by."""
    price_ratio: Floats
    """[periods, runs] or [1, runs]: market prices over those planned."""
    default_months: Floats
    """[runs] months from the close to the offtaker's default; infinite is never."""
    recovery_share: Floats
    """[runs] share of the termination payment that is collected."""
    base_rate_shift: Floats
    """[periods, runs] or [1, runs]: added to the base rate."""
    running_ratio: Floats
    """[runs] running cost over that planned."""

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return int(self.slip_months.shape[1])

    def part(self, runs: slice) -> Shocks:
        """Give some of the runs."""
        return Shocks(
            slip_months=self.slip_months[:, runs],
            price_ratio=self.price_ratio[:, runs],
            default_months=self.default_months[runs],
            recovery_share=self.recovery_share[runs],
            base_rate_shift=self.base_rate_shift[:, runs],
            running_ratio=self.running_ratio[runs],
        )


@dataclass(frozen=True, slots=True)
class Cash:
    """What comes in and goes out before lenders, [periods, runs], in USD."""

    contract: Floats
    """Paid by the offtaker."""
    merchant: Floats
    """Sold on the market."""
    damages: Floats
    """Paid by builders that are late."""
    termination: Floats
    """Collected from the offtaker after a default."""
    running: Floats
    """Paid to run it."""
    laid_by: Floats
    """Put by for large maintenance."""
    spent: Floats
    """Spent on large maintenance, out of what was put by."""
    residual: Floats
    """Sale at the end of life."""
    guaranteed: Floats
    """What the guarantor adds to the sale."""

    @property
    def cfads(self) -> Floats:
        """Cash available for debt service.

        A termination payment (it repays debt early) and sales at the end of life are no part.
        """
        return self.contract + self.merchant + self.damages - self.running - self.laid_by

    @property
    def ending(self) -> Floats:
        """What a sale brings in all."""
        made: Floats = self.residual + self.guaranteed
        return made


def periods_of(finance: Finance) -> int:
    """Count the periods from the close to the end of the last life, the close not counted."""
    ends = (p.spend_from_months + p.build_months + p.life_months for p in finance.phases)
    return ceil(max(ends) / finance.period.months)


def built_by(finance: Finance) -> int:
    """Give the period at whose end the last phase is in service, as planned."""
    ends = (p.spend_from_months + p.build_months for p in finance.phases)
    return ceil(max(ends) / finance.period.months)


def as_planned(finance: Finance) -> Shocks:
    """Give one run in which all goes as planned."""
    return of_case(finance, Case(id="planned"))


def of_case(finance: Finance, case: Case) -> Shocks:
    """Give the one run of a case.

    Raises:
        OfftakeError: the case slips a phase that does not exist (`OTK-C024`).
    """
    names = [phase.id for phase in finance.phases]
    faults = [
        Fault(
            code="OTK-C024",
            what="no phase of this name is built",
            where=Where(path=f"finance.cases.{case.id}.slip_weeks"),
            got=name,
            hint=did_you_mean(name, names),
        )
        for name in case.slip_weeks
        if name not in names
    ]
    if faults:
        raise OfftakeError(faults)
    slips = [[case.slip_weeks.get(name, 0.0) * MONTHS_PER_WEEK] for name in names]
    never = np.inf if case.default_months is None else float(case.default_months)
    return Shocks(
        slip_months=np.array(slips),
        price_ratio=np.array([[case.price_ratio]]),
        default_months=np.array([never]),
        recovery_share=np.array([case.recovery_share]),
        base_rate_shift=np.array([[case.base_rate_shift_share_per_year]]),
        running_ratio=np.array([case.running_ratio]),
    )


def cash_of(vehicle: Vehicle, finance: Finance, shocks: Shocks) -> Cash:
    """Work out what every run earns, phase by phase.

    Raises:
        OfftakeError: a phase has neither a price of its own nor its vehicle's (`OTK-C025`).
    """
    faults = list(_priceless(vehicle, finance))
    if faults:
        raise OfftakeError(faults)
    count = periods_of(finance) + 1 + _late_periods(finance, shocks)
    sums: dict[str, Floats] = {
        name: np.zeros((count, shocks.runs)) for name in Cash.__dataclass_fields__
    }
    for first in range(0, shocks.runs, BLOCK):
        some = slice(first, first + BLOCK)
        part = shocks.part(some)
        for number, phase in enumerate(finance.phases):
            for name, flow in _phase(vehicle, finance, phase, part, number, count).items():
                sums[name][:, some] += flow
    return Cash(**sums)


def capex_of(finance: Finance, count: int) -> Floats:
    """Spread what is built over periods, [count]; what is bought at the close is in period 0."""
    spent = np.zeros(count)
    months = finance.period.months
    for phase in finance.phases:
        first, last = phase.spend_from_months, phase.spend_from_months + phase.build_months
        if first == last:
            spent[ceil(first / months)] += phase.capex_usd
        else:
            ends = np.arange(count) * float(months)
            lasts = _overlap(ends, months, np.array(float(first)), np.array(float(last)))
            spent += phase.capex_usd * lasts / (last - first)
    return spent


def _late_periods(finance: Finance, shocks: Shocks) -> int:
    """Count the periods a late phase may serve beyond the planned end."""
    return ceil(float(shocks.slip_months.max()) / finance.period.months)


def _priceless(vehicle: Vehicle, finance: Finance) -> Iterator[Fault]:
    for phase in finance.phases:
        if phase.price_usd_per_it_kw_month is None and vehicle.offtake_usd_per_it_kw_month is None:
            path = f"capital.vehicles.{vehicle.party}.finance.phases.{phase.id}"
            what = "nothing says what the offtaker pays for this phase"
            hint = "give `price_usd_per_it_kw_month`, or the vehicle's own price"
            yield Fault(code="OTK-C025", what=what, where=Where(path=path), hint=hint)


def _overlap(ends: Floats, months: int, first: Floats, last: Floats) -> Floats:
    """Months of each period between two moments; period t is (end − months, end]."""
    lasts: Floats = np.maximum(np.minimum(ends, last) - np.maximum(ends - months, first), 0.0)
    return lasts


def _phase(
    vehicle: Vehicle,
    finance: Finance,
    phase: FinancePhase,
    shocks: Shocks,
    number: int,
    count: int,
) -> dict[str, Floats]:
    months = finance.period.months
    ends = (np.arange(count) * float(months))[:, None]
    planned = float(phase.spend_from_months + phase.build_months)
    start = planned + shocks.slip_months[number]
    served = _overlap(ends, months, start, start + phase.life_months)
    signed_end = np.minimum(start + phase.term_months, np.maximum(shocks.default_months, start))
    signed = _overlap(ends, months, start, np.minimum(signed_end, start + phase.life_months))
    year = np.maximum(np.floor((ends - months - planned) / 12 + 1e-9), 0.0)
    unit = float(phase.power_it_mw) * 1e3
    price = _price(vehicle, phase) * (1 + phase.price_share_per_year) ** year
    market = (phase.merchant_usd_per_it_kw_month or 0.0) * shocks.price_ratio[:count]
    market = market * (1 + phase.merchant_share_per_year) ** year
    monthly = phase.running_usd_per_it_mw_year * float(phase.power_it_mw) / 12
    cost = monthly * (1 + phase.running_share_per_year) ** year * shocks.running_ratio
    on_time = _overlap(ends, months, np.array(planned), start)
    flows = {
        "contract": unit * price * signed,
        "merchant": unit * market * (served - signed),
        "damages": unit * price * on_time * phase.delay_damages_share,
        "running": cost * served,
    }
    return (
        flows
        | _ends(vehicle, phase, shocks, start, unit * price, finance)
        | _kept(phase, ends, months, start)
    )


def _price(vehicle: Vehicle, phase: FinancePhase) -> float:
    own = phase.price_usd_per_it_kw_month
    return float(own if own is not None else vehicle.offtake_usd_per_it_kw_month or 0.0)


def _ends(
    vehicle: Vehicle,
    phase: FinancePhase,
    shocks: Shocks,
    start: Floats,
    monthly: Floats,
    finance: Finance,
) -> dict[str, Floats]:
    """Termination payment in the period of a default, and the sale at the end of life."""
    months = finance.period.months
    shape = (len(monthly), shocks.runs)
    paid, sale, guaranteed = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    runs = np.arange(shocks.runs)
    hit = (shocks.default_months > start) & (shocks.default_months < start + phase.term_months)
    at = np.ceil(np.where(hit, shocks.default_months, 0.0) / months).astype(int)
    owed = vehicle.termination_quarters * 3 * monthly[np.minimum(at, len(monthly) - 1), 0]
    paid[at[hit], runs[hit]] = (owed * shocks.recovery_share)[hit]
    end = np.ceil((start + phase.life_months) / months - 1e-9).astype(int)
    ratio = np.broadcast_to(shocks.price_ratio[: shape[0]], (len(monthly), shocks.runs))
    sold = phase.residual_usd * ratio[end, runs]
    sale[end, runs] = sold
    guaranteed[end, runs] = np.maximum(phase.residual_guarantee_usd - sold, 0.0)
    return {"termination": paid, "residual": sale, "guaranteed": guaranteed}


def _kept(phase: FinancePhase, ends: Floats, months: int, start: Floats) -> dict[str, Floats]:
    """Lay by for each large maintenance evenly, and spend it when it is due.

    None is made in the last interval of life: nobody overhauls what is sold.
    """
    laid = np.zeros(np.broadcast_shapes(ends.shape, start.shape))
    spent = np.zeros_like(laid)
    every = phase.maintenance_every_months
    if every and phase.maintenance_usd:
        for number in range(1, ceil(phase.life_months / every)):
            due = start + number * every
            laid += phase.maintenance_usd * _overlap(ends, months, due - every, due) / every
            spent += np.where((ends >= due) & (ends - months < due), phase.maintenance_usd, 0.0)
    return {"laid_by": laid, "spent": spent}
