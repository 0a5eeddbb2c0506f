"""The parts of the report of a cycle: sentences and tables, the same for a page and for Markdown.

Every caption says first how its numbers are known: measured, modelled, assumed or exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from offtake.cycle.comparing import money_back
from offtake.cycle.differences import PARTS, Difference, total
from offtake.cycle.scripting import LATE_DAYS, LOST_HOURS
from offtake.cycle.story import Cycle
from offtake.draw import statement_tables, words
from offtake.draw.numbers import NOTHING
from offtake.draw.tables import Table
from offtake.report.compare import compare_plans

CONVENTION = (
    "Standard costing, with useful work as the output; positive cost more than planned. "
    "Price: the invoice less the planned price of the hours paid for, credits and damages in it. "
    "Efficiency: hours paid for beyond what the useful work should have taken, at the planned "
    "price and the plan's useful share. Delay: hours that were late or lost and not paid for, at "
    "the planned price, so it is negative. Volume: more or less work than planned, all else. "
    "The four add up to the difference to the cent."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the report."""

    key: str
    """Its anchor."""
    title: str
    """Its heading."""
    short: str
    """Its heading in a word, for the list of parts."""
    says: tuple[str, ...] = ()
    """What it tells, in sentences."""
    tables: tuple[Table, ...] = ()
    """Its numbers."""
    note: str = ""
    """How to read it."""


def title(made: Cycle) -> str:
    """Give the heading of the report."""
    return f"The cycle of {words.plain(made.world.name)}, {_month(made)}"


def answer(made: Cycle) -> str:
    """Say in a sentence or two what came of it."""
    whole = total(made.differences)
    more = "more" if whole.total >= 0 else "less"
    parts = ", ".join(f"{name} {millions(getattr(whole, name), sign=True)}" for name in PARTS)
    return (
        f"In {_month(made)} the lab's contracts cost {millions(whole.actual)}, "
        f"{millions(abs(whole.total))} {more} than planned: {parts}. "
        f"{words.counted(made.ran.states['succeeded'], 'job')} of "
        f"{sum(made.ran.states.values()):,} were done, {made.ran.again:,} of them begun again."
    )


def parts(made: Cycle) -> tuple[Part, ...]:
    """Give all parts, in order."""
    return (
        _story(made),
        _differences(made),
        _chain(made),
        _plan(made),
        _adopted(made),
        _here(made),
        _ran(made),
        _learned(made),
        _known(made),
    )


def bars(made: Cycle) -> tuple[tuple[str, Decimal], ...]:
    """Give the four parts of the difference over all contracts, by name."""
    whole = total(made.differences)
    return tuple((name, getattr(whole, name)) for name in PARTS)


def millions(amount: Decimal, *, sign: bool = False) -> str:
    """Write an amount of USD in millions: `−4.80 M USD`."""
    value = amount / 1_000_000
    return _signed(f"{value:+,.2f} M USD" if sign else f"{value:,.2f} M USD")


def _exact(amount: Decimal) -> str:
    return _signed(f"{amount:,.2f}")


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _month(made: Cycle) -> str:
    return words.month(made.scene.month.first_day)


def _story(made: Cycle) -> Part:
    scene, lost = made.scene, made.scene.script.outages[0]
    says = [
        f"{words.day(made.plan.as_of)}: a plan is drafted; its first quarter signs "
        f"{words.counted(len(made.proposal.adoption.contracts), 'contract')}, and they are "
        "adopted."
    ]
    if scene.late is not None:
        says.append(
            f"{words.day(scene.late.due)}: {scene.late_contract}.{scene.late.id} is due, "
            f"{scene.late.accelerator_count or 0:,} {scene.late.accelerator}. It is accepted "
            f"{LATE_DAYS} days into the month (assumed)."
        )
    says.append(
        f"{words.day(lost.starts.date())}, {lost.starts:%H:%M} UTC: {lost.site} goes dark for "
        f"{LOST_HOURS} hours (assumed); {words.counted(made.ran.again, 'job')} of the month "
        "had to begin again, for this or to give way to others."
    )
    back = money_back(made.statement.invoices, made.world.lab)
    says.append(
        f"{words.day((scene.month + 1).first_day)}: the month is over; credits and damages of "
        f"{millions(back)} come back to the lab, and the books are closed."
    )
    says.append(f"Then the next plan is made, as of {words.day(made.again.as_of)}.")
    return Part(key="story", short="Story", title="What happened", says=tuple(says))


def _differences(made: Cycle) -> Part:
    rows = [_row(one) for one in (*made.differences, total(made.differences, "all"))]
    table = Table(
        caption="Exact, from exact invoices, modelled hours and a modelled plan, in USD",
        head=("Contract", "Planned", "Actual", "Difference", *map(str.capitalize, PARTS)),
        rows=tuple(rows),
    )
    return Part(
        key="differences",
        short="Differences",
        title="Plan against actual",
        tables=(table,),
        note=CONVENTION,
    )


def _row(one: Difference) -> tuple[str, ...]:
    split = (getattr(one, name) for name in PARTS)
    return (one.contract, *map(_exact, (one.planned, one.actual, one.total, *split)))


def _chain(made: Cycle) -> Part:
    held = made.statement
    charged = replace(held, invoices=tuple(one for one in held.invoices if one.charges))
    return Part(
        key="chain",
        short="Chain",
        title="The chain, settled to the cent",
        says=tuple(statement_tables.notes(held)),
        tables=(statement_tables.chain(charged), statement_tables.positions(charged)),
    )


def _plan(made: Cycle) -> Part:
    plan = made.plan
    rows = [
        (
            str(one.period),
            words.plain(one.name),
            one.tenure.value,
            words.plain(one.site),
            f"{one.power_it_mw:,.1f}",
            f"{one.accelerator_count:,}",
            str(one.service),
        )
        for one in plan.signed
    ]
    head = ("Sign", "Offer", "Held", "Site", "MW IT", "Accelerators", "Service")
    caption = f"Modelled: what the plan signs, on {plan.scenarios} scenarios"
    signed = Table(caption=caption, head=head, rows=tuple(rows), texts=frozenset({0, 1, 2, 3, 6}))
    return Part(
        key="plan", short="Plan", title="The plan, and its test", tables=(signed, *_stressed(made))
    )


def _stressed(made: Cycle) -> Iterator[Table]:
    held = made.stressed
    if held is None:
        return
    rows = [
        (
            line.quarter,
            f"{line.planned_hours / 1e6:,.1f}",
            f"{line.delivered_hours.mean / 1e6:,.1f}",
            f"{line.productive_hours.mean / 1e6:,.1f}",
        )
        for line in held.lines
    ]
    count = words.counted(held.replications, "replication")
    yield Table(
        caption=f"Modelled: M accelerator-hours under test, mean of {count}, seed {held.seed}",
        head=("Quarter", "Planned", "There", "Productive"),
        rows=tuple(rows),
    )


def _adopted(made: Cycle) -> Part:
    rows = []
    for contract in made.proposal.adoption.contracts:
        tranche, rate = contract.tranches[0], next(iter(contract.rates), None)
        price = NOTHING if rate is None else f"{rate.price} a {rate.basis.value}"
        count = f"{tranche.accelerator_count or 0:,}"
        due = words.day(tranche.due)
        rows.append((contract.id, contract.tenure.value, tranche.site, count, due, price))
    table = Table(
        caption="As the plan signs it: contracts that were adopted; prices in USD",
        head=("Contract", "Held", "Site", "Accelerators", "Due", "Price"),
        rows=tuple(rows),
        texts=frozenset({0, 1, 2, 4, 5}),
    )
    return Part(
        key="adopted",
        short="Adopted",
        title="What was adopted",
        says=made.proposal.adoption.remarks,
        tables=(table,),
    )


def _here(made: Cycle) -> Part:
    here = made.here
    right = {True: "the known sum", False: "another sum", None: NOTHING}
    rows = [
        (one.name, one.state, ", then ".join(one.clusters), f"{one.seconds:.2f}", right[one.right])
        for one in here.jobs
    ]
    table = Table(
        caption="Measured: processes of this machine, by their wrappers",
        head=("Job", "State", "Ran on", "Seconds", "Printed"),
        rows=tuple(rows),
        texts=frozenset({0, 1, 2, 4}),
    )
    says = (
        f"{words.counted(len(here.jobs), 'real job')} ran through the same service, on two local "
        f"clusters. {here.lost} was given up while a job ran there: it began again elsewhere. "
        f"All took {here.wall_s:.1f} s by the clock.",
    )
    return Part(
        key="here", short="Real jobs", title="Real jobs on this machine", says=says, tables=(table,)
    )


def _ran(made: Cycle) -> Part:
    ran = made.ran
    rows = [
        (
            name,
            f"{ran.metered_s[name] / 3600:,.0f}",
            f"{ran.useful_s[name] / 3600:,.0f}",
            NOTHING if not ran.metered_s[name] else _share(ran.useful_s[name], ran.metered_s[name]),
        )
        for name in sorted(ran.metered_s)
    ]
    table = Table(
        caption=f"Modelled: GPU-hours by cluster, {_month(made)}",
        head=("Cluster", "Ran", "Kept", "Kept of what ran"),
        rows=tuple(rows),
    )
    says = (
        "The month went by a clock that is moved: the control plane, its rules, its attempts and "
        "its meters are those of the service; the bodies of jobs were simulated.",
        f"{words.counted(ran.attempts, 'attempt')} for "
        f"{words.counted(sum(ran.states.values()), 'job')}, {ran.rounds:,} rounds of the "
        "controller.",
    )
    return Part(key="month", short="Month", title="The month that ran", says=says, tables=(table,))


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"


def _learned(made: Cycle) -> Part:
    rows = [
        (
            one.contract,
            f"{100 * one.kept_share:.1f} %",
            f"{100 * one.goodput_before:.1f} %",
            f"{100 * one.goodput_after:.1f} %",
        )
        for one in made.lessons
    ]
    lessons = Table(
        caption="Modelled, by the month that ran: goodput the next plan expects",
        head=("Contract", "Kept of what ran", "Goodput before", "Goodput after"),
        rows=tuple(rows),
    )
    late = Table(
        caption="Assumed by the cycle, then learnt: acceptance against the day it was due",
        head=("Tranche", "Due", "Accepted", "Days late"),
        rows=tuple(
            (
                f"{one.contract}.{one.tranche}",
                words.day(one.due),
                words.day(one.accepted),
                f"{one.late_days:.0f}",
            )
            for one in made.learned.tranches
        ),
        texts=frozenset({0, 1, 2}),
    )
    found = compare_plans(made.plan, made.again)
    changes = Table(
        caption="Modelled: what the two plans sign of each offer, MW IT",
        head=("Offer", "First plan", "Next plan"),
        rows=tuple(
            (words.plain(one.name), f"{one.a.power_it_mw:,.1f}", f"{one.b.power_it_mw:,.1f}")
            for one in found.signings
        ),
    )
    return Part(
        key="next",
        short="Next plan",
        title="What was learnt, and the next plan",
        says=found.warnings,
        tables=(lessons, late, changes),
        note=(
            "What was kept counts what jobs had saved before they stopped; above, an attempt "
            "that did not end is no use at all. The next plan has what was adopted already, and "
            "signs on top of it."
        ),
    )


def _known(made: Cycle) -> Part:
    rows = [(one.name, words.sentence(one.words), f"{one.wall_s:.1f}") for one in made.steps]
    rows.append(("all", "", f"{sum(one.wall_s for one in made.steps):.1f}"))
    table = Table(
        caption="Measured: elapsed seconds of each step",
        head=("Step", "What it did", "Seconds"),
        rows=tuple(rows),
        texts=frozenset({0, 1}),
    )
    says = (
        "Measured: the real jobs on this machine, and how long each step took.",
        "Modelled: both plans, the test of the first, the bodies of the month's jobs, and energy.",
        f"Assumed: the work of the month, that a tranche came {LATE_DAYS} days into it, the "
        f"{LOST_HOURS} hours a site was dark, and all that the world itself calls assumed.",
        "Exact: invoices, credits, damages and the four parts, to the cent, from all of these.",
    )
    return Part(
        key="known", short="Evidence", title="How each number is known", says=says, tables=(table,)
    )
