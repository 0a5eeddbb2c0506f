"""How sites are powered, as a plan tells it: options and why, and energy year by year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from offtake.model.plan import PowerChoice, PowerYear, SitePower
from offtake.plan.decision import decide
from offtake.plan.evaluate import evaluate_each
from offtake.plan.outcome import Outcome
from offtake.plan.powered import Powered, years
from offtake.plan.program import Floats, Ints
from offtake.plan.question import Part, Question
from offtake.plan.reasons import money
from offtake.plan.stacks import NO_OPTION
from offtake.plan.workloads import MILLION
from offtake.units import facility_mw

LEAST_SHARE = 1e-6
"""Limits passed by less, over their size, are kept."""
LEAST_USD = 1e3
"""Gains below this are not told."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What comes of the plan with another option, all else held."""

    gained: float
    """Objective, M USD."""
    breaks: tuple[str, ...]
    """Limits on a mean that it breaks."""


Others = dict[tuple[int, int], Instead]
"""By site and option."""


def site_power(question: Question, point: Floats, outcome: Outcome) -> tuple[SitePower, ...]:
    """Tell how each site with a stack or with options is powered.

    Args:
        question: what was planned.
        point: [F] the first stage of the plan.
        outcome: of the plan.
    """
    power = question.supply.power
    if not power.there:
        return ()
    stacks = Powered(question.facts(keep=False), outcome.option, outcome.draw)
    others = _instead(question, point) if power.choices else {}
    return tuple(_site(stacks, row, others) for row in power.sites)


def _instead(question: Question, point: Floats) -> Others:
    """Put each option of a site in the place of the one taken, hold all else, and ask again.

    Use, rent and what is left unserved follow in every scenario. Limits on what is signed
    are not asked for again; those on means of scenarios that give way are told.
    """
    power = question.supply.power
    part = question.part(np.arange(1, dtype=np.int64))
    columns = part.made.program.columns["option"]
    places = np.searchsorted(part.first, columns)
    plan = decide(part, point)
    keys: list[tuple[int, int]] = []
    others = []
    for site in sorted({choice.site for choice in power.choices}):
        mine = [other for other, choice in enumerate(power.choices) if choice.site == site]
        for other in (NO_OPTION, *mine):
            swapped = point.copy()
            swapped[places[mine]] = 0.0
            if other != NO_OPTION:
                swapped[places[other]] = 1.0
            keys.append((site, other))
            others.append(replace(plan, first=swapped))
    found = evaluate_each(
        question.portfolio, (plan, *others), question.scenarios, question.risk, question.node
    )
    worth = [each.objective(question.risk) for each in found]
    names = _means(part)
    over = [each.taken @ each.probability - each.limit for each in found]
    size = LEAST_SHARE * np.maximum(1.0, abs(found[0].limit))
    broken = [tuple(dict.fromkeys(names[o > np.maximum(over[0], 0.0) + size])) for o in over]
    return {
        key: Instead(worth[1 + place] - worth[0], broken[1 + place])
        for place, key in enumerate(keys)
    }


def _means(part: Part) -> npt.NDArray[np.object_]:
    """Name the limits on a mean, in the order of their rows, [K]."""
    named: dict[int, str] = {}
    for rows in part.made.program.rows.values():
        if rows.limit is not None:
            named |= zip(rows.index.ravel().tolist(), rows.limit.paths.ravel(), strict=True)
    found = np.empty(len(part.means), object)
    found[:] = [str(named[int(row)]) for row in part.means]
    return found


def _site(stacks: Powered, row: int, others: Others) -> SitePower:
    facts, power = stacks.facts, stacks.facts.supply.power
    taken = stacks.option.mean(axis=1) > 0.5
    mine = [other for other, choice in enumerate(power.choices) if choice.site == row]
    chosen = next((other for other in mine if taken[other]), NO_OPTION)
    choices = [
        _choice(stacks, other, other == chosen, others[row, other])
        for other in (*mine, *((NO_OPTION,) if mine else ()))
    ]
    return SitePower(
        site=facts.portfolio.sites[row].id,
        option=power.choices[chosen].option.id if chosen != NO_OPTION else None,
        kinds={s.name: s.kind for s in facts.portfolio.sites[row].any_supplies},
        why=_why(choices),
        choices=tuple(choices),
        by_year=_years(stacks, row, chosen),
    )


def _choice(stacks: Powered, other: int, taken: bool, instead: Instead) -> PowerChoice:
    facts, cost = stacks.facts, 0.0
    option = None if other == NO_OPTION else facts.supply.power.choices[other].option
    if option is not None:
        choice = facts.supply.power.choices[other]
        cost = float((choice.invested + choice.running) @ facts.discount)
        cost -= facts.final_discount * choice.residual
    return PowerChoice(
        option=None if option is None else option.id,
        name="no option" if option is None else option.name or option.id,
        taken=taken,
        gain_usd=0.0 if taken else instead.gained * MILLION,
        cost_usd=cost * MILLION,
        breaks=() if taken else instead.breaks,
    )


def _why(choices: list[PowerChoice]) -> str:
    """Say why an option is taken, or none, in sentences."""
    if not choices:
        return "It has no options: its supplies run in the order of what they cost."
    taken = next(c for c in choices if c.taken)
    others = sorted((c for c in choices if not c.taken), key=lambda c: -c.gain_usd)
    told = [f"{_moved(c.gain_usd)} with {c.name}{_broken(c)}" for c in others]
    name = taken.name if taken.option else "None of its options"
    return (
        f"{name} is taken, at a fixed cost of {money(taken.cost_usd)}. With all that is signed "
        f"held, the objective would {', '.join(told)} instead."
    )


def _broken(choice: PowerChoice) -> str:
    return f" (which breaks {' and '.join(choice.breaks)})" if choice.breaks else ""


def _moved(gain: float) -> str:
    if abs(gain) < LEAST_USD:
        return "stay the same"
    return f"{'gain' if gain > 0 else 'lose'} {money(abs(gain))}"


def _years(stacks: Powered, row: int, chosen: int) -> tuple[PowerYear, ...]:
    facts, power = stacks.facts, stacks.facts.supply.power
    chance, quarters = facts.scenarios.probability, facts.portfolio.horizon.quarters
    firm = power.firm[power.sites.index(row), 1 + chosen]
    made = stacks.made_mwh(row)
    load = stacks.load_mwh(row)
    amounts = (
        stacks.location_t(row),
        stacks.market_t(row),
        stacks.clean_mwh(row),
        stacks.hourly_clean_mwh(row),
        stacks.paid_at(row) * MILLION,
    )

    def mean(values: Floats, inside: Ints) -> float:
        return max(float(chance @ values[:, inside].sum(axis=1)), 0.0)

    found = []
    for inside in years(facts):
        used = mean(load, inside)
        location, market, clean, hourly, paid = (mean(values, inside) for values in amounts)
        found.append(
            PowerYear(
                year=str(quarters[inside[0]].year),
                energy_mwh={name: mean(mwh, inside) for name, mwh in made.items()},
                load_mwh=used,
                firm_facility_mw=facility_mw(max(float(firm[inside[-1]]), 0.0)),
                carbon_t_co2=location,
                carbon_market_t_co2=market,
                clean_share=min(clean / used, 1.0) if used > 0 else 0.0,
                hourly_clean_share=min(hourly / used, 1.0) if used > 0 else 0.0,
                energy_cash_usd=paid,
            )
        )
    return tuple(found)
