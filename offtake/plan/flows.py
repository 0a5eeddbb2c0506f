"""Flows: when the capacity of a source arrives and what money moves, in each scenario.

For every source and every quarter it can be signed in, one array [W, T] of the share in
service and one of the money paid for one MW. Everything later is linear in how many MW
are signed.

Residual value, the classic end effect, follows one rule: at the end of the horizon shell
and accelerators are worth what was paid for them, written off in a straight line over
their life; prepayments are worth what was not yet credited, unless the seller defaulted.
Capacity that was paid for and has not arrived is worth what was paid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.plan.supply import DAYS_PER_QUARTER, FOREVER, Source, in_service

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flow:
    """What one MW signed in one quarter brings and costs; money in million USD."""

    share: Floats
    """[W, T] share in service, outages of its site and defaults of its seller included."""
    planned: Floats
    """[T] share in service if nothing is late and nothing fails."""
    payment: Floats
    """[W, T] rents, running cost and damages received (negative)."""
    investment: Floats
    """[W, T] capital expenditure and prepayments."""
    invested: Floats
    """[T] investment if nothing is late and prices are as quoted: what a limit is held against."""
    residual: Floats
    """[W] value left at the end of the horizon."""

    @property
    def paid(self) -> Floats:
        """[W, T] all cash out."""
        return self.payment + self.investment


def signing_price(source: Source, signing: int, rental: Floats) -> Floats:
    """Give the price a source is signed at over the price quoted for that quarter, [W].

        (q[w, τ] / q0)^s      and 1 in the first quarter: what is quoted can be signed

    q is the rental price over its path, q0 what it was when the price was quoted, s the
    share of the market's move (in the logarithm) that the price follows.
    """
    if signing == 0 or source.terms.follows_share == 0:
        return np.ones(len(rental))
    ratio: Floats = (rental[:, signing] / source.market_ratio) ** source.terms.follows_share
    return ratio


def flow(
    source: Source,
    signing: int | None,
    late_days: Floats,
    alive: Floats,
    price: Floats | None = None,
) -> Flow:
    """Follow one MW of a source.

    Args:
        source: what is signed.
        signing: quarter it is signed in; None for what was signed before the plan.
        late_days: [W] days late.
        alive: [W, T] 1 while its seller delivers, 0 after it defaulted.
        price: [W] what it is signed at over the quoted price; None is as quoted.
    """
    periods = alive.shape[1]
    ratio = np.ones(len(late_days)) if price is None else price
    due = source.start + (signing or 0)
    start = due + late_days / DAYS_PER_QUARTER
    planned = in_service(np.array(due), source.ramp, source.term, periods)
    share = in_service(start, source.ramp, source.term, periods) * alive
    fixed = source.terms.fixed[signing if signing is not None else slice(0, periods)]
    fixed = ratio[:, np.newaxis] * fixed
    payment = (fixed + source.terms.running) * share
    payment -= _damages(source, due, start, fixed, periods) * alive
    paid_in, credited, uncredited = _prepaid(source, signing, due, start, share)
    uncredited = ratio * uncredited * alive[:, -1]
    built, planned_built, worth = _built(source, signing, due, start, periods)
    return Flow(
        share=share,
        planned=planned,
        payment=payment - ratio[:, np.newaxis] * credited,
        investment=built + ratio[:, np.newaxis] * paid_in,
        invested=planned_built + paid_in,
        residual=worth + uncredited,
    )


def _damages(source: Source, due: float, start: Floats, fixed: Floats, periods: int) -> Floats:
    """Fee that comes back while delivery is late, after the days of grace."""
    terms = source.terms
    if terms.damages_share == 0 or source.accepted:
        return np.zeros((len(start), periods))
    owed = np.array(due + terms.grace_days / DAYS_PER_QUARTER)
    should = in_service(owed, source.ramp, FOREVER, periods)
    late = np.maximum(should - in_service(start, source.ramp, FOREVER, periods), 0.0)
    return terms.damages_share * fixed * late


def _prepaid(
    source: Source, signing: int | None, due: float, start: Floats, share: Floats
) -> tuple[Floats, Floats, Floats]:
    """Prepayment [T], its credits [W, T] and what is not yet credited at the end [W]."""
    terms = source.terms
    periods = share.shape[1]
    paid = np.zeros(periods)
    if terms.prepaid_share == 0 or source.term >= FOREVER:
        return paid, np.zeros_like(share), np.zeros(len(start))
    when = signing if signing is not None else int(np.floor(due))
    if when >= periods:
        return paid, np.zeros_like(share), np.zeros(len(start))
    mean = _mean_fee(source, due) if signing is None else float(terms.fixed[signing])
    total = terms.prepaid_share * mean * source.term
    if when >= 0:
        paid[when] = total
    length = terms.credit_quarters or source.term
    back = in_service(start + terms.credit_from, 0.0, length, periods) * (share > 0)
    credited = total / length * back
    begun_before = np.clip(-(start + terms.credit_from), 0.0, length)
    left = total - credited.sum(axis=1) - total / length * begun_before
    return paid, credited, np.maximum(left, 0.0)


def _mean_fee(source: Source, due: float) -> float:
    """Mean fee over a signed source's own term, as far as its price is known."""
    fixed = source.terms.fixed
    lived = in_service(np.array(due), 0.0, source.term, len(fixed))
    return float(fixed @ lived / lived.sum()) if lived.sum() > 0 else float(fixed[0])


def _built(
    source: Source, signing: int | None, due: float, start: Floats, periods: int
) -> tuple[Floats, Floats, Floats]:
    """Capital expenditure [W, T], the same if nothing is late [T], and residual value [W]."""
    terms = source.terms
    count = len(start)
    if terms.hardware is None and terms.capex == 0:
        return np.zeros((count, periods)), np.zeros(periods), np.zeros(count)
    begun = signing or 0
    lead = max(source.start, 1.0)
    drawn = np.diff(np.clip((np.arange(periods + 1) - begun) / lead, 0.0, 1.0)) * terms.capex
    age = np.maximum(periods - start, 0.0)
    shell = drawn.sum() * np.maximum(1.0 - age / terms.capex_life, 0.0)
    if terms.hardware is None:
        return np.broadcast_to(drawn, (count, periods)), drawn, shell
    price = terms.hardware[:periods]
    bought = _arrivals(start, source.ramp, periods) * price
    left = np.maximum(1.0 - (periods - np.arange(periods) - 0.5) / terms.hardware_life, 0.0)
    planned = drawn + _arrivals(np.array([due]), source.ramp, periods)[0] * price
    return drawn + bought, planned, shell + (bought * left).sum(axis=1)


def _arrivals(start: Floats, ramp: float, periods: int) -> Floats:
    """Share that arrives in each quarter, [W, T]; all in the quarter of `start` without ramp."""
    edges = np.arange(periods + 1, dtype=float)
    if ramp > 0:
        risen = np.clip((edges - start[:, np.newaxis]) / ramp, 0.0, 1.0)
    else:
        risen = (edges > start[:, np.newaxis]).astype(float)
    return np.diff(risen, axis=1)
