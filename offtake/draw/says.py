"""What each figure says, in sentences: the answer to its question, from the plan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from offtake.draw import numbers, reading, words
from offtake.draw.reading import Bound
from offtake.model.plan import Plan

_SINGULAR = {many: many[:-1] for many in ("quarters", "months", "days", "hours", "blocks")}


def capacity(plan: Plan) -> str:
    """Tell in which quarters demand is above capacity, in the median and in one of ten."""
    lines = plan.by_period
    median = [p.demand.p50_h100e > p.capacity.mean_h100e for p in lines]
    tail = [p.demand.p90_h100e > p.capacity.mean_h100e for p in lines]
    if any(median):
        return f"Median demand is above mean capacity in {_quarters(plan, median)}."
    if any(tail):
        return (
            "Mean capacity covers median demand throughout; one scenario in ten asks for more "
            f"in {_quarters(plan, tail)}."
        )
    return "Mean capacity covers demand throughout, in nine scenarios of ten."


def timeline(plan: Plan) -> str:
    """Tell what comes next, and what has the least certain date."""
    coming = [d for d in plan.deliveries if d.p50 > plan.as_of]
    if not plan.deliveries:
        return "Nothing is signed, and nothing is to be signed."
    if not coming:
        return "Everything is in service."
    following = min(coming, key=lambda d: (d.p50, d.name))
    said = (
        f"Next in service is {words.name_of(following)}, "
        f"{numbers.power(following.power_it_mw)}, in {words.month(following.p50)} in the median."
    )
    widest = max(coming, key=lambda d: d.p90 - d.p10)
    months = round((widest.p90 - widest.p10).days / 30.4)
    if months > 0:
        said += (
            f" The least certain date is that of {words.name_of(widest)}: "
            f"{words.counted(months, 'month')} from P10 to P90."
        )
    return said


def cash(plan: Plan) -> str:
    """Tell the deepest point of the cumulated net, and when a quarter first earns."""
    nets = [reading.net(line) for line in plan.by_period]
    sums = list(accumulate(nets))
    least = min(range(len(sums)), key=lambda i: sums[i])
    said = ""
    if sums[least] < 0:
        said = (
            f"Cumulated cash is lowest at the end of {plan.by_period[least].period}: "
            f"{numbers.usd(sums[least])}. "
        )
    if min(nets) > 0:
        return "Every quarter has more revenue than cost."
    earning = next((p.period for p in plan.by_period if reading.net(p) > 0), None)
    if earning is None:
        return said + "No quarter has more revenue than cost."
    return said + f"The first quarter with more revenue than cost is {earning}."


def discounted(plan: Plan) -> str:
    """Tell how what is paid by quarter becomes the plan's cost; nothing where no rate is told."""
    told = plan.valuation
    if told is None:
        return ""
    rate, costs = float(told.discount_share_per_year), numbers.usd(plan.cost.mean_usd)
    said = (
        f"{numbers.usd(sum(map(reading.paid, plan.by_period)))} is paid by the end of "
        f"{plan.horizon.last}, in the mean. Discounted at {rate * 100:.3g} % a year to the first "
        f"day of {plan.horizon.first} that is "
    )
    if told.residual_usd == 0:
        return f"{said}the plan's cost, {costs}."
    return (
        f"{said}{numbers.usd(reading.paid_discounted(plan, rate))}. What is left at the end is "
        f"worth {numbers.usd(told.residual_usd)}, discounted as well: the plan costs {costs}."
    )


def limits(plan: Plan) -> str:
    """Tell which limit holds the plan back most."""
    found = reading.ranked(plan)
    if not found:
        return "No limit holds the plan back."
    first = found[0]
    name = limit_name(first)
    return f"{name[0].upper()}{name[1:]} ({limit_when(first)}) weighs most: {worth(first)}."


_CARBON = {
    "limits.carbon_t_co2": "carbon",
    "limits.carbon_market_t_co2": "market-based carbon",
}
"""Limits by the year, and what they are called."""


def limit_name(bound: Bound) -> str:
    """Name a limit in words, by its entry and field."""
    if bound.limit in _CARBON:
        return _CARBON[bound.limit]
    return words.entry(bound.path or bound.limit)


def limit_when(bound: Bound) -> str:
    """Tell when a limit holds: `2027Q3`, `3 quarters, 2027Q3 to 2028Q4`, `whole horizon`.

    Carbon is limited by the year, and the year is the last part of the limit's path.
    """
    if bound.limit in _CARBON and bound.path not in _CARBON:
        return bound.path.rpartition(".")[2]
    if not bound.quarters:
        return "whole horizon"
    first, last = bound.quarters[0], bound.quarters[-1]
    if first == last:
        return str(first)
    return f"{words.counted(len(bound.quarters), 'quarter')}, {first} to {last}"


def worth(bound: Bound) -> str:
    """Say what one more unit of a limit is worth: `4.90 M USD for one more MW IT`.

    One more of a share or a ratio would be all of it: a hundredth is told instead.
    """
    scale, one = _one(bound)
    more = one if scale != 1 and one[0].isdigit() else f"one more {one}".rstrip()
    return f"{numbers.usd(bound.worth * scale)} for {more}"


def rate(bound: Bound) -> str:
    """Say the same in short: `4.90 M USD per MW IT`."""
    scale, one = _one(bound)
    return f"{numbers.usd(bound.worth * scale)} per {one or 'unit'}"


def _one(bound: Bound) -> tuple[float, str]:
    """Give how many units one more is, and its name."""
    unit = words.plain(bound.unit)
    if unit == "share":
        return 0.01, "percentage point"
    if unit == "ratio":
        return 0.01, "0.01 more"
    return 1.0, _SINGULAR.get(unit, unit)


def because(bound: Bound) -> str:
    """Say why a limit matters, in a sentence: the plan's own, or one for all its quarters."""
    if bound.why:
        return words.sentence(bound.why)
    in_each = " in each of these quarters" if len(bound.quarters) > 1 else ""
    return words.sentence(f"{worth(bound)}{in_each}")


def spread(plan: Plan) -> str:
    """Tell mean and tail of cost and of net present value."""
    return (
        f"Cost is {numbers.usd(plan.cost.mean_usd)} in the mean and "
        f"{numbers.usd(plan.cost.cvar_usd)} in the {words.worst(plan)}; net present value is "
        f"{numbers.usd(plan.npv.mean_usd)}, and {numbers.usd(plan.npv.cvar_usd)} in the worst."
    )


def unserved(plan: Plan) -> str:
    """Tell how much is not served, and when most."""
    worst = max(plan.by_period, key=lambda period: period.unserved_share)
    if worst.unserved_share <= 0:
        return "All demand is served in every quarter, in the mean."
    return (
        f"{numbers.share(plan.unserved_share)} of all demand is not served in the mean, "
        f"{numbers.share(plan.unserved_p90_share)} or more in one scenario of ten; most in "
        f"{worst.period}: {numbers.share(worst.unserved_share)}."
    )


def _quarters(plan: Plan, chosen: Sequence[bool]) -> str:
    """Name the chosen quarters: `2026Q4 and 2030Q1 to 2031Q1 (6 of 18 quarters)`."""
    spans = reading.runs(plan, chosen)
    named = words.listed(a if a == b else f"{a} to {b}" for a, b in spans)
    return f"{named} ({sum(chosen)} of {words.counted(len(chosen), 'quarter')})"
