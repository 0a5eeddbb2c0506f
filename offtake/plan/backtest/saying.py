"""What a backtest allows to be claimed, and what not, in sentences made from its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.model.backtest import Backtest, Basis, Difference, Fate, PlanScore, QuarterScore

SURE_ERRORS = 2.0
"""Standard errors a mean lies from 0 before it is called different."""
FEW = 1e-9
LEAST_USD = 1e6
"""A difference below a million of billions is none."""
ROUNDING = 1e-9


def said(made: Backtest) -> tuple[str, ...]:
    """Say what may be claimed, the most telling first."""
    return (
        *_capacity(made),
        *_promises(made),
        *_trust(made),
        *made.calibration.says,
        "Rule, studies and milestones were put together by people who had seen the outcome. "
        "Nothing dated after the first day enters the plans or the forecasts, yet which of the "
        "known things to use was chosen later: this is evidence, not proof.",
    )


def remarks(made: Backtest) -> tuple[str, ...]:
    """Say what a reader must know to use it."""
    return tuple(_remarks(made))


def _capacity(made: Backtest) -> Iterator[str]:
    rows = made.by_period
    last, kept = rows[-1], made.trust.kept_share
    held = sum(_within(row) for row in rows)
    if kept is not None:
        yield (
            f"Of the capacity announced for {rows[0].period} to {last.period} beyond what stood "
            f"already, {kept:.0%} was there, in the mean of the quarters."
        )
    yield (
        f"In {last.period} announced dates promised {_work(last.promised_h100e)}, the forecast "
        f"{_work(last.forecast.p50_h100e)} ({_work(last.forecast.p10_h100e)} to "
        f"{_work(last.forecast.p90_h100e)} in eight of ten scenarios), and "
        f"{_work(last.realised_h100e)} were there. What came lay between P10 and P90 in "
        f"{held} of {len(rows)} quarters; quarters of one portfolio are no independent sample, "
        "so that proves nothing."
    )


def _within(row: QuarterScore) -> bool:
    low, high = row.forecast.p10_h100e, row.forecast.p90_h100e
    return low * (1 - ROUNDING) <= row.realised_h100e <= high * (1 + ROUNDING)


def _promises(made: Backtest) -> Iterator[str]:
    for plan, name in zip(made.plans, ("with forecasts", "that trusts dates"), strict=True):
        promised, got = plan.promised, plan.realised
        yield (
            f"The plan {name} promised itself a result of {_usd(promised.result_usd)} in those "
            f"quarters and got {_usd(got.result_usd)}. It earned "
            f"{_than(got.earned_usd, promised.earned_usd)} and paid "
            f"{_than(got.paid_usd, promised.paid_usd)} than it had said, as what is late is not "
            f"paid for, and left {got.unserved_share:.1%} of inference unserved instead of "
            f"{promised.unserved_share:.1%}."
        )
    careful, trusting = made.plans
    if careful.in_time_it_mw + trusting.in_time_it_mw < FEW:
        yield (
            "Nothing that was known to be on offer could have come in time to serve in them: both "
            "plans could only rent by the hour, which they do once lateness is seen."
        )
    else:
        yield (
            f"Signed ahead and due in them: {_mw(careful)} by the plan with forecasts, "
            f"{_mw(trusting)} by the other."
        )


def _than(got: float, promised: float) -> str:
    word = "less" if got < promised else "more"
    return f"{_usd(abs(got - promised))} {word}"


def _trust(made: Backtest) -> Iterator[str]:
    trust = made.trust
    yield (
        "In the quarters scored, on what happened, the plan that trusts dates came out "
        f"{_worse(trust.scored, 0.0)}."
    )
    gap = sum(plan.gap_usd for plan in made.plans)
    yield (
        f"Over the whole horizon, on draws neither was made on, it came out "
        f"{_worse(trust.horizon, gap)}. Lateness beyond {made.score_at} is drawn from what was "
        "known then: a model."
    )


def _worse(difference: Difference, gap: float) -> str:
    """Say how far two plans are apart, and whether that may be claimed.

    `gap` is what better plans could still be found by, of both together.
    """
    mean, error = difference.mean_usd, difference.error_usd
    most = max(abs(difference.p10_usd), abs(difference.p90_usd), abs(mean))
    if most < LEAST_USD:
        return "no worse and no better"
    word = "worse" if mean > 0 else "better"
    sure = abs(mean) > SURE_ERRORS * error + gap
    besides = f"; the plans are known to be best to within {_usd(gap)} together" if gap else ""
    return (
        f"{_usd(abs(mean))} {word} in the mean of demand and prices drawn (standard error "
        f"{_usd(error)}; plan with forecasts less the other: {_usd(difference.p10_usd)} to "
        f"{_usd(difference.p90_usd)} in eight of ten draws{besides}), "
        + ("more than chance and gaps explain" if sure else "which is no difference to be claimed")
    )


def _remarks(made: Backtest) -> Iterator[str]:
    counts = dict.fromkeys(Fate, 0)
    for entry in made.knowledge.entries:
        counts[entry.fate] += 1
    told = ", ".join(f"{counts[fate]} {fate.value}" for fate in Fate)
    yield (
        f"Of the portfolio's entries {made.knowledge.kept_count} stood as they were on "
        f"{made.as_of}; {told}. Each is named in the list of knowledge."
    )
    yield (
        "Scored on facts: arrivals of tranches that a milestone reports on. On a model: "
        + _modelled(made)
    )
    yield (
        "Demand, prices and outages are the same draws for both plans, in promise and score: "
        "what they really were is not on record. The quarters scored are told on the draws the "
        "plans were made on, which flatters both; the whole horizon on others."
    )
    if made.calibration.redated:
        yield (
            "Recorded as reached on the first day, and dated otherwise since: "
            + "; ".join(made.calibration.redated)
            + ". They count as reached, as was believed then, and are no part of the calibration."
        )
    yield (
        f"Lateness of what has no record is drawn from what was known on {made.score_at}: "
        f"{made.hindsight.why}."
    )


def _modelled(made: Backtest) -> str:
    names = [arrival.id for arrival in made.arrivals if arrival.basis is Basis.MODEL]
    listed = f"{', '.join(names)}; " if names else ""
    return f"{listed}everything due later, and all that the plans sign."


def _usd(value: float) -> str:
    size = abs(value)
    for scale, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= scale:
            return f"{value / scale:,.2f} {name} USD"
    return f"{value:,.0f} USD"


def _work(h100e: float) -> str:
    return f"{h100e / 1e3:,.0f} k H100e"


def _mw(plan: PlanScore) -> str:
    return f"{float(plan.in_time_it_mw):,.0f} MW IT"
