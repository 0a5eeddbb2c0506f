"""Tornado: one input turned at a time, with the plan held and planned anew.

    demand      ████████|██████      held: what the plan in hand is exposed to
    revenue        █████|████        anew: what is left of that for who plans again
    own capex         ██|█

Held, nothing that is signed changes; use, rent and what is not served follow the world.
Planned anew the objective is never worse, save within the gaps of the plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offtake.errors import OfftakeError
from offtake.model.contract import Tenure
from offtake.model.portfolio import Portfolio
from offtake.model.what_if import Bar, Swing, Tornado
from offtake.plan.study.levers import Handle, levers
from offtake.plan.study.setting import Candidate, Setting
from offtake.plan.study.words import differences, listed, money, reasons
from offtake.units import ItMW

SAME_PLAN = differences((), ())
"""How words say that nothing changes."""


def tornado(
    setting: Setting,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    only: Sequence[str] | None = None,
    *,
    replan: bool = True,
) -> Tornado:
    """Turn every lever to both ends of its range.

    Args:
        setting: the plan that is studied.
        ranges: low and high factor by lever, instead of the assumed ones.
        only: levers to turn, by short name; None is all.
        replan: plan anew at both ends too.

    Raises:
        OfftakeError: a range that makes no sense, or of no lever (`OTK-P100`).
    """
    handles, idle = levers(setting.portfolio, ranges)
    wanted = [h for h in handles if only is None or h.lever.id in only]
    # Held as the bars are: limits on the mean, if any, are not asked for in either.
    held = setting.held(setting.base.decision).outlook.objective_usd if wanted else 0.0
    bars = [_bar(setting, handle, held, replan) for handle in wanted]
    bars.sort(key=lambda bar: (-bar.held_swing_usd, -bar.planned_swing_usd, bar.lever.id))
    return Tornado(
        scenarios=setting.count,
        base_usd=setting.base.outlook.objective_usd,
        bars=tuple(bars),
        left_out=tuple(idle),
        says=_says(bars),
    )


def _bar(setting: Setting, handle: Handle, held: float, replan: bool) -> Bar:
    low = swing(setting, handle, handle.lever.low_ratio, replan)
    high = swing(setting, handle, handle.lever.high_ratio, replan)
    base = setting.base.outlook.objective_usd
    return Bar(
        lever=handle.lever,
        low=low,
        high=high,
        held_swing_usd=_width(held, low.held_usd, high.held_usd),
        planned_swing_usd=_width(base, low.planned_usd, high.planned_usd),
    )


def _width(base: float, *ends: float | None) -> float:
    known = [base, *(end for end in ends if end is not None)]
    return max(known) - min(known)


def swing(setting: Setting, handle: Handle, ratio: float, replan: bool = True) -> Swing:
    """See what one value of a lever does."""
    setting.say(f"turning {handle.lever.name.lower()} to {handle.shown(setting.portfolio, ratio)}")
    turned = handle.turn(setting.portfolio, ratio)
    held, why = _held(setting, turned)
    planned, why_not = _planned(setting, turned) if replan else (None, "not planned anew")
    # Whoever plans anew may also keep the plan: a worse one was only found within its gap.
    best = planned.outlook.objective_usd if planned else None
    if best is not None and held is not None and held.keeps_limits:
        best = max(best, held.outlook.objective_usd)
    return Swing(
        held_usd=held.outlook.objective_usd if held else None,
        planned_usd=best,
        signed_it_mw=_signed(planned),
        changed=(
            differences(setting.base.outlook.lots, planned.outlook.lots) if planned else why_not
        )
        + (f"; the plan cannot be held: {why}" if why else ""),
    )


def _held(setting: Setting, turned: Portfolio) -> tuple[Candidate | None, str]:
    try:
        samples = setting.drawn(turned)
        return setting.held(setting.base.decision, turned, samples), ""
    except OfftakeError as error:
        return None, reasons(error)


def _planned(setting: Setting, turned: Portfolio) -> tuple[Candidate | None, str]:
    try:
        samples = setting.drawn(turned)
        return setting.planned(turned, samples, start=setting.base.decision), ""
    except OfftakeError as error:
        return None, f"no plan: {reasons(error)}"


def _signed(planned: Candidate | None) -> Mapping[Tenure, ItMW]:
    return planned.outlook.signed_it_mw if planned else {}


def _says(bars: Sequence[Bar]) -> str:
    if not bars:
        return "There is no lever to turn."
    first = bars[0]
    said = (
        f"{first.lever.name} moves the result most: {money(first.held_swing_usd)} between "
        f"{first.lever.low_shown} and {first.lever.high_shown} with the plan held"
    )
    if first.planned_swing_usd:
        said += f", {money(first.planned_swing_usd)} planned anew"
    still = [b.lever.name.lower() for b in bars if b.low.changed == b.high.changed == SAME_PLAN]
    if still:
        said += f". What is signed stays the same whatever {listed(still)} does in its range"
    return said + "."
