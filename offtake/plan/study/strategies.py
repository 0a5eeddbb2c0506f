"""Named strategies side by side: build, lease first, a hybrid with a vehicle, and free.

A strategy is a rule of what may be signed ahead. What was signed before stays in all of
them, and all may take capacity by the hour (rent, spot) when the time comes. The free
optimum may sign everything; it is the plan that is studied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offtake.errors import InfeasibleError
from offtake.model.contract import Offer, Tenure
from offtake.model.portfolio import Portfolio
from offtake.model.study import Strategies, Strategy
from offtake.plan.outcome import quantile
from offtake.plan.program import Floats
from offtake.plan.study.setting import Candidate, Setting
from offtake.plan.study.words import listed, money, percent, reasons
from offtake.plan.workloads import MILLION

MAJORITY = 0.5
"""A vehicle the lab holds more of is majority-owned."""
FREE = "free"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a strategy may sign ahead."""

    id: str
    name: str
    tenures: tuple[Tenure, ...]
    vehicle_only: bool = False
    """Own capacity only through a majority-owned vehicle."""


AHEAD = tuple(tenure for tenure in Tenure if not tenure.is_hourly)
RULES = (
    Rule("build", "Build", (Tenure.OWN,)),
    Rule("lease-first", "Lease first", (Tenure.LEASE, Tenure.RESERVE)),
    Rule("hybrid", "Hybrid", (Tenure.OWN, Tenure.LEASE), True),
    Rule(FREE, "Free optimum", AHEAD),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule with the best plan under it, or why there is none."""

    rule: Rule
    portfolio: Portfolio
    """What is left to sign under the rule."""
    best: Candidate | None
    why_not: str = ""


def strategies(
    setting: Setting, rules: Sequence[Rule] = RULES
) -> tuple[Strategies, tuple[Tried, ...]]:
    """Plan under every rule on the same scenarios; a rule without a plan says why."""
    tried = tuple(attempt(setting, rule) for rule in rules)
    named = [t for t in tried if t.rule.id != FREE and t.best is not None]
    best = max(named, key=_objective).rule.id if named else ""
    made = Strategies(
        scenarios=setting.count,
        strategies=tuple(_strategy(t) for t in tried),
        best=best,
        says=_says(setting, tried),
    )
    return made, tried


def attempt(setting: Setting, rule: Rule, portfolio: Portfolio | None = None) -> Tried:
    """Plan under one rule, in the setting's portfolio or in a changed one."""
    whole = portfolio or setting.portfolio
    left = restricted(whole, rule)
    if left == setting.portfolio:
        return Tried(rule, left, setting.base)
    why_not = impossible(whole, rule)
    if why_not:
        return Tried(rule, left, None, why_not)
    setting.say(f"planning {rule.name.lower()}")
    samples = None if portfolio is None else setting.drawn(whole)
    try:
        return Tried(rule, left, setting.planned(left, samples))
    except InfeasibleError as error:
        return Tried(rule, left, None, f"no plan keeps the limits: {reasons(error)}")


def restricted(portfolio: Portfolio, rule: Rule) -> Portfolio:
    """Leave only the offers a rule may use."""
    kept = tuple(o for o in portfolio.offers if o.tenure.is_hourly or allows(portfolio, rule, o))
    return portfolio if kept == portfolio.offers else replace(portfolio, offers=kept)


def allows(portfolio: Portfolio, rule: Rule, offer: Offer) -> bool:
    """Tell whether a rule may sign an offer."""
    if offer.tenure not in rule.tenures:
        return False
    builder = offer.vehicle or offer.seller
    through = offer.tenure is not Tenure.OWN or builder in _majority(portfolio)
    return through or not rule.vehicle_only


def _majority(portfolio: Portfolio) -> set[str]:
    return {v.party for v in portfolio.capital.vehicles if v.ownership_share > MAJORITY}


def impossible(portfolio: Portfolio, rule: Rule) -> str:
    """Say why a rule cannot be followed at all; empty where it can."""
    if rule.vehicle_only and not _majority(portfolio):
        return "the portfolio has no vehicle the lab holds the majority of"
    must = [
        offer
        for offer in portfolio.offers
        if offer.least_it_mw and not offer.tenure.is_hourly and not allows(portfolio, rule, offer)
    ]
    if not must:
        return ""
    named = listed(f"offers.{o.id}.least_it_mw ({o.least_it_mw:,.0f} MW)" for o in must)
    return f"the portfolio must sign what this strategy may not: {named}"


def _objective(tried: Tried) -> float:
    assert tried.best is not None
    return tried.best.outlook.objective_usd


def _strategy(tried: Tried) -> Strategy:
    rule, best = tried.rule, tried.best
    return Strategy(
        id=rule.id,
        name=rule.name,
        rule=rule_in_words(rule),
        may_sign=rule.tenures,
        vehicle_only=rule.vehicle_only,
        offers=tuple(o.id for o in tried.portfolio.offers),
        plan=best.outlook if best else None,
        why_not=tried.why_not,
        **(_cash(best) if best else {}),
    )


def _cash(best: Candidate) -> dict[str, float]:
    def mean(amounts: Floats) -> float:
        return float(best.chance @ amounts) * MILLION

    return {
        "peak_cash_usd": mean(best.cash.peak),
        "peak_cash_p90_usd": quantile(best.cash.peak, best.chance, 0.9) * MILLION,
        "invested_usd": mean(best.cash.invested),
        "peak_spending_usd": mean(best.cash.spending),
    }


def rule_in_words(rule: Rule) -> str:
    """Say what a rule may sign."""
    if set(rule.tenures) >= set(AHEAD) and not rule.vehicle_only:
        return "Signs whatever is best."
    own = "own through a majority-owned vehicle" if rule.vehicle_only else "own"
    signs = listed(own if t is Tenure.OWN else t.value for t in rule.tenures)
    return (
        f"Signs nothing new but {signs}; keeps what was signed before, and takes by the hour "
        "what is offered."
    )


def _says(setting: Setting, tried: Sequence[Tried]) -> str:
    able = sorted((t for t in tried if t.best is not None), key=_objective, reverse=True)
    unable = [t.rule.name for t in tried if t.best is None]
    named = [t for t in able if t.rule.id != FREE]
    parts = []
    if named:
        parts.append(f"{named[0].rule.name} is the best of the named strategies")
        if len(named) > 1:
            lead = _objective(named[0]) - _objective(named[1])
            parts[-1] += f", {money(lead)} ahead of {named[1].rule.name.lower()}"
        volume = setting.base.volume
        free = setting.base.outlook.objective_usd
        behind = free - _objective(named[0])
        if behind < 0:
            parts[-1] += ", and better than the plan itself within that one's gap"
        else:
            parts[-1] += (
                f"; being free to sign anything is worth {money(behind)} more "
                f"({percent(behind / volume)} of the volume of cost)"
            )
        parts[-1] += "."
    if unable:
        parts.append(f"No plan: {listed(unable)}.")
    return " ".join(parts)
