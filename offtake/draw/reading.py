"""What figures, tables and sentences all read out of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from offtake.model.contract import Tenure
from offtake.model.plan import BindingLimit, Delivery, PeriodLine, Plan, Signing, Spread


def by_tenure(line: PeriodLine) -> dict[Tenure, float]:
    """Give the capacity of a quarter by tenure, in H100e.

    Where the plan tells only power by tenure, the capacity is split as the power is.
    """
    told = {tenure: line.capacity_h100e.get(tenure, 0.0) for tenure in Tenure}
    if any(told.values()):
        return told
    total = sum(line.power_it_mw.values())
    ratio = line.capacity.mean_h100e / total if total > 0 else 0.0
    return {tenure: line.power_it_mw.get(tenure, 0.0) * ratio for tenure in Tenure}


def tenures(plan: Plan) -> list[Tenure]:
    """List the tenures in which the plan has any capacity."""
    splits = [by_tenure(line) for line in plan.by_period]
    return [tenure for tenure in Tenure if any(split[tenure] for split in splits)]


def power(line: PeriodLine) -> float:
    """Give all power in service in a quarter, in MW IT."""
    return float(sum(line.power_it_mw.values()))


def paid(line: PeriodLine) -> float:
    """Give all cash that goes out in a quarter, in USD."""
    return line.investment_cash_usd + line.payment_cash_usd + line.energy_cash_usd


def net(line: PeriodLine) -> float:
    """Give what is left of a quarter's revenue, in USD: below zero the lab pays in."""
    return line.revenue_cash_usd - paid(line)


def lasting(plan: Plan) -> list[Signing]:
    """List what is signed ahead, in the order of signing."""
    found = [s for s in plan.signed if not s.tenure.is_hourly]
    return sorted(found, key=lambda s: (s.period, -s.power_it_mw, s.offer))


def hourly(plan: Plan) -> list[Signing]:
    """List what is taken by the hour when the time comes."""
    found = [s for s in plan.signed if s.tenure.is_hourly]
    return sorted(found, key=lambda s: (s.period, -s.power_it_mw, s.offer))


def deliveries(plan: Plan) -> list[Delivery]:
    """List what was signed before the plan, then what is to be signed, each as it comes."""
    return sorted(plan.deliveries, key=lambda d: (not d.committed, d.p50, d.name, d.id))


def ranked(plan: Plan) -> list[BindingLimit]:
    """Order the limits by what one percent more of them is worth, the most first."""
    return sorted(plan.limits, key=lambda limit: -percent_worth(limit))


def percent_worth(limit: BindingLimit) -> float:
    """Give what one percent more of a limit is worth, in USD: limits of any unit compare."""
    return limit.worth_usd_per_unit * limit.allowed_amount / 100


def spreads(plan: Plan) -> tuple[tuple[str, Spread], ...]:
    """Name the two sums of money that are uncertain."""
    return (("Cost", plan.cost), ("Net present value", plan.npv))


def values(spread: Spread) -> tuple[float, float, float, float, float]:
    """Give P10, median, P90, mean and the mean of the tail, in USD."""
    return spread.p10_usd, spread.p50_usd, spread.p90_usd, spread.mean_usd, spread.cvar_usd


def runs(plan: Plan, chosen: Sequence[bool]) -> list[tuple[str, str]]:
    """Give the first and the last of each unbroken run of chosen quarters."""
    found: list[tuple[str, str]] = []
    before = False
    for line, is_chosen in zip(plan.by_period, chosen, strict=True):
        name = str(line.period)
        if is_chosen:
            begin = found.pop()[0] if before else name
            found.append((begin, name))
        before = is_chosen
    return found


def grams_per_kwh(plan: Plan) -> float | None:
    """Give the mean carbon of the plan's energy; None where there is no energy."""
    return plan.carbon_t_co2 * 1000 / plan.energy_mwh if plan.energy_mwh > 0 else None
