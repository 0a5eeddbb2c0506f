"""How a plan does in futures it was not made on: the honest price of it.

The scenarios that choose a plan flatter it. So what it signs is held, and fresh scenarios
of another seed are lived through, many more than it was made on, as that is cheap.

How much better any plan could be is estimated by replications (Mak, Morton and Wood 1999):
each draws fresh scenarios, plans on them and takes what the plan in hand misses there,

    G_m = best on sample m − f_m(x̂, η̂),      E[G_m] ≥ true gap

with the tail's threshold η̂ of the plan held too, so that the second term is unbiased.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.outlook import Estimate
from offtake.model.portfolio import Portfolio
from offtake.model.study import BrokenLimit, Fresh, OptimalityGap, OutOfSample
from offtake.plan.evaluate import Evaluated
from offtake.plan.formulate import Risk
from offtake.plan.intervals import (
    CONFIDENCE,
    chance_of,
    mean_of,
    mixture_of,
    share_of,
    strata,
)
from offtake.plan.outcome import quantile
from offtake.plan.program import Floats
from offtake.plan.scenarios import Scenarios
from offtake.plan.study.setting import BROKEN, Candidate, Setting
from offtake.plan.study.words import money, percent
from offtake.plan.workloads import MILLION

TIMES = 10
"""Fresh scenarios for each one the plan was made on, unless a number is given."""
LEAST_FRESH = 200
"""Fresh scenarios at least, unless a number is given."""
AFTER = 1
"""Fresh scenarios are drawn from the plan's seed plus this; replications from those after."""


def fresh_scenarios(
    setting: Setting, count: int | None = None, seed: int | None = None
) -> Scenarios:
    """Draw scenarios a plan was not made on.

    Raises:
        OfftakeError: too few to tell a spread, or the plan's own seed (`OTK-P100`).
    """
    wanted = count if count is not None else max(TIMES * setting.count, LEAST_FRESH)
    drawn_with = fresh_seed(setting) if seed is None else seed
    least = max(2, len(setting.portfolio.uncertainty.scenarios))
    faults = []
    if wanted < least:
        faults.append(_out_of_range("fresh", f"must be at least {least}", wanted))
    if drawn_with == setting.seed:
        faults.append(_out_of_range("fresh seed", "must differ from the plan's own", drawn_with))
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)
    return setting.drawn(setting.portfolio, wanted, drawn_with)


def fresh_seed(setting: Setting) -> int:
    """Give the seed of the fresh scenarios."""
    return setting.seed + AFTER


def _out_of_range(name: str, what: str, got: int) -> Fault:
    return Fault(code="OTK-P100", what=f"{name} {what}", where=Where(path=name), got=str(got))


def freshly(setting: Setting, held: Candidate, samples: Scenarios, risk: Risk) -> Fresh:
    """Sum up a plan that was held in fresh scenarios."""
    groups, chance = strata(samples), samples.probability
    tail = Risk(1.0, risk.alpha)
    mean = mean_of(held.npv, chance, groups)
    return Fresh(
        scenarios=samples.count,
        mean=mean,
        cvar=mixture_of(held.npv, chance, groups, tail, setting.seed),
        objective=mixture_of(held.npv, chance, groups, risk, setting.seed) if risk.weight else mean,
    )


def out_of_sample(
    setting: Setting,
    *,
    fresh: int | None = None,
    seed: int | None = None,
    replications: int = 0,
    each: int | None = None,
) -> OutOfSample:
    """Hold the plan in fresh scenarios.

    Args:
        setting: the plan and what it was made on.
        fresh: scenarios to draw; None takes ten for each one of the plan, 200 at least.
        seed: of their draw; None takes the one after the plan's.
        replications: of the estimate of the optimality gap; 0 leaves it out.
        each: scenarios of each replication; None takes as many as the plan was made on.

    Raises:
        OfftakeError: too few scenarios or replications, or the plan's own seed (`OTK-P100`).
    """
    samples = fresh_scenarios(setting, fresh, seed)
    setting.say(f"holding the plan in {samples.count:,} fresh scenarios")
    held = setting.held(setting.base.decision, samples=samples)
    groups, chance = strata(samples), samples.probability
    told = freshly(setting, held, samples, setting.risk)
    seen = held.held
    assert seen is not None
    unserved = share_of(seen.unserved_share, chance, groups)
    broken = chance_of((seen.broken > BROKEN).astype(float), chance)
    optimism = setting.base.outlook.objective_usd - told.objective.mean_usd
    return OutOfSample(
        seed=fresh_seed(setting) if seed is None else seed,
        fresh=told,
        npv=held.outlook.npv,
        in_sample=setting.base.outlook.npv,
        optimism_usd=optimism,
        unserved_share=unserved[0],
        unserved_low_share=unserved[1],
        unserved_high_share=unserved[2],
        broken_share=broken[0],
        broken_low_share=broken[1],
        broken_high_share=broken[2],
        broken=_broken_limits(setting, samples, seen),
        gap=optimality_gap(setting, replications, each) if replications else None,
        says=_says(setting, told, optimism, broken[0], held.means_broken),
    )


def _broken_limits(
    setting: Setting, samples: Scenarios, seen: Evaluated
) -> tuple[BrokenLimit, ...]:
    """Tell which limits inside scenarios are broken, how often and by how much."""
    portfolio, chance = setting.portfolio, seen.probability
    found = []
    for limit, excess, unit in (
        ("capital.spending_limit_usd", _overspent(portfolio, seen) * MILLION, "USD"),
        ("demand.inference.least_served_share", _underserved(portfolio, samples, seen), "share"),
    ):
        hit = (excess > BROKEN) & (seen.broken > BROKEN)
        if hit.any():
            found.append(
                BrokenLimit(
                    limit=limit,
                    chance_share=float(np.minimum(chance @ hit, 1.0)),
                    mean_amount=float(np.average(excess[hit], weights=chance[hit])),
                    worst_amount=float(excess[hit].max()),
                    unit=unit,
                )
            )
    return tuple(found)


def _overspent(portfolio: Portfolio, seen: Evaluated) -> Floats:
    """Most spent beyond its limit in any quarter, [W] M USD."""
    limits = portfolio.capital.spending_limit_usd
    most = [limits.get(q, np.inf) / MILLION for q in portfolio.horizon.quarters]
    over: Floats = np.maximum(seen.outcome.spent - np.array(most), 0.0).max(axis=1)
    return over


def _underserved(portfolio: Portfolio, samples: Scenarios, seen: Evaluated) -> Floats:
    """Largest share of a demand missing to its least in any quarter, [W]."""
    missing = np.zeros(len(seen.npv))
    for row, asked in enumerate(portfolio.demand.inference):
        if asked.least_served_share > 0:
            wanted = samples.inference[row]
            lost = np.divide(
                seen.outcome.unserved[row], wanted, out=np.zeros_like(wanted), where=wanted > 0
            )
            short = lost - (1 - asked.least_served_share)
            missing = np.maximum(missing, short.max(axis=1))
    return missing


def _says(setting: Setting, told: Fresh, optimism: float, broken: float, means: int) -> str:
    volume = setting.base.volume
    mean = told.mean
    said = (
        f"In {told.scenarios:,} futures it was not made on, the plan is worth "
        f"{money(mean.mean_usd)} on average, with 95 % confidence between {money(mean.low_usd)} "
        f"and {money(mean.high_usd)}. "
    )
    way = "less" if optimism > 0 else "more"
    said += (
        f"Its objective is {money(abs(optimism))} {way} there than it was planned at "
        f"({percent(abs(optimism) / volume)} of the volume of cost)"
    )
    if broken > 0:
        said += f"; a limit inside a scenario breaks with a chance of {percent(broken)}"
    if means:
        which = "a limit" if means == 1 else f"{means} limits"
        said += f"; {which} on the mean of scenarios would be exceeded"
    return said + ("." if broken > 0 or means else "; no limit breaks.")


def optimality_gap(setting: Setting, replications: int, each: int | None = None) -> OptimalityGap:
    """Estimate how much better any plan could be, on fresh samples of the same size.

    Raises:
        OfftakeError: fewer than two replications (`OTK-P100`).
    """
    if replications < 2:
        fault = _out_of_range("replications", "must be at least 2", replications)
        raise OfftakeError(fault, exit=Exit.USAGE)
    count = each or setting.count
    first = fresh_seed(setting) + 1
    gaps = np.array(
        [_missed(setting, first + m, count, m, replications) for m in range(replications)]
    )
    mean, error = float(gaps.mean()), float(gaps.std(ddof=1)) / replications**0.5
    half = float(stdtrit(replications - 1, (1 + CONFIDENCE) / 2)) * error
    most = mean + float(stdtrit(replications - 1, CONFIDENCE)) * error
    share = most * MILLION / setting.base.volume
    return OptimalityGap(
        replications_count=replications,
        scenarios=count,
        gap=Estimate(
            mean_usd=mean * MILLION,
            low_usd=(mean - half) * MILLION,
            high_usd=(mean + half) * MILLION,
            confidence_share=CONFIDENCE,
        ),
        most_usd=most * MILLION,
        most_share=share,
        says=(
            f"With 95 % confidence no plan is more than {money(most * MILLION)} better than this "
            f"one in truth ({percent(share)} of the volume of cost), by {replications} "
            f"replications of {count} scenarios."
        ),
    )


def _missed(setting: Setting, seed: int, count: int, number: int, of: int) -> float:
    """What the plan misses on one fresh sample: a bound of the best there, less its own value."""
    setting.say(f"planning on a fresh sample, replication {number + 1} of {of}")
    samples = setting.drawn(setting.portfolio, count, seed)
    best = setting.planned(samples=samples, start=setting.base.decision).outlook
    held = setting.held(setting.base.decision, samples=samples)
    bound = best.objective_usd if best.bound_usd is None else best.bound_usd
    return bound / MILLION - _fixed_tail(setting, held)


def _fixed_tail(setting: Setting, held: Candidate) -> float:
    """(1 − λ)·mean + λ·(η̂ − mean(η̂ − npv)⁺/(1 − α)), with the threshold η̂ of the plan."""
    risk, base = setting.risk, setting.base
    mean = float(held.chance @ held.npv)
    if risk.weight == 0:
        return mean
    eta = quantile(base.npv, base.chance, 1 - risk.alpha)
    short = float(held.chance @ np.maximum(eta - held.npv, 0.0)) / (1 - risk.alpha)
    return (1 - risk.weight) * mean + risk.weight * (eta - short)
