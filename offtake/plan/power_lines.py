"""How sites are powered, as a plan tells it: options and why, and energy year by year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from offtake.model.plan import PowerChoice, PowerYear, SitePower
from offtake.plan.decision import decide
from offtake.plan.evaluate import evaluate_each
from offtake.plan.outcome import Outcome
from offtake.plan.powered import Powered, years
from offtake.plan.program import Floats, Ints
from offtake.plan.question import Question
from offtake.plan.reasons import money
from offtake.plan.stacks import NO_OPTION
from offtake.plan.workloads import MILLION
from offtake.units import facility_mw

LEAST_USD = 1e3
"""Gains below this are not told."""

Instead = dict[tuple[int, int], float]
"""By site and option: what the objective gains with it instead, M USD."""


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
    gained = _instead(question, point) if power.choices else {}
    return tuple(_site(stacks, row, gained) for row in power.sites)


def _instead(question: Question, point: Floats) -> Instead:
    """Put each option of a site in the place of the one taken, hold all else, and ask again.

    Use, rent and what is left unserved follow in every scenario. Limits on what is signed,
    and on means of scenarios, are not asked for again.
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
    return {key: worth[1 + place] - worth[0] for place, key in enumerate(keys)}


def _site(stacks: Powered, row: int, gained: Instead) -> SitePower:
    facts, power = stacks.facts, stacks.facts.supply.power
    taken = stacks.option.mean(axis=1) > 0.5
    mine = [other for other, choice in enumerate(power.choices) if choice.site == row]
    chosen = next((other for other in mine if taken[other]), NO_OPTION)
    choices = [_choice(stacks, other, other == chosen, gained[row, other]) for other in mine]
    if mine:
        bare = gained[row, NO_OPTION] * MILLION
        none = chosen == NO_OPTION
        choices.append(
            PowerChoice(option=None, name="no option", taken=none, gain_usd=bare, cost_usd=0.0)
        )
    return SitePower(
        site=facts.portfolio.sites[row].id,
        option=power.choices[chosen].option.id if chosen != NO_OPTION else None,
        why=_why(choices),
        choices=tuple(choices),
        by_year=_years(stacks, row, chosen),
    )


def _choice(stacks: Powered, other: int, taken: bool, gained: float) -> PowerChoice:
    facts, choice = stacks.facts, stacks.facts.supply.power.choices[other]
    fixed = float((choice.invested + choice.running) @ facts.discount)
    return PowerChoice(
        option=choice.option.id,
        name=choice.option.name or choice.option.id,
        taken=taken,
        gain_usd=0.0 if taken else gained * MILLION,
        cost_usd=(fixed - facts.final_discount * choice.residual) * MILLION,
    )


def _why(choices: list[PowerChoice]) -> str:
    """Say why an option is taken, or none, in sentences."""
    if not choices:
        return "It has no options: its supplies run in the order of what they cost."
    taken = next(c for c in choices if c.taken)
    others = sorted((c for c in choices if not c.taken), key=lambda c: -c.gain_usd)
    told = [f"{_moved(c.gain_usd)} with {c.name}" for c in others]
    name = taken.name if taken.option else "None of its options"
    return (
        f"{name} is taken, at a fixed cost of {money(taken.cost_usd)}. With all that is signed "
        f"held, the objective would {', '.join(told)} instead."
    )


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
