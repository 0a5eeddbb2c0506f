"""What figures, tables and sentences all read out of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offtake.model.contract import Tenure
from offtake.model.period import Quarter
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


def paid_discounted(plan: Plan, rate: float) -> float:
    """Give all cash that goes out, discounted to the first day of the horizon, in USD.

    d[t] = (1 + rate)^−((t + ½)/4), t counted from the first quarter, as `Valuation` says.
    """
    lines = enumerate(plan.by_period)
    return sum(paid(line) * float((1 + rate) ** -((place + 0.5) / 4)) for place, line in lines)


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


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that holds the plan back, in all the quarters it does so."""

    path: str
    limit: str
    unit: str
    least: float
    """The limit itself; the smallest where it differs from quarter to quarter."""
    most: float
    quarters: tuple[Quarter, ...]
    """Quarters it holds in, in order; empty is the whole horizon."""
    worth: float
    """USD that one more unit in each of these quarters adds to the objective."""
    percent_worth: float
    """USD that one percent more in each of them adds: limits of any unit compare."""
    why: str


def ranked(plan: Plan) -> list[Bound]:
    """Give each limit that binds once, by what one percent more of it is worth.

    A limit that holds in many quarters has a worth in each: they are added up.
    """
    together: dict[tuple[str, str, str], list[BindingLimit]] = {}
    for limit in plan.limits:
        together.setdefault((limit.limit, limit.path, limit.unit), []).append(limit)
    found = [_bound(members) for members in together.values()]
    return sorted(found, key=lambda b: (-abs(b.percent_worth), -abs(b.worth), b.path))


def _bound(members: Sequence[BindingLimit]) -> Bound:
    first = members[0]
    allowed = [m.allowed_amount for m in members]
    return Bound(
        path=first.path,
        limit=first.limit,
        unit=first.unit,
        least=min(allowed),
        most=max(allowed),
        quarters=tuple(sorted(m.period for m in members if m.period is not None)),
        worth=sum(m.worth_usd_per_unit for m in members),
        percent_worth=sum(m.worth_usd_per_unit * m.allowed_amount for m in members) / 100,
        why=first.why if len(members) == 1 else "",
    )


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
