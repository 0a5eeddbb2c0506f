"""Who is paid what, period by period, in many runs at once.

    cash      = kept before + cfads + termination payment + sale at the end of life
    lenders   interest, then principal (what was missed before first), out of cash,
              then out of the debt service reserve
    reserve   topped up to its target, or released
    sweep     a termination payment repays early, and so does a share of the rest; all of it
              where a covenant is broken
    lock-up   what is left is kept while the cover of the last 12 months is too low
    shareholders  the rest

Cover is cfads over interest and scheduled principal; what is due at once at maturity and
sales at the end of life are no part of it. A minus of cash is carried: it is paid first out
of later cash. Arrays are [periods, runs] from the first period of repayment on, or [runs];
the inside of the loop is a handful of vector operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.capital.vehicle.cash import Floats

Bools = npt.NDArray[np.bool_]

LEAST_USD = 0.005
"""Less than half a cent is not missed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is agreed, from the first period of repayment on, [periods] or one for all."""

    repaid: Floats
    """Share of what is owed when a period begins that is due in it, as scheduled."""
    balloon: Floats
    """Share of what is owed when a period begins that is due at once besides."""
    target: Floats
    """Reserve asked for at the end of a period, over what is owed then, as planned."""
    window: int
    """Periods in 12 months: what cover is looked at over."""
    lockup: float
    covenant: float
    sweep: float


@dataclass(frozen=True, slots=True)
class Flows:
    """What was paid, [periods, runs], in USD."""

    cfads: Floats
    ending: Floats
    termination: Floats
    interest: Floats
    """Paid, whatever it was paid from."""
    principal: Floats
    """Paid as scheduled or missed before."""
    due: Floats
    """Interest and all principal asked for, what was missed before among it."""
    service: Floats
    """Interest and scheduled principal alone: what cover is measured against."""
    from_reserve: Floats
    to_reserve: Floats
    """Put into the reserve; negative is released."""
    swept: Floats
    distributed: Floats
    balance: Floats
    """Owed at the end of the period."""
    reserve: Floats
    """Reserve at the end of the period."""
    kept: Floats
    """Cash at the end of the period: locked up, or a minus that is carried."""
    missed: Floats
    """Due and not paid, at the end of the period."""
    cover: Floats
    """Cover of the last 12 months; not a number where nothing was due in them."""
    locked: Bools
    broken: Bools
    """Covenant broken or something missed, while something is owed."""


def run(rules: Rules, owed: Floats, reserve: Floats, kept: Floats, given: Given) -> Flows:
    """Run the waterfall.

    Args:
        rules: What is agreed.
        owed: [runs] debt when repayment begins.
        reserve: [runs] reserve then.
        kept: [runs] cash then.
        given: What comes in, and the rate of each period.
    """
    count, runs = given.cfads.shape
    made: dict[str, Floats] = {name: np.zeros((count, runs)) for name in _AMOUNTS}
    locked, broken = np.zeros((count, runs), bool), np.zeros((count, runs), bool)
    state = State(owed.copy(), reserve.copy(), kept.copy(), np.zeros(runs))
    recent = [np.zeros(runs), np.zeros(runs)]
    for t in range(count):
        interest = state.owed * given.rates[t]
        part = state.owed - state.missed
        scheduled = part * rules.repaid[t]
        service, cfads = interest + scheduled, given.cfads[t]
        recent[0] += cfads
        recent[1] += service
        if t >= rules.window:
            recent[0] = recent[0] - given.cfads[t - rules.window]
            recent[1] = recent[1] - made["service"][t - rules.window]
        with np.errstate(divide="ignore", invalid="ignore"):
            cover = np.where(recent[1] > LEAST_USD, recent[0] / recent[1], np.nan)
        due = service + part * rules.balloon[t] + state.missed
        cash = state.kept + cfads + given.ending[t] + given.termination[t]
        rest = _lenders(state, made, t, cash, interest, due)
        owing = state.owed > LEAST_USD
        broken[t] = owing & ((state.missed > LEAST_USD) | (cover < rules.covenant))
        locked[t] = owing & (broken[t] | (cover < rules.lockup))
        rest = _reserve(state, made, t, rest, rules.target[t])
        share = np.where(broken[t], 1.0, np.where(locked[t], 0.0, rules.sweep))
        rest = _sweep(state, made, t, rest, share, given.termination[t])
        out = np.where(locked[t] & (state.owed > LEAST_USD), 0.0, np.maximum(rest, 0.0))
        state.kept = rest - out
        for name, held in (
            *(("cover", cover), ("due", due), ("service", service), ("distributed", out)),
            *(("balance", state.owed), ("reserve", state.reserve), ("kept", state.kept)),
            ("missed", state.missed),
        ):
            made[name][t] = held
    came = {"cfads": given.cfads, "ending": given.ending, "termination": given.termination}
    return Flows(locked=locked, broken=broken, **came, **made)


@dataclass(frozen=True, slots=True)
class Given:
    """What a waterfall starts from, [periods, runs]; rates may be [periods, 1]."""

    cfads: Floats
    ending: Floats
    termination: Floats
    rates: Floats


@dataclass(slots=True)
class State:
    """What is owed and held between two periods, [runs]."""

    owed: Floats
    reserve: Floats
    kept: Floats
    missed: Floats


_AMOUNTS = (
    *("interest", "principal", "due", "service", "from_reserve", "to_reserve", "swept"),
    *("distributed", "balance", "reserve", "kept", "missed", "cover"),
)


def _lenders(
    state: State, made: dict[str, Floats], t: int, cash: Floats, interest: Floats, due: Floats
) -> Floats:
    """Pay what is due, from cash and then from the reserve; interest that is missed is owed."""
    from_cash = np.minimum(np.maximum(cash, 0.0), due)
    from_reserve = np.minimum(due - from_cash, state.reserve)
    paid = from_cash + from_reserve
    state.reserve = state.reserve - from_reserve
    state.owed = state.owed + interest - paid
    state.missed = due - paid
    made["from_reserve"][t] = from_reserve
    made["interest"][t] = np.minimum(paid, interest)
    made["principal"][t] = paid - made["interest"][t]
    rest: Floats = cash - from_cash
    return rest


def _reserve(
    state: State, made: dict[str, Floats], t: int, rest: Floats, target: np.float64
) -> Floats:
    """Top the reserve up out of what is left, or release what it holds too much of."""
    wanted = target * state.owed - state.reserve
    freed = np.where(state.missed > LEAST_USD, 0.0, wanted)
    moved = np.where(wanted > 0, np.minimum(wanted, np.maximum(rest, 0.0)), freed)
    state.reserve = state.reserve + moved
    made["to_reserve"][t] = moved
    left: Floats = rest - moved
    return left


def _sweep(
    state: State, made: dict[str, Floats], t: int, rest: Floats, share: Floats, termination: Floats
) -> Floats:
    """Repay early: a share of what is left, and all of a termination payment that is left."""
    left = np.maximum(rest, 0.0)
    least = np.minimum(termination, left)
    swept = np.minimum(least + share * (left - least), state.owed)
    state.owed = state.owed - swept
    state.missed = np.maximum(state.missed - swept, 0.0)
    made["swept"][t] = swept
    after: Floats = rest - swept
    return after
