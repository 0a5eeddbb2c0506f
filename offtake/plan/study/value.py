"""What planning for many futures is worth, and what knowing the future would be.

    EEV  ≤  RP  ≤  WS          (Birge and Louveaux 2011, chapter 4; all maximised)
    VSS = RP − EEV             EVPI = WS − RP

RP is the plan's objective. EEV signs what is best for the one future in which everything
is at its mean, then lives in all of them. WS knows each scenario before signing. With a
weight on the tail all three are (1 − λ)·mean + λ·CVaR of their net present values; the
order holds because both parts rise when any scenario's value does.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from offtake.errors import InfeasibleError
from offtake.model.portfolio import Portfolio
from offtake.model.study import ValueOfInformation
from offtake.plan.formulate import Risk
from offtake.plan.program import Floats
from offtake.plan.study.setting import Candidate, Setting, objective
from offtake.plan.study.words import money, percent, reasons
from offtake.plan.workloads import MILLION

AT_ONCE = 2
"""Scenarios planned at the same time."""
ALONE = Risk(0.0, 0.0)
"""One scenario has no tail of its own."""


@dataclass(frozen=True, slots=True)
class Known:
    """What plans that know their scenario reach."""

    npv: Floats
    """[W] M USD reached in each scenario."""
    most: Floats
    """[W] M USD nobody can exceed in each scenario."""


def value_of_information(setting: Setting) -> tuple[ValueOfInformation, Candidate | None]:
    """Work out RP, EEV and WS, and what follows; the mean-value plan comes along.

    Limits on the mean of scenarios (carbon, clean energy, spending over revenue) tie
    scenarios together even for who knows them. WS then lies between the value with each
    scenario keeping the limit alone and the value without the limit.
    """
    remarks: list[str] = []
    mean = mean_value_plan(setting, remarks)
    low, high = _wait_and_see(setting, remarks)
    rp, most = setting.base.outlook.objective_usd, _bound(setting.base)
    volume = setting.base.volume
    eev = mean.outlook.objective_usd if mean else None
    low = max(low, rp)
    high = max(high, low)
    # Neither can be negative: who knows more can always do what the plan does.
    least, largest = max(low - most, 0.0), max(high - rp, 0.0)
    if setting.risk.weight > 0:
        remarks.append(
            f"All values weigh the tail by λ = {setting.risk.weight:g}, that of plans which know "
            "their scenario too."
        )
    made = ValueOfInformation(
        scenarios=setting.count,
        rp_usd=rp,
        rp_bound_usd=most,
        eev_usd=eev,
        mean_value=mean.outlook if mean else None,
        ws_usd=low,
        ws_bound_usd=high,
        vss_usd=None if eev is None else rp - eev,
        vss_low_usd=None if eev is None else rp - eev,
        vss_high_usd=None if eev is None else most - eev,
        vss_share=None if eev is None else (rp - eev) / volume,
        vss_says=_vss_says(rp, mean, volume),
        evpi_usd=low - rp,
        evpi_low_usd=least,
        evpi_high_usd=largest,
        evpi_share=(low - rp) / volume,
        evpi_says=_evpi_says(low - rp, least, largest, volume),
        remarks=tuple(remarks),
    )
    return made, mean


def _bound(held: Candidate) -> float:
    bound = held.outlook.bound_usd
    assert bound is not None
    return max(bound, held.outlook.objective_usd)


def mean_value_plan(setting: Setting, remarks: list[str]) -> Candidate | None:
    """Plan for the mean future, then live in all of them; None where it has no plan."""
    setting.say("planning for the mean future")
    try:
        alone = setting.planned(samples=setting.samples.mean(), risk=ALONE)
    except InfeasibleError as error:
        remarks.append(f"The mean future has no plan: {reasons(error)}.")
        return None
    held = setting.held(alone.decision)
    if held.outlook.broken_share > 0:
        remarks.append(
            "The mean-value plan breaks limits inside scenarios with a chance of "
            f"{percent(held.outlook.broken_share)}, which EEV does not charge: VSS is worth more."
        )
    if held.means_broken:
        remarks.append(
            f"The mean-value plan exceeds {held.means_broken} limits on the mean of scenarios, "
            "which EEV does not charge: VSS is worth more."
        )
    return held


def _wait_and_see(setting: Setting, remarks: list[str]) -> tuple[float, float]:
    """Give WS in USD: what is reached, and what cannot be exceeded."""
    portfolio = setting.portfolio
    free = without_mean_limits(portfolio)
    known = wait_and_see(setting, free)
    chance, risk = setting.samples.probability, setting.risk
    reached = objective(known.npv, chance, risk) * MILLION
    most = objective(known.most, chance, risk) * MILLION
    if free == portfolio:
        return reached, most
    try:
        alone = objective(wait_and_see(setting, portfolio).npv, chance, risk) * MILLION
    except InfeasibleError:
        remarks.append(
            "Limits on the mean leave some scenario no plan of its own; the least that knowing "
            "the future is worth is 0, the most leaves those limits out."
        )
        return setting.base.outlook.objective_usd, most
    if alone < reached - 1e-9 * abs(reached):
        remarks.append(
            "Every scenario keeps the limits on the mean alone, so perfect information is worth "
            "at least what is said; the most leaves those limits out."
        )
    return alone, most


def without_mean_limits(portfolio: Portfolio) -> Portfolio:
    """Leave out limits that hold in the mean of scenarios."""
    return replace(
        portfolio,
        limits=replace(
            portfolio.limits,
            carbon_t_co2={},
            carbon_market_t_co2={},
            least_clean_share=None,
            least_hourly_clean_share=None,
        ),
        capital=replace(portfolio.capital, spending_to_revenue_ratio={}),
    )


def wait_and_see(setting: Setting, portfolio: Portfolio) -> Known:
    """Plan every scenario alone, as if it were known before anything is signed.

    Raises:
        InfeasibleError: a scenario alone has no plan.
    """
    samples = setting.samples

    def alone(row: int) -> Candidate:
        one = replace(samples.take(np.array([row])), probability=np.ones(1))
        return setting.planned(portfolio, samples=one, risk=ALONE)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(_told(setting, pool.map(alone, range(samples.count)), samples.count))
    return Known(
        npv=np.array([held.outlook.objective_usd / MILLION for held in found]),
        most=np.array([_bound(held) / MILLION for held in found]),
    )


def _told(setting: Setting, found: Iterator[Candidate], count: int) -> Iterator[Candidate]:
    for number, held in enumerate(found):
        setting.say(f"planning with the future known, scenario {number + 1} of {count}")
        yield held


def _vss_says(rp: float, mean: Candidate | None, volume: float) -> str:
    if mean is None:
        return "The mean future has no plan, so what planning for many is worth cannot be said."
    vss = rp - mean.outlook.objective_usd
    share = f"{percent(vss / volume)} of the volume of cost"
    if vss < 0 and not mean.keeps_limits:
        return (
            f"The plan made for the mean future looks {money(-vss)} better ({share}), but only "
            "because it breaks limits."
        )
    if abs(vss) <= 1e-6 * volume:
        return "Planning for many futures is worth nothing here: the mean one gives as good a plan."
    if vss < 0:
        return (
            f"The plan made for the mean future is {money(-vss)} better ({share}): less than the "
            "gap of the plan; ask for a smaller gap."
        )
    return f"Planning for many futures instead of the mean one is worth {money(vss)}: {share}."


def _evpi_says(evpi: float, least: float, largest: float, volume: float) -> str:
    said = (
        f"Knowing the future would be worth {money(evpi)}: {percent(evpi / volume)} of the volume "
        "of cost, and the most that any forecast could be worth"
    )
    if largest - least <= 0.005 * max(largest, 1.0):
        return said + "."
    return f"{said}; with the gaps of the plans, between {money(least)} and {money(largest)}."
