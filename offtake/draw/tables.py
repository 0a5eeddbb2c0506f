"""The numbers behind each figure, as tables of text: for a page, a file or a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from offtake.draw import numbers, reading, says, words
from offtake.draw.numbers import NOTHING
from offtake.draw.reading import Bound
from offtake.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head; the first column names the row."""

    caption: str
    """What it holds, with the unit and whether it is modelled or as written."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[int] = frozenset({0})
    """Columns that hold words; the others hold numbers and are set to the right."""


def capacity(plan: Plan) -> Table:
    """Give capacity by tenure and demand, quarter by quarter."""
    lines = plan.by_period
    tops = [max(p.capacity.mean_h100e, p.demand.p90_h100e) for p in lines]
    unit = numbers.column(tops, numbers.H100E)
    used = reading.tenures(plan)
    rows = []
    for line in lines:
        split, asked = reading.by_tenure(line), line.demand
        row = [split[tenure] for tenure in used]
        row += [line.capacity.mean_h100e, asked.p10_h100e, asked.p50_h100e, asked.p90_h100e]
        rows.append((str(line.period), numbers.count(reading.power(line)), *map(unit, row)))
    names = [tenure.value.capitalize() for tenure in used]
    return Table(
        caption=f"Modelled: in service (mean) and demand, {unit.unit}; {words.span(plan)}",
        head=(
            *("Quarter", "MW IT", *names, "Capacity"),
            *("Demand P10", "Median", "P90"),
        ),
        rows=tuple(rows),
    )


def timeline(plan: Plan) -> Table:
    """Give the dates of each delivery."""
    unit = numbers.column((d.power_it_mw for d in plan.deliveries), numbers.POWER)
    rows = tuple(
        (
            words.name_of(d),
            "signed" if d.committed else "to sign",
            d.tenure.value,
            unit(d.power_it_mw),
            words.plain(d.accelerator),
            words.plain(d.site),
            words.day(d.signed),
            words.day(d.due),
            words.month(d.p10),
            words.month(d.p50),
            words.month(d.p90),
            words.month(d.ends),
        )
        for d in reading.deliveries(plan)
    )
    dates = ("Signed", "Due", "P10", "P50", "P90", "Ends")
    return Table(
        caption=f"Deliveries as of {words.day(plan.as_of)}: P10, P50 and P90 are modelled",
        head=("Name", "State", "Held", unit.unit, "Accelerator", "Site", *dates),
        rows=rows,
        texts=frozenset(range(12)) - {3},
    )


def cash(plan: Plan) -> Table:
    """Give cash out and in, quarter by quarter, and the running sum."""
    lines = plan.by_period
    sums = list(accumulate(reading.net(line) for line in lines))
    flows = [
        (
            -line.investment_cash_usd,
            -line.payment_cash_usd,
            -line.energy_cash_usd,
            line.revenue_cash_usd,
            reading.net(line),
            total,
        )
        for line, total in zip(lines, sums, strict=True)
    ]
    unit = numbers.column((flow for row in flows for flow in row[:-1]), numbers.USD)
    return Table(
        caption=f"Modelled: mean cash, {unit.unit}, not discounted; paid is negative",
        head=("Quarter", "Investment", "Payments", "Energy", "Revenue", "Net", "Cumulated"),
        rows=tuple(
            (str(line.period), *map(unit, row)) for line, row in zip(lines, flows, strict=True)
        ),
    )


def limits(plan: Plan) -> Table:
    """Give the limits that bind, the most valuable first."""
    return Table(
        caption="Modelled: limits that bind, and their worth to the objective at the margin, "
        "added up over the quarters",
        head=("Limit", "When", "Allowed", "One more is worth", "1 % more is worth"),
        rows=tuple(
            (
                says.limit_name(bound),
                says.limit_when(bound),
                _allowed(bound),
                says.worth(bound),
                str(numbers.usd(bound.percent_worth)),
            )
            for bound in reading.ranked(plan)
        ),
        texts=frozenset({0, 1, 3}),
    )


def _allowed(bound: Bound) -> str:
    unit = words.plain(bound.unit)
    least, most = numbers.amount(bound.least, unit), numbers.amount(bound.most, unit)
    if least == most:
        return str(most)
    return f"{least.number if least.unit == most.unit else least} to {most}"


def spread(plan: Plan) -> Table:
    """Give the spread of cost and of net present value."""
    strips = reading.spreads(plan)
    unit = numbers.column((v for _, s in strips for v in reading.values(s)), numbers.USD)
    return Table(
        caption=f"{words.modelled(plan).capitalize()}, {unit.unit}, "
        f"discounted to {plan.horizon.first}",
        head=("Sum", "P10", "Median", "P90", "Mean", f"Mean of the {words.worst(plan)}"),
        rows=tuple((name, *map(unit, reading.values(each))) for name, each in strips),
    )


def unserved(plan: Plan) -> Table:
    """Give the share of demand not served, and of capacity used, quarter by quarter."""
    return Table(
        caption=f"Modelled: demand not served and capacity used, mean; {words.span(plan)}",
        head=("Quarter", "Not served", "Capacity used"),
        rows=tuple(
            (
                str(line.period),
                str(numbers.share(line.unserved_share)),
                str(numbers.share(line.used_share)) if reading.power(line) > 0 else NOTHING,
            )
            for line in plan.by_period
        ),
    )


def years(plan: Plan) -> Table:
    """Give what is in service at the end of each year, and the year's money and energy."""
    rows = []
    lines = plan.by_period
    unit = numbers.column((line.capacity.mean_h100e for line in lines), numbers.H100E)
    found = sorted({line.period.year for line in lines})
    sums = {y: sum(reading.paid(p) for p in lines if p.period.year == y) for y in found}
    money = numbers.column(sums.values(), numbers.USD)
    for year in found:
        mine = [line for line in lines if line.period.year == year]
        last = mine[-1]
        power = [last.power_it_mw.get(tenure, 0.0) for tenure in reading.tenures(plan)]
        asked = sum(line.demand.mean_h100e for line in mine)
        missed = sum(line.unserved_share * line.demand.mean_h100e for line in mine)
        carbon = sum(line.carbon_t_co2 for line in mine)
        rows.append(
            (
                str(last.period),
                *map(numbers.count, power),
                numbers.count(reading.power(last)),
                unit(last.capacity.mean_h100e),
                str(numbers.share(missed / asked if asked else 0.0)),
                money(sums[year]),
                str(numbers.carbon(carbon)),
            )
        )
    names = [f"{tenure.value.capitalize()} MW" for tenure in reading.tenures(plan)]
    return Table(
        caption="Modelled: in service at the end of each year (mean, MW IT), and in the year",
        head=(
            *("End of", *names, "MW IT", unit.unit, "Not served"),
            *(f"Paid, {money.unit}", "Carbon"),
        ),
        rows=tuple(rows),
    )
