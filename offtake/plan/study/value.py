"""What planning for many futures is worth, and what knowing the future would be.

    EEV  ≤  RP  ≤  WS          (Birge and Louveaux 2011, chapter 4; all maximised)
    VSS = RP − EEV             EVPI = WS − RP

RP is the plan's objective. EEV signs what is best for the one future in which everything
is at its mean, then lives in all of them. WS knows each scenario before signing. With a
weight on the tail all three are (1 − λ)·mean + λ·CVaR of their net present values; the
order holds because both parts rise when any scenario's value does.
"""

from __future__ import annotations

import numpy as np

from offtake.errors import InfeasibleError
from offtake.model.study import ValueOfInformation
from offtake.plan.decision import Decision
from offtake.plan.formulate import Risk
from offtake.plan.study.known import wait_and_see
from offtake.plan.study.setting import Candidate, Setting, objective
from offtake.plan.study.words import money, percent, reasons
from offtake.plan.workloads import MILLION

ALONE = Risk(0.0, 0.0)
"""One scenario has no tail of its own."""


def value_of_information(setting: Setting) -> tuple[ValueOfInformation, Candidate | None]:
    """Work out RP, EEV and WS, and what follows; the mean-value plan comes along."""
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
    held = _kept(setting, alone.decision)
    if held.outlook.broken_share > 0:
        remarks.append(
            "The mean-value plan breaks limits inside scenarios with a chance of "
            f"{percent(held.outlook.broken_share)}, which EEV does not charge: VSS is worth more."
        )
    if held.means_broken:
        remarks.append(
            "The mean-value plan exceeds limits on the mean of scenarios, which EEV does not "
            "charge: VSS is worth more."
        )
    return held


def _kept(setting: Setting, decision: Decision) -> Candidate:
    """Hold a decision in all scenarios, with limits on the mean where it can keep them."""
    held = setting.held(decision)
    if not held.means_broken or held.outlook.broken_share > 0:
        return held
    try:
        return setting.planned(hold=decision)
    except InfeasibleError:
        return held


def _wait_and_see(setting: Setting, remarks: list[str]) -> tuple[float, float]:
    """Give WS in USD: what is reached, and what cannot be exceeded."""
    known = wait_and_see(setting)
    reached = setting.base.outlook.objective_usd
    if known.npv is None:
        remarks.append(
            "No plans that know the future and keep the limits on the mean were found; knowing it "
            "may be worth nothing, or up to the most that is said."
        )
    else:
        reached = objective(known.npv, setting.samples.probability, setting.risk) * MILLION
    if known.shared:
        remarks.append(
            "Whoever knows the future shares the limits on the mean out over the scenarios as is "
            "best, without whole blocks in mind."
        )
    if not np.isfinite(known.bound):
        remarks.append("The most that knowing the future could be worth was not found in time.")
        return reached, reached
    return reached, known.bound * MILLION


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
