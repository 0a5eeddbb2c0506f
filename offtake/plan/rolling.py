"""Rolling horizon: a plan looked at again on futures it was not made for.

    plan once ─────●──────────●─────────>  path: what happened
             sign  │ plan     │ plan
                   │ anew     │ anew       on scenarios that share the past of the path

At each review what was signed before is held; all that has been observed of the path is
kept, and scenarios of its future are drawn anew given that (`continued`), so that no plan
knows what the path holds next. The same paths are lived through with the first plan held
throughout; the mean difference is what revising is worth, with its interval.

What is held is written into the portfolio: an offer that was signed becomes an offer of
exactly that much in exactly that quarter, and a job that has begun stays at its site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, InfeasibleError, OfftakeError, Where
from offtake.model.contract import Offer
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.revising import RevisedPath, Revising
from offtake.plan.continued import continued
from offtake.plan.decision import Decision
from offtake.plan.evaluate import evaluate
from offtake.plan.front import Solved, decision_of, solved
from offtake.plan.intervals import mean_of, strata
from offtake.plan.processes import Streams
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import Supply, compile_supply
from offtake.plan.workloads import MILLION
from offtake.progress import Progress, Tell
from offtake.units import it_mw

Floats = npt.NDArray[np.float64]

LEAST_MW = 0.05
"""Signings below this are rounding of the solver, not something to hold."""
APART = 1_000_003
"""What the seed of the paths is away from that of the scenarios they are planned on."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How each plan is made."""

    risk: float = 0.2
    alpha: float = 0.9
    scenarios: int = 20
    gap: float = 0.01
    seconds: float = 20.0


@dataclass(slots=True)
class _Lived:
    """A path as it is lived through: what was signed, and how often a plan was kept."""

    signed: dict[tuple[str, Quarter], float]
    hosts: dict[str, str]
    kept: int = field(default=0)

    def before(self, review: Quarter) -> dict[tuple[str, Quarter], float]:
        """What was signed before a review, in earnest."""
        return {k: mw for k, mw in self.signed.items() if k[1] < review and mw >= LEAST_MW}


def rolling(
    portfolio: Portfolio,
    *,
    reviews: Sequence[Quarter],
    paths: int = 8,
    effort: Effort = Effort(),
    seed: int | None = None,
    progress: Tell | None = None,
) -> Revising:
    """Simulate looking at a plan again, and say what that is worth.

    Costs one plan, and one more for each path and review.

    Args:
        portfolio: what is planned.
        reviews: quarters before whose signings the plan is made anew.
        paths: futures it is lived through, drawn apart from all scenarios.
        effort: how each plan is made.
        seed: of paths and scenarios; None takes the portfolio's own.
        progress: told which path and review is at hand.

    Raises:
        OfftakeError: reviews out of order or outside the horizon, or too few paths
            (`OTK-P130`); else as `front.solved`.
        InfeasibleError: no plan satisfies the limits to begin with.
    """
    tell = progress or (lambda _: None)
    _refuse(portfolio, reviews, paths)
    start = portfolio.uncertainty.seed if seed is None else seed
    supply = compile_supply(portfolio)
    futures = draw(portfolio, supply, paths, start + APART)
    tell(Progress("draw", f"planning once on {effort.scenarios} scenarios"))
    first = decision_of(_solved(portfolio, effort, seed=start))
    plain = _plain(first)
    held = evaluate(portfolio, plain, futures).npv
    lives = []
    for path in range(paths):
        lived = _Lived(dict(first.signed), dict(first.hosts))
        for number, review in enumerate(reviews):
            words = f"path {path + 1} of {paths}: planning anew before {review}"
            tell(Progress("improve", f"{words} ({number + 1} of {len(reviews)})"))
            _look_again(portfolio, supply, futures, path, lived, review, effort, start)
        lives.append(lived)
    revised = np.array(
        [
            evaluate(
                portfolio,
                replace(plain, signed=lived.signed, hosts=lived.hosts),
                futures.take(np.array([path])),
            ).npv[0]
            for path, lived in enumerate(lives)
        ]
    )
    return _told(portfolio, reviews, futures, effort, start, held, revised, lives)


def _refuse(portfolio: Portfolio, reviews: Sequence[Quarter], paths: int) -> None:
    horizon, faults = portfolio.horizon, []
    inside = all(horizon.first < review <= horizon.last for review in reviews)
    if not reviews or not inside or list(reviews) != sorted(set(reviews)):
        what = f"reviews are quarters in order, from {horizon.first + 1} to {horizon.last}"
        got = ", ".join(map(str, reviews)) or "none"
        faults.append(Fault(code="OTK-P130", what=what, where=Where(path="reviews"), got=got))
    named = [s for s in portfolio.uncertainty.scenarios if s.probability_share > 0]
    least = max(2, len(named))
    if paths < least:
        what = f"paths must be at least {least}"
        faults.append(Fault(code="OTK-P130", what=what, where=Where(path="paths"), got=str(paths)))
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def _solved(
    portfolio: Portfolio, effort: Effort, seed: int, samples: Scenarios | None = None
) -> Solved:
    return solved(
        portfolio,
        risk=effort.risk,
        alpha=effort.alpha,
        scenarios=effort.scenarios if samples is None else None,
        seed=seed,
        gap=effort.gap,
        seconds=effort.seconds,
        samples=samples,
    )


def _plain(decision: Decision) -> Decision:
    """Leave of a decision's columns only what neither offers nor jobs name, such as options."""
    names = ("x.", "host.", "financed.", "eta")
    kept = [n for n, name in enumerate(decision.layout) if not name.startswith(names)]
    return replace(
        decision, first=decision.first[kept], layout=tuple(decision.layout[n] for n in kept)
    )


def _look_again(
    portfolio: Portfolio,
    supply: Supply,
    futures: Scenarios,
    path: int,
    lived: _Lived,
    review: Quarter,
    effort: Effort,
    seed: int,
) -> None:
    """Plan anew before the signings of a quarter, given what a path has shown by then."""
    since = review - portfolio.horizon.first
    signed = lived.before(review)
    past = futures.take(np.full(effort.scenarios, path))
    past = replace(past, probability=np.full(effort.scenarios, 1 / effort.scenarios))
    begun = {
        offer: np.full(
            effort.scenarios,
            float(min(q for o, q in signed if o == offer) - portfolio.horizon.first),
        )
        for offer, _ in signed
    }
    streams = Streams(seed, f"path {path} review {since}")
    ahead = continued(portfolio, supply, past, since, streams, begun)
    now, twins = holding(portfolio, signed, lived.hosts, review)
    late = {**ahead.late_days, **{twin: ahead.late_days[offer] for twin, offer in twins.items()}}
    try:
        made = decision_of(_solved(now, effort, seed, replace(ahead, late_days=late)))
    except InfeasibleError:
        lived.kept += 1
        return
    anew = {key: mw for key, mw in made.signed.items() if key[0] not in twins and key[1] >= review}
    lived.signed = {**signed, **anew}
    lived.hosts = dict(made.hosts)


def holding(
    portfolio: Portfolio,
    signed: Mapping[tuple[str, Quarter], float],
    hosts: Mapping[str, str],
    review: Quarter,
) -> tuple[Portfolio, dict[str, str]]:
    """Give the portfolio in which what was signed before a review is held.

    Every signing becomes an offer of exactly that much in exactly its quarter; its name and
    that of the offer it was come beside. What is left of an offer can be signed from the
    review on. Jobs that have begun stay at their sites; limits of quarters that are over
    hold no more.
    """
    offers: list[Offer] = []
    twins: dict[str, str] = {}
    for offer in portfolio.offers:
        mine = {quarter: mw for (ident, quarter), mw in signed.items() if ident == offer.id}
        for quarter, mw in mine.items():
            twin = f"{offer.id}@{quarter}"
            twins[twin] = offer.id
            offers.append(
                replace(
                    offer,
                    id=twin,
                    power_it_mw=it_mw(mw),
                    least_it_mw=it_mw(mw),
                    block_it_mw=None,
                    first_signing=quarter,
                    last_signing=quarter,
                )
            )
        left = _left(offer, sum(mine.values()), review)
        if left is not None:
            offers.append(left)
    jobs = tuple(
        replace(job, site=hosts[job.id]) if job.id in hosts and job.earliest < review else job
        for job in portfolio.demand.training
    )
    capital = portfolio.capital
    return (
        replace(
            portfolio,
            offers=tuple(offers),
            demand=replace(portfolio.demand, training=jobs),
            capital=replace(
                capital,
                investment_limit_usd=_from(capital.investment_limit_usd, review),
                spending_limit_usd=_from(capital.spending_limit_usd, review),
                spending_to_revenue_ratio=_from(capital.spending_to_revenue_ratio, review),
            ),
        ),
        twins,
    )


def _left(offer: Offer, taken: float, review: Quarter) -> Offer | None:
    """Give what can still be signed of an offer; hourly ones stay as they are."""
    if offer.tenure.is_hourly:
        return offer
    left = max(offer.power_it_mw - taken, 0.0)
    first = max(offer.first_signing or review, review)
    over = offer.last_signing is not None and offer.last_signing < first
    if over or left < (offer.block_it_mw or LEAST_MW) * (1 - 1e-9):
        return None
    least = max((offer.least_it_mw or 0.0) - taken, 0.0)
    return replace(
        offer,
        power_it_mw=it_mw(left),
        least_it_mw=it_mw(least) if least > 0 else None,
        first_signing=first,
    )


def _from(limits: Mapping[Quarter, float], review: Quarter) -> dict[Quarter, float]:
    return {quarter: most for quarter, most in limits.items() if quarter >= review}


def _told(
    portfolio: Portfolio,
    reviews: Sequence[Quarter],
    futures: Scenarios,
    effort: Effort,
    seed: int,
    held: Floats,
    revised: Floats,
    lives: Sequence[_Lived],
) -> Revising:
    chance, groups = futures.probability, strata(futures)
    kept = sum(lived.kept for lived in lives)
    return Revising(
        portfolio=portfolio.name,
        reviews=tuple(reviews),
        scenarios=effort.scenarios,
        seed=seed,
        held=mean_of(held, chance, groups),
        revised=mean_of(revised, chance, groups),
        worth=mean_of(revised - held, chance, groups),
        better_share=min(float(chance[revised > held + 1e-6].sum()), 1.0),
        paths=tuple(
            RevisedPath(
                story=futures.story[path],
                probability_share=float(chance[path]),
                held_npv_usd=float(held[path]) * MILLION,
                revised_npv_usd=float(revised[path]) * MILLION,
                kept_count=lived.kept,
            )
            for path, lived in enumerate(lives)
        ),
        about=_about(portfolio, len(lives), len(reviews), kept),
    )


def _about(portfolio: Portfolio, paths: int, reviews: int, kept: int) -> str:
    parts = [
        f"Lived through {paths} futures that no plan was made for. Each new plan knows the past "
        "of its path and scenarios of its future, holds what was signed, and is made in two "
        "stages, as if it were the last; limits inside scenarios give way on the paths where "
        "they must."
    ]
    if kept:
        parts.append(
            f"At {kept} of {paths * reviews} reviews no new plan kept all limits; the earlier one "
            "was kept."
        )
    if any(site.power_options for site in portfolio.sites):
        parts.append("How sites are powered stays as first chosen.")
    if portfolio.capital.vehicles:
        parts.append("All that vehicles sign carries a loan.")
    return " ".join(parts)
