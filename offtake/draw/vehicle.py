"""Ring-fenced vehicles in words and tables: what they borrow, how well they pay, who gains."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.draw import numbers, words
from offtake.draw.numbers import NOTHING
from offtake.draw.tables import Table
from offtake.model.plan import Plan
from offtake.model.vehicle import VehicleLine


def building(plan: Plan) -> list[VehicleLine]:
    """List the vehicles that build anything, the largest first."""
    found = [line for line in plan.vehicles if line.power_it_mw > 0]
    return sorted(found, key=lambda line: (-line.power_it_mw, line.vehicle))


def named(line: VehicleLine) -> str:
    """Name a vehicle as people write it."""
    return words.plain(line.name) or words.plain(line.vehicle)


def times(ratio: float | None) -> str:
    """Write a ratio: `1.30 times`."""
    return NOTHING if ratio is None else f"{ratio:.2f} times"


def says(plan: Plan) -> str:
    """Tell what every vehicle builds, how sure its lenders are, and what it brings."""
    found = building(plan)
    if not found:
        return "No vehicle builds anything in this plan." if plan.vehicles else ""
    return " ".join(sentence for line in found for sentence in sentences(line))


def sentences(line: VehicleLine) -> Iterator[str]:
    """Tell one vehicle in sentences."""
    debt = (
        f"lenders put up at most {numbers.usd(line.debt_usd)}, {times(line.leverage_ratio)} equity"
        if line.debt_usd > 0
        else "all of it equity"
    )
    yield (
        f"{named(line)} builds {numbers.power(line.power_it_mw)} for "
        f"{numbers.usd(line.investment_usd)} inside the horizon: {debt}."
    )
    if line.cover:
        yield covered(line)
        yield (
            f"Cover falls below lock-up in {numbers.share(line.lockup_share)} of scenarios, "
            f"shareholders have to pay in for the covenant in {numbers.share(line.cure_share)}, "
            f"and some capacity is left to the lenders in {numbers.share(line.handover_share)}, "
            f"which costs them {numbers.usd(line.lenders_loss_usd)} in the mean of all."
        )
    if line.irr_mean_share_per_year is not None:
        yield (
            f"Equity returns {numbers.share(line.irr_mean_share_per_year)} a year in the mean, "
            f"{numbers.share(line.irr_p10_share_per_year)} or less in one scenario of ten; "
            f"{numbers.share(line.minority_cash_share)} of what is paid out goes to others."
        )


def covered(line: VehicleLine) -> str:
    """Tell how well a vehicle pays in the last year in which it has debt to serve."""
    last = line.cover[-1]
    planned = f" ({last.planned_ratio:.2f} planned)" if last.planned_ratio is not None else ""
    return (
        f"In {last.year} cash covers debt service {times(last.p50_ratio)} in the median{planned}, "
        f"{last.p10_ratio:.2f} or less in one scenario of ten; the covenant is "
        f"{line.dscr_covenant_ratio:.2f}."
    )


def cover(plan: Plan) -> Table:
    """Give cash over debt service, by vehicle and year."""
    rows = [
        (
            named(line),
            year.year,
            *(
                NOTHING if ratio is None else f"{ratio:.2f}"
                for ratio in (
                    year.planned_ratio,
                    year.least_ratio,
                    year.p10_ratio,
                    year.p50_ratio,
                    year.p90_ratio,
                )
            ),
            str(numbers.share(year.due_share)),
        )
        for line in building(plan)
        for year in line.cover
    ]
    return Table(
        caption="Modelled: cash available over debt service, times; quantiles are over the "
        "scenarios in which service is due",
        head=("Vehicle", "Year", "Planned", "Worst", "P10", "Median", "P90", "Due in"),
        rows=tuple(rows),
        texts=frozenset({0, 1}),
    )


def money(plan: Plan) -> Table:
    """Give sources, uses, chances and gains, a column for each vehicle."""
    found = building(plan)
    columns = [dict(_facts(line)) for line in found]
    names = list(columns[0]) if columns else []
    return Table(
        caption=f"Vehicles, {words.modelled(plan)}: debt, equity and investment as planned, "
        "chances and money as means, cash not discounted, gains discounted",
        head=("", *(named(line) for line in found)),
        rows=tuple((name, *(column[name] for column in columns)) for name in names),
    )


def _facts(line: VehicleLine) -> Iterator[tuple[str, str]]:
    price = line.offtake_usd_per_it_kw_month
    per_month = numbers.amount(price, "USD per kW-month")
    yield "The lab's share of equity", str(numbers.share(line.ownership_share))
    yield "Signed", str(numbers.power(line.power_it_mw))
    yield "Part of it that carries debt", str(numbers.power(line.financed_it_mw))
    yield "The lab pays it for capacity in service", str(per_month)
    yield "Investment", str(numbers.usd(line.investment_usd))
    yield "Debt, at most", str(numbers.usd(line.debt_usd))
    yield "Equity", str(numbers.usd(line.equity_usd))
    yield "Debt over equity, at most", times(line.leverage_ratio)
    yield (
        "Cover: target, lock-up, covenant",
        " / ".join(
            f"{ratio:.2f}"
            for ratio in (line.dscr_target_ratio, line.dscr_lockup_ratio, line.dscr_covenant_ratio)
        ),
    )
    yield "Return of equity a year, mean", str(numbers.share(line.irr_mean_share_per_year))
    yield "Return in the worst tenth, at most", str(numbers.share(line.irr_p10_share_per_year))
    yield "Chance of cover below lock-up", str(numbers.share(line.lockup_share))
    yield "Chance that shareholders pay in", str(numbers.share(line.cure_share))
    yield "What they pay in, mean", str(numbers.usd(line.cure_usd))
    yield "Paid out below lock-up, mean", str(numbers.usd(line.early_usd))
    yield "Chance of capacity left to lenders", str(numbers.share(line.handover_share))
    yield "Chance that it is only a part", str(numbers.share(line.partial_share))
    yield "Capacity left to them, mean", str(numbers.power(line.handed_it_mw))
    yield "Lenders lose, mean", str(numbers.usd(line.lenders_loss_usd))
    yield "The lab pays lenders on leaving, mean", str(numbers.usd(line.guarantee_usd))
    yield "Gain of the lab's equity and guarantee", str(numbers.usd(line.lab_gain_usd))
    yield "Gain of the other shareholders", str(numbers.usd(line.minority_gain_usd))
