"""The numbers behind each figure of a study, as tables of text."""

from __future__ import annotations

from collections.abc import Iterable

from offtake.draw import numbers, words
from offtake.draw.numbers import NOTHING, Column
from offtake.draw.study import reading
from offtake.draw.tables import Table
from offtake.model.contract import Tenure
from offtake.model.outlook import Outlook
from offtake.model.study import Study
from offtake.model.what_if import AlternativeRange

_HELD = tuple(tenure for tenure in Tenure if not tenure.is_hourly)


def _on(scenarios: int) -> str:
    return f"Modelled on {words.counted(scenarios, 'scenario')}"


def _money(values: Iterable[float | None]) -> Column:
    return numbers.column(values, numbers.USD)


def lots(study: Study) -> Table:
    """Give what the plan signs ahead, by quarter and size."""
    unit = numbers.column((lot.power_it_mw for lot in study.plan.lots), numbers.POWER)
    return Table(
        caption=f"{_on(study.scenarios)}: what the plan signs ahead; rent and spot are apart",
        head=("When", "Offer", "Held", "Where", unit.unit),
        rows=tuple(
            (
                str(lot.period),
                words.plain(lot.name) or words.plain(lot.offer) or NOTHING,
                lot.tenure.value,
                words.plain(lot.site),
                unit(lot.power_it_mw),
            )
            for lot in study.plan.lots
        ),
        texts=frozenset({0, 1, 2, 3}),
    )


def value(study: Study) -> Table:
    """Give the objectives from the least informed plan on, and what each gains."""
    lines = reading.steps(study)
    unit = _money(v for _, v, _ in lines)
    assert study.value is not None, "only asked of a study that has the part"
    return Table(
        caption=f"{_on(study.value.scenarios)}: objective, {unit.unit}, discounted",
        head=("Plan", "Objective", "Gain"),
        rows=tuple(
            (name, unit(objective), unit(gain, signed=True)) for name, objective, gain in lines
        ),
    )


def intervals(study: Study, *, of_plan: bool) -> Table:
    """Give estimates with their intervals, and what they are held against."""
    lines = reading.of_plan(study) if of_plan else reading.of_rolling(study)
    unit = _money(v for _, e, other in lines for v in (e.low_usd, e.high_usd, other))
    sure = f"{lines[0][1].confidence_share * 100:g} %"
    head = ("Net present value", "Estimate", f"{sure} from", "to")
    rows = [
        (name, unit(e.mean_usd), unit(e.low_usd), unit(e.high_usd), unit(other))
        for name, e, other in lines
    ]
    return Table(
        caption=f"{_lived(study, of_plan=of_plan)}: {unit.unit}, discounted",
        head=(*head, "Made on") if of_plan else head,
        rows=tuple(row if of_plan else row[:-1] for row in rows),
    )


def _lived(study: Study, *, of_plan: bool) -> str:
    """Say on what intervals were estimated."""
    if of_plan and study.out_of_sample is not None:
        return f"Modelled on {study.out_of_sample.fresh.scenarios:,} fresh scenarios"
    paths = study.rolling.paths_count if study.rolling is not None else 0
    return f"Modelled on {words.counted(paths, 'path')}"


def frontier(study: Study) -> Table:
    """Give mean, tail and power of the plan at each weight of the tail."""
    found = study.frontier
    assert found is not None, "only asked of a study that has the part"
    plans = [p.plan for p in found.points]
    unit = _money(v for p in plans for v in (p.npv.mean_usd, p.npv.cvar_usd))
    held = [t for t in _HELD if any(p.signed_it_mw.get(t) for p in plans)]
    return Table(
        caption=f"{_on(found.scenarios)}: net present value, {unit.unit}, and power signed ahead",
        head=(
            *("λ", "Mean", "Mean of the worst", "P10", "P90"),
            *(f"{t.value.capitalize()}, MW IT" for t in held),
            "Against the one before",
        ),
        rows=tuple(
            (
                f"{p.risk_share:g}",
                *map(unit, (p.plan.npv.mean_usd, p.plan.npv.cvar_usd)),
                *map(unit, (p.plan.npv.p10_usd, p.plan.npv.p90_usd)),
                *(numbers.count(p.plan.signed_it_mw.get(t, 0.0)) for t in held),
                words.plain(p.changed) + (" Another is better in both." if p.dominated else ""),
            )
            for p in found.points
        ),
        texts=frozenset({0, 5 + len(held)}),
    )


def strategies(study: Study) -> Table:
    """Give what each strategy brings, risks, leaves and signs."""
    found = study.strategies
    assert found is not None, "only asked of a study that has the part"
    made = [s.plan for s in found.strategies if s.plan is not None]
    unit = _money(v for p in made for v in (p.npv.mean_usd, p.npv.cvar_usd, p.cost.mean_usd))
    peak = _money(s.peak_cash_usd for s in found.strategies)
    held = [t for t in _HELD if any(p.signed_it_mw.get(t) for p in made)]
    return Table(
        caption=f"{_on(found.scenarios)}: net present value and cost, {unit.unit}, discounted; "
        f"peak cash {peak.unit}, not discounted",
        head=(
            *("Strategy", "Objective", "Mean", "P10", "P90", "Mean of the worst", "Cost"),
            *("Not served", "Peak cash"),
            *(f"{t.value.capitalize()}, MW IT" for t in held),
        ),
        rows=tuple(
            (
                words.plain(s.name),
                *_brought(s.plan, unit),
                peak(s.peak_cash_usd) if s.peak_cash_usd is not None else NOTHING,
                *(
                    numbers.count(s.plan.signed_it_mw.get(t, 0.0)) if s.plan else NOTHING
                    for t in held
                ),
            )
            for s in found.strategies
        ),
    )


def _brought(plan: Outlook | None, unit: Column) -> tuple[str, ...]:
    if plan is None:
        return (NOTHING,) * 7
    npv = plan.npv
    money = (plan.objective_usd, npv.mean_usd, npv.p10_usd, npv.p90_usd, npv.cvar_usd)
    return (*map(unit, (*money, plan.cost.mean_usd)), str(numbers.share(plan.unserved_share)))


def losses(study: Study) -> Table:
    """Give what each plan loses to the best in hindsight."""
    found = study.regret
    assert found is not None, "only asked of a study that has the part"
    told = reading.stories(found.lines)
    unit = _money(v for line in found.lines for v in reading.losses(line, told))
    return Table(
        caption=f"Modelled: loss against the best in hindsight ({words.plain(found.against)}), "
        f"{unit.unit}, discounted; by named scenario, mean of all, and largest",
        head=("Plan", *map(words.plain, told), "Mean", "Largest", "Best in"),
        rows=tuple(
            (
                words.plain(line.plan),
                *map(unit, reading.losses(line, told)),
                str(numbers.share(line.best_share)),
            )
            for line in found.lines
        ),
    )


def tornado(study: Study) -> Table:
    """Give the objective at both ends of each input, with the plan held and planned anew."""
    found = study.tornado
    assert found is not None, "only asked of a study that has the part"
    ends = [s for b in found.bars for s in (b.low, b.high)]
    unit = _money([found.base_usd, *(v for s in ends for v in (s.held_usd, s.planned_usd))])
    return Table(
        caption=f"{_on(found.scenarios)}: objective, {unit.unit}; as it stands "
        f"{unit(found.base_usd)}. Ranges are assumed where their ground does not say otherwise",
        head=(
            *("Input", "From", "Plan held", "Planned anew", "To", "Held", "Anew"),
            *("Swing held", "Swing anew", "Ground of the range"),
        ),
        rows=tuple(
            (
                words.plain(b.lever.name),
                words.plain(b.lever.low_shown),
                *map(unit, (b.low.held_usd, b.low.planned_usd)),
                words.plain(b.lever.high_shown),
                *map(unit, (b.high.held_usd, b.high.planned_usd)),
                *map(unit, (b.held_swing_usd, b.planned_swing_usd)),
                words.plain(b.lever.basis),
            )
            for b in found.bars
        ),
        texts=frozenset({0, 1, 4, 9}),
    )


def ranges(study: Study, only: Iterable[AlternativeRange] | None = None) -> Table:
    """Give the range of every group at every tolerance, or only some of them."""
    found = study.alternatives
    assert found is not None, "only asked of a study that has the part"
    return Table(
        caption=f"{_on(found.scenarios)}: power signed ahead, MW IT, in plans that lose at most "
        "so much of the volume of cost",
        head=("Group", "Kind", "Loses at most", "Least", "The plan", "Most", "Signed"),
        rows=tuple(
            (
                words.plain(r.group),
                words.plain(r.kind),
                str(numbers.share(r.tolerance_share)),
                *map(numbers.count, (r.least_it_mw, r.plan_it_mw, r.most_it_mw)),
                "always" if r.always else "in some" if r.most_it_mw > 0 else "never",
            )
            for r in (found.ranges if only is None else only)
        ),
        texts=frozenset({0, 1, 6}),
    )


def alternatives(study: Study) -> Table:
    """Give plans that are nearly as good and clearly different."""
    found = study.alternatives
    assert found is not None, "only asked of a study that has the part"
    unit = _money(p.loss_usd for p in found.plans)
    held = [t for t in _HELD if any(p.signed_it_mw.get(t) for p in found.plans)]
    return Table(
        caption=f"{_on(found.scenarios)}: what each loses against the plan, {unit.unit}",
        head=(
            *("Plan", "Loses", "of the volume of cost"),
            *(f"{t.value.capitalize()}, MW IT" for t in held),
            "Against the plan",
        ),
        rows=tuple(
            (
                words.plain(p.name),
                unit(p.loss_usd),
                str(numbers.share(p.loss_share)),
                *(numbers.count(p.signed_it_mw.get(t, 0.0)) for t in held),
                words.plain(p.changed),
            )
            for p in found.plans
        ),
        texts=frozenset({0, 3 + len(held)}),
    )


def conditions(study: Study) -> Table:
    """Give the inputs that were turned until another strategy would win."""
    found = study.conditions or ()
    leads = (v for c in found for v in (c.lead_usd, c.low_lead_usd, c.high_lead_usd))
    unit = _money(leads)
    return Table(
        caption=f"Modelled: lead of the winner over its rival, {unit.unit}, and where it is gone",
        head=("Wins", "Over", "Input", "From", "Lead", "As it stands", "To", "Lead", "Even at"),
        rows=tuple(
            (
                words.plain(c.winner),
                words.plain(c.rival),
                words.plain(c.lever.name),
                words.plain(c.lever.low_shown),
                unit(c.low_lead_usd),
                unit(c.lead_usd),
                words.plain(c.lever.high_shown),
                unit(c.high_lead_usd),
                NOTHING if c.break_even_ratio is None else f"{c.break_even_ratio:.3g} ×",
            )
            for c in found
        ),
        texts=frozenset({0, 1, 2, 3, 6}),
    )


def broken(study: Study) -> Table:
    """Give the limits that are broken in fresh scenarios."""
    found = study.out_of_sample
    assert found is not None, "only asked of a study that has the part"
    return Table(
        caption=f"{_on(found.fresh.scenarios)} it was not made on: limits that are broken there",
        head=("Limit", "Chance", "By, mean where broken", "By, at worst"),
        rows=tuple(
            (
                words.plain(b.limit),
                str(numbers.share(b.chance_share)),
                str(numbers.amount(b.mean_amount, words.plain(b.unit))),
                str(numbers.amount(b.worst_amount, words.plain(b.unit))),
            )
            for b in found.broken
        ),
    )
