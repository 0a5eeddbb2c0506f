"""The numbers of a backtest as tables of text, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from offtake.draw import numbers, words
from offtake.draw.backtest import first_forecasts
from offtake.draw.numbers import NOTHING
from offtake.draw.tables import Table
from offtake.model.backtest import Arrival, Backtest, Fate, Forecast, Law, Money, PlanScore, Side

_SIDES = {
    Side.INSIDE: "inside",
    Side.BELOW: "sooner",
    Side.ABOVE: "later",
    Side.OPEN: "open",
}


def title(backtest: Backtest) -> str:
    """Name the backtest: `stargate, planned as of 14 Dec 2025 and scored on 5 Oct 2026`."""
    days = f"planned as of {words.day(backtest.as_of)} and scored on {words.day(backtest.score_at)}"
    return f"{words.plain(backtest.portfolio)}, {days}"


def span(backtest: Backtest) -> str:
    """Write the quarters scored: `2026Q1 to 2026Q3`."""
    first, last = backtest.scored.first, backtest.scored.last
    return f"{first} to {last}" if last > first else str(first)


def knowledge(backtest: Backtest) -> tuple[tuple[str, str], ...]:
    """Say how many entries fared how: what was left out by name, the rest by kind."""
    found = [("as written", f"{backtest.knowledge.kept_count} dated entries")]
    for fate in Fate:
        paths = [entry.path for entry in backtest.knowledge.entries if entry.fate is fate]
        named = fate in (Fate.LEFT_OUT, Fate.REPLACED)
        said = _by_kind(paths, named=named) if paths else "nothing"
        found.append((fate.value, f"{len(paths)}: {said}" if paths else said))
    return tuple(found)


def _by_kind(paths: Sequence[str], *, named: bool) -> str:
    """Group entries by kind; contracts, tranches and offers by name where that is wanted."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        kind, name = _kind(words.plain(path).removesuffix(" (terms)"))
        groups.setdefault(kind, []).append(name)
    told = []
    for kind, names in groups.items():
        if named and kind in _NAMED:
            told.append(f"{kind} {', '.join(dict.fromkeys(names))}")
        else:
            told.append(f"{len(names)} of {kind}")
    return "; ".join(told)


_NAMED = ("contracts", "tranches", "offers")


def _kind(path: str) -> tuple[str, str]:
    parts = path.split(".")
    if len(parts) > 3 and parts[2] in ("tranches", "phases"):
        return parts[2], f"{parts[1]}/{parts[3]}"
    return parts[0], parts[1] if len(parts) > 1 else parts[0]


def entries(backtest: Backtest) -> Table:
    """Give every entry that did not stand as it was, with its reason."""
    return Table(
        caption=f"What became of the portfolio's entries, taken back to {backtest.as_of}",
        head=("Entry", "Fate", "Known from", "Why"),
        rows=tuple(
            (
                words.plain(entry.path),
                entry.fate.value,
                entry.known_from.isoformat() if entry.known_from else NOTHING,
                words.sentence(entry.why),
            )
            for entry in backtest.knowledge.entries
        ),
        texts=frozenset({0, 1, 2, 3}),
    )


def laws(backtest: Backtest) -> Table:
    """Give the law of lateness of each delay process, and the one of hindsight."""
    rows = []
    for law in backtest.laws:
        rows.append((words.plain(law.process), law))
    rows.append((f"as known on {backtest.score_at}", backtest.hindsight))
    return Table(
        caption="Share late at all, and the days of the late ones",
        head=("Process", "From", "Late", "Median days", "Log-sigma", "Why"),
        rows=tuple(
            (
                name,
                law.basis,
                str(numbers.share(law.late_share)),
                numbers.count(law.median_days) if law.late_share else NOTHING,
                f"{law.log_sigma:.2f}" if law.late_share else NOTHING,
                _because(law),
            )
            for name, law in rows
        ),
        texts=frozenset({0, 1, 5}),
    )


def _because(law: Law) -> str:
    passed = f" Passed over: {'; '.join(law.passed_over)}." if law.passed_over else ""
    return words.sentence(law.why) + passed


def milestones(backtest: Backtest) -> Table:
    """Give the first forecast of each milestone, and what became of it."""
    return Table(
        caption="Each milestone's first forecast against what happened. Place: chance it gave to "
        "less, and to no more, than that. Score (CRPS) and error in days, up to the last look",
        head=(
            *("Milestone", "Announced", "Central 50 %", "Central 90 %", "Reached", "Days late"),
            *("In 50 %", "In 90 %", "Place", "Score", "Date wrong by"),
        ),
        rows=tuple(_milestone(made) for made in first_forecasts(backtest)),
        texts=frozenset({0, 1, 2, 3, 4, 6, 7}),
    )


def _milestone(made: Forecast) -> tuple[str, ...]:
    low, high = made.least_share, made.most_share
    return (
        words.plain(made.id),
        made.announced.isoformat(),
        _between(made.p25, made.p75),
        _between(made.p05, made.p95),
        made.reached.isoformat() if made.reached else "not yet",
        _late(made.late_days, made.announced, made.looked),
        _SIDES[made.half],
        _SIDES[made.most],
        f"{low:.2f}" if high - low < 0.005 else f"{low:.2f} to {high:.2f}",
        f"{made.score_days:.0f}",
        f"{made.naive_days:.0f}",
    )


def _between(low: date, high: date) -> str:
    return f"{low.isoformat()} to {high.isoformat()}"


def _late(late: float | None, announced: date, looked: date) -> str:
    if late is not None:
        return f"{late:+.0f}".replace("-", numbers.MINUS)
    return f"≥ {(looked - announced).days}"


def arrivals(backtest: Backtest) -> Table:
    """Give the tranches that were to come, and when they came."""
    return Table(
        caption="Signed by the first day and due in the quarters scored. Forecast: over the "
        "scenarios of the plan",
        head=(
            *("Tranche", "MW IT", "k H100e", "Due", "Forecast P10", "P50", "P90", "Came"),
            *("Days late", "Scored on"),
        ),
        rows=tuple(_arrival(each) for each in backtest.arrivals),
        texts=frozenset({0, 3, 4, 5, 6, 7, 9}),
    )


def _arrival(each: Arrival) -> tuple[str, ...]:
    if each.reached is not None:
        came, late = each.reached.isoformat(), f"{(each.reached - each.due).days:+d}"
    elif each.looked is not None:
        came, late = "not yet", f"≥ {(each.looked - each.due).days}"
    else:
        came, late = "not on record", NOTHING
    return (
        words.plain(each.id),
        numbers.count(each.power_it_mw),
        numbers.count(each.work_h100e / 1e3),
        *(day.isoformat() for day in (each.due, each.p10, each.p50, each.p90)),
        came,
        late,
        each.basis.value,
    )


def quarters(backtest: Backtest) -> Table:
    """Give capacity promised, forecast and there, quarter by quarter."""
    lines = backtest.by_period
    unit = numbers.column((line.promised_h100e for line in lines), (("k H100e", 1e3),))
    return Table(
        caption="Signed by the first day, k H100e, mean of the quarter: accepted, or on record. "
        "Not on record: promised beyond that, and left out",
        head=(
            *("Quarter", "Stood before", "Promised", "Forecast P10", "P50", "P90", "Was there"),
            "Not on record",
        ),
        rows=tuple(
            (
                str(line.period),
                *map(
                    unit,
                    (
                        *(line.installed_h100e, line.promised_h100e, line.forecast.p10_h100e),
                        *(line.forecast.p50_h100e, line.forecast.p90_h100e, line.realised_h100e),
                        line.unrecorded_h100e,
                    ),
                ),
            )
            for line in lines
        ),
    )


def plans(backtest: Backtest) -> Table:
    """Give the two plans, each as promised and as it came."""
    money = [m for plan in backtest.plans for m in (plan.promised, plan.realised)]
    cash = [v for m in money for v in (m.earned_usd, m.paid_usd, m.result_usd, m.invested_usd)]
    npvs = [s.mean_usd for plan in backtest.plans for s in (plan.promised_npv, plan.npv)]
    unit, whole = numbers.column(cash, numbers.USD), numbers.column(npvs, numbers.USD)
    return Table(
        caption=f"{span(backtest)}, discounted, in the mean of {backtest.scenarios} draws of "
        f"demand and prices, {unit.unit}; the last column is the whole horizon in {whole.unit}, a "
        f"model beyond {backtest.score_at}",
        head=(
            *("Plan", "As", "Signs, MW IT", "Due in time", "Earned", "Paid", "Result", "Invested"),
            *("Not served", "NPV, whole"),
        ),
        rows=tuple(row for plan in backtest.plans for row in _plan(plan, unit, whole)),
        texts=frozenset({0, 1}),
    )


def _plan(
    plan: PlanScore, unit: numbers.Column, whole: numbers.Column
) -> Iterator[tuple[str, ...]]:
    name = "with forecasts" if plan.id == "forecast" else "trusts dates"
    for word, money, npv in (
        ("promised", plan.promised, plan.promised_npv),
        ("came", plan.realised, plan.npv),
    ):
        signed = (numbers.count(plan.signed_it_mw), numbers.count(plan.in_time_it_mw))
        yield (name, word, *signed, *_cash(money, unit), whole(npv.mean_usd))


def _cash(money: Money, unit: numbers.Column) -> tuple[str, ...]:
    cash = (money.earned_usd, money.paid_usd, money.result_usd, money.invested_usd)
    return (*map(unit, cash), str(numbers.share(money.unserved_share)))


def coverages(backtest: Backtest) -> Table:
    """Give how many milestones the central intervals held."""
    return Table(
        caption="Milestones a central interval held, each by its first forecast. True coverage: "
        "exact 95 % interval, without and with the open ones inside",
        head=("Interval", "Inside", "Sooner", "Later", "Open", "True coverage", "All forecasts"),
        rows=tuple(
            (
                f"{each.nominal_share:.0%}",
                *map(
                    str,
                    (each.inside_count, each.below_count, each.above_count, each.open_count),
                ),
                f"{each.least_share:.0%} to {each.most_share:.0%}",
                f"{each.pooled_least_share:.0%} to {each.pooled_most_share:.0%}",
            )
            for each in backtest.calibration.coverages
        ),
    )
