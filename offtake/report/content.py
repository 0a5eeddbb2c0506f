"""What a report says, in the order a reader needs it; no layout, no colour, no escape.

Every form of the report (page, Markdown, terminal) is made from these, so they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from offtake.draw import numbers, reading, says, words
from offtake.draw.numbers import Column, Shown
from offtake.model.plan import Assumption, Plan, Signing

NO_SOURCES = (
    "Reference facts, where the portfolio uses them: Epoch AI (CC BY 4.0), "
    "U.S. Energy Information Administration, U.S. EPA eGRID. The file NOTICE names all works."
)
"""Stands where a plan does not tell whose data it rests on."""
_LICENSED = re.compile(r"^([^,(]+).*?\((CC [^)]+)\)")
_NAMED = 4
_WIDEST = 120


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that is read first."""

    label: str
    shown: Shown
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to sign, as it is read."""

    when: str
    name: str
    site: str
    chain: str
    tenure: str
    accelerator: str
    power: str
    count: str
    blocks: str
    service: str
    cost: str
    why: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that holds the plan back, in words."""

    name: str
    when: str
    why: str
    percent: str
    """What one percent more of it is worth."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """Numbers that were assumed for one reason: often one for many entries."""

    part: str
    field: str
    shown: str
    reason: str
    entries: tuple[str, ...]
    """Where they are, at most a few."""
    more: int
    """How many entries are not named."""


def title(plan: Plan) -> str:
    """Name the plan: `Plan for stargate, 2026Q4 to 2031Q1`."""
    return f"Plan for {words.plain(plan.portfolio)}, {words.span(plan)}"


def answer(plan: Plan) -> tuple[str, str]:
    """Answer in two sentences: what to sign, and what it costs and risks."""
    return _to_sign(plan), (
        f"All capacity together then costs {numbers.usd(plan.cost.mean_usd)}, discounted, in the "
        f"mean and {numbers.usd(plan.cost.cvar_usd)} in the {words.worst(plan)}, leaves "
        f"{numbers.share(plan.unserved_share)} of demand unserved, and has a net present value of "
        f"{numbers.usd(plan.npv.mean_usd)} ({numbers.usd(plan.npv.cvar_usd)} in the worst)."
    )


def _to_sign(plan: Plan) -> str:
    ahead, by_the_hour = reading.lasting(plan), reading.hourly(plan)
    parts: list[str] = []
    if ahead:
        first, last = ahead[0].period, ahead[-1].period
        now = _power([s for s in ahead if s.period == first])
        many = _offers(ahead)
        of = words.counted(many, "offer") if many > 1 else words.name_of(ahead[0])
        whole = f"Sign {_power(ahead)} of {of}"
        rest = f": {now} in {first}, the rest by {last}" if last > first else f" in {first}"
        parts.append(whole + rest)
    if by_the_hour:
        parts.append(f"{'rent' if ahead else 'Rent'} up to {_power(by_the_hour)} by the hour")
    return f"{'; '.join(parts)}." if parts else "Sign nothing."


def _power(signed: list[Signing]) -> Shown:
    return numbers.power(sum(s.power_it_mw for s in signed))


def _offers(signed: list[Signing]) -> int:
    return len({s.offer for s in signed})


def tiles(plan: Plan) -> tuple[Tile, ...]:
    """Give the numbers that are read first."""
    ahead = reading.lasting(plan)
    last = plan.by_period[-1]
    grams = reading.grams_per_kwh(plan)
    intensity = f"{numbers.count(grams)} g/kWh, " if grams is not None else ""
    return (
        Tile(
            "To sign",
            _power(ahead),
            f"{words.counted(_offers(ahead), 'offer')}, {words.counted(len(ahead), 'signing')}",
        ),
        Tile(
            f"In service, {last.period}",
            numbers.h100e(last.capacity.mean_h100e),
            f"{numbers.power(reading.power(last))}, mean",
        ),
        Tile("Cost", numbers.usd(plan.cost.mean_usd), f"mean; {_range(plan)}"),
        Tile(
            "Net present value",
            numbers.usd(plan.npv.mean_usd),
            f"mean; {numbers.usd(plan.npv.cvar_usd)} in the worst {_tail(plan)}",
        ),
        Tile(
            "Demand not served",
            numbers.share(plan.unserved_share),
            f"{numbers.share(plan.unserved_p90_share)} or more in one scenario of ten",
        ),
        Tile(
            "Carbon",
            numbers.carbon(plan.carbon_t_co2),
            f"{intensity}{numbers.share(plan.clean_share)} carbon-free",
        ),
    )


def _range(plan: Plan) -> str:
    low, high = numbers.usd(plan.cost.p10_usd), numbers.usd(plan.cost.p90_usd)
    return f"P10 {low.number if low.unit == high.unit else low}, P90 {high}"


def _tail(plan: Plan) -> str:
    return f"{(1 - plan.cvar_alpha_share) * 100:.3g} %"


def cost_unit(plan: Plan) -> Column:
    """Give the unit in which the costs of all signings are written."""
    return numbers.column((s.lifetime_cost_usd for s in plan.signed), numbers.USD)


def signings(plan: Plan) -> tuple[Row, ...]:
    """Give what to sign: what is signed ahead in its order, then what is taken by the hour."""
    ordered = [*reading.lasting(plan), *reading.hourly(plan)]
    power = numbers.column((s.power_it_mw for s in ordered), numbers.POWER)
    cost = cost_unit(plan)
    return tuple(
        Row(
            when=str(s.period),
            name=words.name_of(s),
            site=words.plain(s.site),
            chain=words.chain_of(s),
            tenure=s.tenure.value,
            accelerator=words.plain(s.accelerator),
            power=power(s.power_it_mw),
            count=numbers.count(s.accelerator_count),
            blocks=words.counted(s.block_count, "block") if s.block_count else "",
            service=str(s.service),
            cost=cost(s.lifetime_cost_usd),
            why=words.sentence(s.why),
        )
        for s in ordered
    )


def limits(plan: Plan) -> tuple[Limit, ...]:
    """Give the limits that hold the plan back, the most valuable first."""
    return tuple(
        Limit(
            name=says.limit_name(bound),
            when=says.limit_when(bound),
            why=says.because(bound),
            percent=str(numbers.usd(bound.percent_worth)),
        )
        for bound in reading.ranked(plan)
    )


def assumptions(plan: Plan) -> dict[str, list[Assumed]]:
    """Give what the plan rests on, by part of the portfolio; like reasons are put together."""
    together: dict[tuple[str, str, str], list[Assumption]] = {}
    for each in plan.assumptions:
        part, _, rest = words.plain(each.path).partition(".")
        field = rest.rpartition(".")[2]
        together.setdefault((part, field, words.sentence(each.reason)), []).append(each)
    found: dict[str, list[Assumed]] = {}
    for (part, field, reason), members in together.items():
        values = list(dict.fromkeys(words.plain(member.shown) for member in members))
        entries = [_entry(member, part, field) for member in members]
        found.setdefault(part, []).append(
            Assumed(
                part=part,
                field=field,
                shown=words.shortened("; ".join(values), _WIDEST),
                reason=reason,
                entries=tuple(entry for entry in entries if entry)[:_NAMED],
                more=max(len(entries) - _NAMED, 0),
            )
        )
    return found


def _entry(each: Assumption, part: str, field: str) -> str:
    """Name the entry an assumption belongs to: its path without part and field."""
    path = words.plain(each.path)
    return path.removeprefix(part).removesuffix(field).strip(".")


def remarks(plan: Plan) -> tuple[str, ...]:
    """Give what a reader must know to use the plan: what it lacks, then what it says itself."""
    return (*missing(plan), *(words.sentence(remark) for remark in plan.remarks))


def missing(plan: Plan) -> tuple[str, ...]:
    """Name the data a plan lacks, and what of the report therefore says nothing."""
    lines = plan.by_period
    lacking = {
        "The plan has no quarters: capacity, cash and what is not served are not shown.": not lines,
        "No demand is in the plan: that all of it is served, and that capacity covers it, says "
        "nothing.": bool(lines) and not any(line.demand.mean_h100e for line in lines),
        "No capacity is in the plan, signed before or by it: use, dates and energy are not "
        "shown.": bool(lines) and not any(line.capacity.mean_h100e for line in lines),
        "No delivery is in the plan although capacity is: its dates and delays are not shown.": any(
            line.capacity.mean_h100e for line in lines
        )
        and not plan.deliveries,
        "No money moves in the plan: its cost and value are zero because nothing is priced or "
        "nothing is there.": plan.cost.mean_usd == plan.npv.mean_usd == 0.0,
    }
    return tuple(said for said, is_so in lacking.items() if is_so)


def sources(plan: Plan) -> tuple[str, ...]:
    """Give whose data the plan rests on."""
    return tuple(words.plain(source) for source in plan.sources) or (NO_SOURCES,)


def licences(plan: Plan) -> str:
    """Name who must be named, in a sentence: `Used under CC BY 4.0: Epoch AI.`."""
    owners: dict[str, dict[str, None]] = {}
    for source in plan.sources:
        for work in words.plain(source).split(";"):
            match = _LICENSED.search(work.rpartition(": ")[2])
            if match:
                owners.setdefault(match[2], {}).setdefault(match[1].strip())
    return " ".join(f"Used under {name}: {words.listed(who)}." for name, who in owners.items())


def method(plan: Plan) -> Iterator[tuple[str, str]]:
    """Give how the plan was computed, as names and values."""
    effort = plan.effort
    gap = numbers.usd(plan.bound_usd - plan.objective_usd)
    quarters = words.counted(len(plan.horizon.quarters), "quarter")
    yield (
        "Objective",
        f"(1 − λ)·mean + λ·tail of net present value = {numbers.usd(plan.objective_usd)}; "
        f"λ = {plan.risk_share:g}, tail: the {words.worst(plan)} (α = {plan.cvar_alpha_share:g})",
    )
    yield (
        "Gap",
        f"No plan is better by more than {gap}, which is {numbers.share(plan.gap_share)} of the "
        f"discounted volume of cost; upper bound {numbers.usd(plan.bound_usd)}",
    )
    yield "Scenarios", f"{words.counted(plan.scenarios, 'scenario')}, drawn with seed {plan.seed}"
    yield (
        "Horizon",
        f"{words.span(plan)}, {quarters}; discounted to the first day of {plan.horizon.first}",
    )
    yield "As of", words.day(plan.as_of)
    yield (
        "Program",
        f"{words.plain(effort.solver)}: {effort.columns_count:,} columns "
        f"({effort.integers_count:,} whole-number), {effort.rows_count:,} rows, "
        f"{effort.nonzeros_count:,} nonzeros, in {numbers.seconds(effort.wall_s)}",
    )
    yield (
        "Residual",
        f"{numbers.tiny(effort.residual_amount)}: largest violation of a constraint, "
        "recomputed from the solution, scaled by its row",
    )
    yield "Inputs", f"SHA-256 {words.plain(plan.inputs_sha256)}"
    yield "Made by", f"offtake {words.plain(plan.version)}"
