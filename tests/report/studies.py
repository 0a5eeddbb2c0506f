"""Studies made by hand, as a planner would make them, to be drawn, printed and compared."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from offtake.model.contract import Tenure
from offtake.model.outlook import Estimate, Lot, Outlook
from offtake.model.period import Quarter
from offtake.model.plan import Spread
from offtake.model.portfolio import Horizon
from offtake.model.study import (
    BrokenLimit,
    Fresh,
    Frontier,
    FrontierPoint,
    OptimalityGap,
    OutOfSample,
    Regret,
    RegretLine,
    Strategies,
    Strategy,
    Study,
    ValueOfInformation,
)
from offtake.model.what_if import (
    Alternative,
    AlternativeRange,
    Alternatives,
    Bar,
    Condition,
    Lever,
    Rolling,
    Swing,
    Tornado,
)
from offtake.units import it_mw
from tests.report.plans import AS_OF, FIRST, LAST

STORIES = ("slow", "base", "boom")
MANY = 40

_LEVERS = (
    # id, name, low, high, low shown, high shown, swing at low and high with the plan held
    ("demand", "Demand", 0.8, 1.25, "20 % lower", "25 % higher", -11.2e9, 8.1e9),
    ("rental-price", "Rental price", 0.8, 1.25, "20 % lower", "25 % higher", -6.4e9, 4.9e9),
    ("revenue", "Revenue of inference", 0.9, 1.1, "10 % lower", "10 % higher", -9.8e9, 9.7e9),
    ("delay", "Days late", 0.5, 2.0, "half", "twice as late", 3.1e9, -5.6e9),
    ("own-capex", "Cost of building", 0.8, 1.25, "20 % lower", "25 % higher", 2.4e9, -3.0e9),
    ("power-price", "Price of electricity", 0.8, 1.25, "20 % lower", "25 % higher", 0.5e9, -0.6e9),
    ("discount-rate", "Discount rate", 0.75, 1.25, "8.25 % a year", "13.8 % a year", 2.2e9, -1.9e9),
)
_RANGES = (
    # group, kind, least, plan, most
    ("own", "tenure", 206.0, 824.0, 1_030.0),
    ("lease", "tenure", 1_240.0, 1_966.0, 2_310.0),
    ("reserve", "tenure", 0.0, 160.0, 420.0),
    ("shackelford-ii", "offer", 206.0, 412.0, 412.0),
    ("milam-county", "offer", 300.0, 300.0, 300.0),
    ("narvik-b", "offer", 0.0, 134.0, 134.0),
    ("port-washington", "offer", 0.0, 515.0, 515.0),
    ("saline", "offer", 0.0, 309.0, 309.0),
    ("narvik", "site", 90.0, 224.0, 224.0),
)


def an_outlook(
    mean: float, tail: float, *, own: float, lease: float, seed: int = 1, weight: float = 0.2
) -> Outlook:
    """Make the outlook of a plan by its mean and tail, in USD, and what it signs, in MW."""
    rng = np.random.default_rng(seed)
    npv = np.sort(rng.normal(mean, (mean - tail) / 1.8, MANY))
    npv += mean - npv.mean()
    objective = (1 - weight) * mean + weight * tail
    return Outlook(
        objective_usd=objective,
        bound_usd=objective + 0.31e9,
        gap_share=0.0038,
        volume_usd=84e9,
        npv=_spread(npv, tail),
        cost=Spread(
            mean_usd=81.2e9 - own * 2e6, p10_usd=75.9e9, p50_usd=80.8e9, p90_usd=87.6e9,
            cvar_usd=90.3e9,
        ),
        unserved_share=0.031 + 0.02 * (own < 100),
        signed_it_mw={Tenure.OWN: it_mw(own), Tenure.LEASE: it_mw(lease)}
        | ({Tenure.RESERVE: it_mw(160)} if own and lease else {}),
        hourly_it_mw={Tenure.RENT: it_mw(61), Tenure.SPOT: it_mw(24)},
        lots=_lots(own, lease),
        npv_usd=tuple(float(v) for v in npv),
    )  # fmt: skip


def _spread(values: np.ndarray, tail: float) -> Spread:
    p10, p50, p90 = (float(v) for v in np.quantile(values, (0.1, 0.5, 0.9)))
    return Spread(
        mean_usd=float(values.mean()), p10_usd=p10, p50_usd=p50, p90_usd=p90, cvar_usd=tail
    )


def _lots(own: float, lease: float) -> tuple[Lot, ...]:
    rows = (
        ("shackelford-ii", "Shackelford II (SPV)", Tenure.OWN, "shackelford", 0, own),
        ("milam-county", "Milam County", Tenure.LEASE, "milam", 0, min(lease, 300.0)),
        ("saline", "Saline", Tenure.LEASE, "saline", 2, max(lease - 300.0, 0.0)),
    )
    return tuple(
        Lot(
            offer=offer, name=name, tenure=held, site=site, period=FIRST + at, power_it_mw=it_mw(mw)
        )
        for offer, name, held, site, at, mw in rows
        if mw > 0
    )


def a_study() -> Study:
    """Make a study with all its parts."""
    plan = an_outlook(27.9e9, 3.9e9, own=824.0, lease=1_966.0)
    return Study(
        portfolio="stargate",
        about="A lab that leases first, owns some through a vehicle, and rents the rest.",
        as_of=AS_OF,
        inputs_sha256=hashlib.sha256(b"study").hexdigest(),
        version="0.1.0",
        horizon=Horizon(first=FIRST, last=LAST),
        scenarios=MANY,
        seed=7,
        risk_share=0.2,
        cvar_alpha_share=0.9,
        story=tuple(STORIES[i % 3] for i in range(MANY)),
        probability_share=(1 / MANY,) * MANY,
        plan=plan,
        value=_value(),
        out_of_sample=_fresh(plan),
        frontier=_frontier(),
        strategies=_strategies(plan),
        regret=_regret(),
        tornado=_tornado(plan),
        conditions=_conditions(),
        alternatives=_alternatives(),
        rolling=_rolling(),
        remarks=("All comparisons are on the same 40 scenarios.",),
        wall_s=212.4,
    )


def a_small_study() -> Study:
    """Make a study that was asked for one part, where one strategy has no plan."""
    whole = a_study()
    assert whole.strategies is not None
    none = replace(
        whole.strategies.strategies[0],
        plan=None,
        why_not="demand.inference.chat.least_served_share: 62 % of demand at most can be served",
        peak_cash_usd=None,
        peak_cash_p90_usd=None,
    )
    few = replace(
        whole.strategies, strategies=(none, whole.strategies.strategies[3]), best="", says=""
    )
    return replace(
        whole, portfolio="small", about="", value=None, out_of_sample=None, frontier=None,
        strategies=few, regret=None, tornado=None, conditions=None, alternatives=None,
        rolling=None, remarks=(),
    )  # fmt: skip


def a_hostile_study() -> Study:
    """Make a study whose texts try to be markup, script or a terminal command."""
    evil = "<script>alert(1)</script>|**b**\"'&</svg>\x1b[31m{{7*7}}\u202e]]>"
    whole = a_study()
    assert whole.strategies is not None
    assert whole.tornado is not None
    assert whole.regret is not None
    assert whole.alternatives is not None
    assert whole.conditions is not None
    bars = tuple(replace(b, lever=replace(b.lever, name=evil)) for b in whole.tornado.bars)
    return replace(
        whole,
        portfolio=evil,
        about=evil,
        story=tuple(evil for _ in whole.story),
        strategies=replace(
            whole.strategies,
            says=evil,
            strategies=tuple(replace(s, name=evil, rule=evil) for s in whole.strategies.strategies),
        ),
        tornado=replace(whole.tornado, bars=bars, says=evil, left_out=(evil,)),
        regret=replace(
            whole.regret,
            says=evil,
            lines=tuple(replace(r, plan=evil, story_usd={evil: 1e9}) for r in whole.regret.lines),
        ),
        alternatives=replace(
            whole.alternatives,
            says=evil,
            ranges=tuple(replace(r, group=evil) for r in whole.alternatives.ranges),
        ),
        conditions=tuple(replace(c, says=evil) for c in whole.conditions),
        remarks=(evil, "</script><script>alert(2)</script>"),
    )


def an_estimate(mean: float, wide: float) -> Estimate:
    """Make an estimate of so much, `wide` either way."""
    return Estimate(mean_usd=mean, low_usd=mean - wide, high_usd=mean + wide)


def _value() -> ValueOfInformation:
    return ValueOfInformation(
        scenarios=MANY,
        rp_usd=23.1e9,
        rp_bound_usd=23.4e9,
        eev_usd=19.6e9,
        mean_value=an_outlook(26.1e9, -6.4e9, own=412.0, lease=2_200.0, seed=3),
        ws_usd=29.8e9,
        ws_bound_usd=29.9e9,
        vss_usd=3.5e9,
        vss_low_usd=3.5e9,
        vss_high_usd=3.8e9,
        vss_share=0.042,
        vss_says="Planning for many futures instead of the mean one is worth 3.50 B USD.",
        evpi_usd=6.7e9,
        evpi_low_usd=6.4e9,
        evpi_high_usd=6.8e9,
        evpi_share=0.08,
        evpi_says="Knowing the future before signing would be worth 6.70 B USD.",
    )


def _fresh(plan: Outlook) -> OutOfSample:
    there = replace(plan.npv, mean_usd=26.8e9, p10_usd=7.1e9, cvar_usd=1.9e9)
    return OutOfSample(
        seed=8,
        fresh=Fresh(
            scenarios=400,
            mean=an_estimate(26.8e9, 1.1e9),
            cvar=an_estimate(1.9e9, 2.4e9),
            objective=an_estimate(21.8e9, 1.2e9),
        ),
        npv=there,
        in_sample=plan.npv,
        optimism_usd=1.3e9,
        unserved_share=0.034,
        unserved_low_share=0.031,
        unserved_high_share=0.038,
        broken_share=0.04,
        broken_low_share=0.024,
        broken_high_share=0.064,
        broken=(
            BrokenLimit(
                limit="capital.spending_limit_usd", chance_share=0.04, mean_amount=0.31e9,
                worst_amount=0.9e9, unit="USD",
            ),
        ),
        gap=OptimalityGap(
            replications_count=10, scenarios=MANY, gap=an_estimate(0.9e9, 0.4e9), most_usd=1.2e9,
            most_share=0.014, says="With 95 % confidence no plan gains more than 1.20 B USD.",
        ),
        says="In 400 fresh scenarios the plan brings 26.8 B USD in the mean, 1.10 B less than in "
        "the 40 it was made on.",
    )  # fmt: skip


def _frontier() -> Frontier:
    rows = (
        (0.0, 28.3e9, 0.4e9, 950.0, 1_840.0, "Begins here."),
        (0.2, 27.9e9, 3.9e9, 824.0, 1_966.0, "Signs 126 MW less own and 126 MW more lease."),
        (0.5, 26.4e9, 7.6e9, 618.0, 2_060.0, "Signs 206 MW less own and 94 MW more lease."),
        (0.8, 26.2e9, 7.7e9, 618.0, 2_066.0, "Signs 6 MW more lease."),
        (1.0, 23.8e9, 9.4e9, 206.0, 2_300.0, "Signs 412 MW less own and 234 MW more lease."),
    )
    points = tuple(
        FrontierPoint(
            risk_share=weight,
            plan=an_outlook(mean, tail, own=own, lease=lease, seed=20 + index, weight=weight),
            fresh=Fresh(
                scenarios=400,
                mean=an_estimate(mean - 1.0e9, 1.0e9),
                cvar=an_estimate(tail - 1.8e9, 2.0e9),
                objective=an_estimate((1 - weight) * mean + weight * tail - 1.1e9, 1.1e9),
            ),
            dominated=weight == 0.8,
            changed=changed,
        )
        for index, (weight, mean, tail, own, lease, changed) in enumerate(rows)
    )
    says = "From λ 0 to 1 the tail gains 9.00 B USD and the mean loses 4.50 B USD."
    return Frontier(scenarios=MANY, points=points, says=says)


def _strategies(plan: Outlook) -> Strategies:
    rows = (
        ("build", "Build", (Tenure.OWN,), an_outlook(21.3e9, -9.8e9, own=1_236, lease=0, seed=5)),
        (
            *("lease-first", "Lease first", (Tenure.LEASE, Tenure.RESERVE)),
            an_outlook(24.6e9, 6.1e9, own=0, lease=2_604, seed=6),
        ),
        (
            *("hybrid", "Hybrid", (Tenure.OWN, Tenure.LEASE)),
            an_outlook(27.2e9, 3.4e9, own=824, lease=1_880, seed=7),
        ),
        ("free", "Free optimum", (Tenure.OWN, Tenure.LEASE, Tenure.RESERVE), plan),
    )
    return Strategies(
        scenarios=MANY,
        strategies=tuple(
            Strategy(
                id=ident,
                name=name,
                rule=f"May sign {', '.join(t.value for t in may)} ahead.",
                may_sign=may,
                vehicle_only=ident == "hybrid",
                offers=("shackelford-ii", "milam-county"),
                plan=made,
                peak_cash_usd=made.signed_it_mw.get(Tenure.OWN, 0.0) * 21e6 + 2e9,
                peak_cash_p90_usd=made.signed_it_mw.get(Tenure.OWN, 0.0) * 24e6 + 3e9,
            )
            for ident, name, may, made in rows
        ),
        best="hybrid",
        says="Hybrid is the best of the three named: 1.50 B USD ahead of lease first.",
    )


def _regret() -> Regret:
    rng = np.random.default_rng(4)
    rows = (("hybrid", 2.1e9, 0.5), ("lease-first", 4.4e9, 0.3), ("build", 9.7e9, 0.2))
    lines = tuple(
        RegretLine(
            plan=name,
            max_usd=most * 1.9,
            worst_story=STORIES[k % 3],
            mean_usd=most,
            story_usd={s: most * f for s, f in zip(STORIES, (0.4 + k, 0.8, 1.5), strict=True)},
            best_share=best,
            scenario_usd=tuple(float(v) for v in np.abs(rng.normal(most, most / 3, MANY))),
        )
        for k, (name, most, best) in enumerate(rows)
    )
    says = "Hybrid has the smallest largest regret: 3.99 B USD, in the story slow."
    return Regret(against="candidates", lines=lines, minimax="hybrid", says=says)


def _lever(row: tuple) -> Lever:
    ident, name, low, high, low_shown, high_shown, *_ = row
    return Lever(
        id=ident, name=name, low_ratio=low, high_ratio=high, low_shown=low_shown,
        high_shown=high_shown, basis="assumed: a fifth down, or as much up in proportion",
    )  # fmt: skip


def _tornado(plan: Outlook) -> Tornado:
    base = plan.objective_usd
    bars = []
    for row in _LEVERS:
        *_, low, high = row
        held, planned = abs(low - high), abs(low * 0.7 - high * 1.1)
        bars.append(
            Bar(
                lever=_lever(row),
                low=Swing(held_usd=base + low, planned_usd=base + low * 0.7, changed="Signs less."),
                high=Swing(
                    held_usd=base + high, planned_usd=base + high * 1.1, changed="Signs more."
                ),
                held_swing_usd=held,
                planned_swing_usd=planned,
            )
        )
    bars.sort(key=lambda bar: -bar.held_swing_usd)
    return Tornado(
        scenarios=MANY,
        base_usd=base,
        bars=tuple(bars),
        left_out=("Carbon is not limited, so turning its limit changes nothing.",),
        says="Revenue of inference moves the result most: 19.5 B USD from end to end.",
    )


def _conditions() -> tuple[Condition, ...]:
    told = (
        ("lease-first", 0, 0.71, "Lease first wins when demand is more than 29 % lower."),
        ("build", 4, None, "Build does not win at any cost of building from 20 % lower on."),
    )
    return tuple(
        Condition(
            winner="hybrid",
            rival=rival,
            lever=_lever(_LEVERS[place]),
            replanned=True,
            lead_usd=1.5e9,
            low_lead_usd=-0.4e9 if even else 0.9e9,
            high_lead_usd=2.2e9,
            break_even_ratio=even,
            tolerance_ratio=0.01,
            trials_count=9,
            says=says,
        )
        for rival, place, even, says in told
    )


def _alternatives() -> Alternatives:
    ranges = tuple(
        AlternativeRange(
            group=group, kind=kind, tolerance_share=0.01, least_it_mw=it_mw(least),
            most_it_mw=it_mw(most), plan_it_mw=it_mw(mw), always=least > 0, optional=least == 0,
            says=f"{group} is {'always' if least > 0 else 'sometimes'} signed.",
        )
        for group, kind, least, mw, most in _RANGES
    )  # fmt: skip
    plans = tuple(
        Alternative(
            name=name, loss_usd=loss, loss_share=loss / 84e9,
            signed_it_mw={Tenure.OWN: it_mw(own), Tenure.LEASE: it_mw(lease)},
            lots=_lots(own, lease), changed=f"Signs {824 - own:,.0f} MW less own.",
        )
        for name, loss, own, lease in (
            ("least own", 0.78e9, 206.0, 2_310.0), ("most own", 0.81e9, 1_030.0, 1_700.0),
        )
    )  # fmt: skip
    says = "Within 1 % of the volume of cost, at least 206 MW own and 1,240 MW lease are signed."
    return Alternatives(scenarios=MANY, ranges=ranges, plans=plans, says=says)


def _rolling() -> Rolling:
    return Rolling(
        paths_count=50,
        reviews=(Quarter(2027, 4), Quarter(2028, 4)),
        held=an_estimate(26.8e9, 1.1e9),
        revised=an_estimate(28.2e9, 1.0e9),
        gain=an_estimate(1.4e9, 0.3e9),
        gain_share=0.017,
        better_share=0.82,
        says="Revising the plan once a year is worth 1.40 B USD, 1.10 to 1.70.",
    )
