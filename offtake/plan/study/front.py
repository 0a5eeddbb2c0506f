"""A study from end to end: portfolio in, `offtake.model.study.Study` out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.model.canonical import sha256
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.study import Study
from offtake.plan.study.alternatives import alternatives
from offtake.plan.study.conditions import conditions
from offtake.plan.study.fresh import out_of_sample
from offtake.plan.study.frontier import frontier
from offtake.plan.study.regret import regret
from offtake.plan.study.revising import PATHS, revising
from offtake.plan.study.setting import Candidate, Setting, prepare
from offtake.plan.study.strategies import Tried, strategies
from offtake.plan.study.tornado import tornado
from offtake.plan.study.value import value_of_information
from offtake.plan.study.words import percent
from offtake.progress import Tell
from offtake.version import VERSION

Ranges = Mapping[str, tuple[float, float]]


@dataclass(slots=True)
class Options:
    """What the parts of a study may be told."""

    fresh: int | None = None
    replications: int = 0
    weights: Sequence[float] | None = None
    ranges: Ranges | None = None
    levers: Sequence[str] | None = None
    replan: bool = True
    reviews: Sequence[Quarter] | None = None
    paths: int = PATHS


@dataclass(slots=True)
class Work:
    """A study in the making: parts that are done, and plans that other parts look at too."""

    setting: Setting
    options: Options
    parts: dict[str, object] = field(default_factory=dict)
    plans: dict[str, Candidate] = field(default_factory=dict)
    """Candidates by short name: regret is worked out for those that keep all limits."""
    tried: tuple[Tried, ...] = ()

    def strategies(self) -> tuple[Tried, ...]:
        """Give the strategies, planned once."""
        if not self.tried:
            self.parts["strategies"], self.tried = strategies(self.setting)
            self.plans |= {t.rule.id: t.best for t in self.tried if t.best is not None}
        return self.tried


def _value(work: Work) -> None:
    work.parts["value"], mean = value_of_information(work.setting)
    if mean is not None:
        work.plans["mean-value"] = mean


def _out_of_sample(work: Work) -> None:
    options = work.options
    work.parts["out_of_sample"] = out_of_sample(
        work.setting, fresh=options.fresh, replications=options.replications
    )


def _frontier(work: Work) -> None:
    options = work.options
    work.parts["frontier"], placed = frontier(work.setting, options.weights, options.fresh)
    work.plans |= {f"λ={place.weight:g}": place.held for place in placed}


def _strategies(work: Work) -> None:
    work.strategies()


def _regret(work: Work) -> None:
    tried = work.strategies()
    able = {name: held for name, held in work.plans.items() if held.keeps_limits}
    work.parts["regret"] = regret(work.setting, distinct(able, [t.rule.id for t in tried]))


def _tornado(work: Work) -> None:
    options = work.options
    work.parts["tornado"] = tornado(
        work.setting, options.ranges, options.levers, replan=options.replan
    )


def _conditions(work: Work) -> None:
    options = work.options
    work.parts["conditions"] = conditions(
        work.setting,
        work.strategies(),
        only=options.levers,
        ranges=options.ranges,
        replan=options.replan,
    )


def _alternatives(work: Work) -> None:
    work.parts["alternatives"] = alternatives(work.setting)


def _rolling(work: Work) -> None:
    options = work.options
    work.parts["rolling"] = revising(work.setting, options.reviews, options.paths)


_PARTS: dict[str, Callable[[Work], None]] = {
    "value": _value,
    "out_of_sample": _out_of_sample,
    "frontier": _frontier,
    "strategies": _strategies,
    "regret": _regret,
    "tornado": _tornado,
    "conditions": _conditions,
    "alternatives": _alternatives,
    "rolling": _rolling,
}
PARTS = tuple(_PARTS)
"""Parts a study may have, in the order they are worked out in."""
USUAL = tuple(part for part in PARTS if part != "rolling")
"""Parts of a study that names none: revising costs a plan for every path and review."""


def study(
    portfolio: Portfolio,
    parts: Sequence[str] = USUAL,
    *,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: int | None = None,
    seed: int | None = None,
    fresh: int | None = None,
    replications: int = 0,
    weights: Sequence[float] | None = None,
    ranges: Ranges | None = None,
    levers: Sequence[str] | None = None,
    replan: bool = True,
    reviews: Sequence[Quarter] | None = None,
    paths: int = PATHS,
    gap: float = 0.005,
    seconds: float = 60.0,
    progress: Tell | None = None,
    workers: str | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Study:
    """Tell what a decision maker must know beyond the plan itself.

        plan ──> value, out_of_sample, frontier, strategies, regret, tornado, conditions,
                 alternatives, rolling

    All comparisons are made on the same scenarios (common random numbers). A part that has
    no plan (a strategy the limits forbid, an input turned too far) says why.

    Args:
        portfolio: what is owned, signed, offered, wanted and limited.
        parts: what to work out, in any order; all but `rolling` where none is named.
        risk: weight of the tail, 0 (the mean alone) to 1 (the tail alone).
        alpha: confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        scenarios: how many to draw; None takes the portfolio's own number.
        seed: of the draw; None takes the portfolio's own.
        fresh: fresh scenarios plans are held in; None takes ten for each of the above, 200
            at least.
        replications: of the estimate of the optimality gap out of sample; 0 leaves it out.
        weights: of the tail, for the frontier; None takes five.
        ranges: low and high factor by lever, for tornado and conditions, such as
            `{"demand": (0.7, 1.5)}`; None takes assumed ones.
        levers: those turned, by short name; None is all for the tornado, three for the
            conditions.
        replan: plan anew with inputs turned; else plans are held.
        reviews: quarters before whose signings the plan is made anew in `rolling`; None is
            every new year.
        paths: futures lived through in `rolling`.
        gap: gap wanted of every plan, as a share of the discounted volume of cost.
        seconds: time limit of each branch and bound.
        progress: told what is being done.
        workers: where to solve, as for `offtake.plan`.
        clock: tells seconds, for the effort that is reported.

    Returns:
        The study, with None for every part that was not asked for.

    Raises:
        OfftakeError: options out of range, or no such part or lever (`OTK-P100`); or as
            `offtake.plan`.
        InfeasibleError: no plan satisfies the limits of the portfolio itself.
    """
    began = clock()
    _check(parts)
    setting = prepare(
        portfolio,
        risk=risk,
        alpha=alpha,
        scenarios=scenarios,
        seed=seed,
        gap=gap,
        seconds=seconds,
        progress=progress,
        workers=workers,
    )
    told = Options(fresh, replications, weights, ranges, levers, replan, reviews, paths)
    work = Work(setting, told)
    work.plans["plan"] = setting.base
    for name, part in _PARTS.items():
        if name in parts:
            part(work)
    asked = {name: work.parts[name] for name in parts}
    return _study(setting, asked, clock() - began)


def _check(parts: Sequence[str]) -> None:
    faults = [
        Fault(
            code="OTK-P100",
            what="a study has no such part",
            where=Where(path="parts"),
            got=name,
            hint=did_you_mean(name, PARTS),
        )
        for name in parts
        if name not in _PARTS
    ]
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def distinct(plans: Mapping[str, Candidate], always: Sequence[str] = ()) -> dict[str, Candidate]:
    """Leave out plans that sign the same as one before them, save those always named."""
    found = {name: plans[name] for name in always if name in plans}
    for name, held in plans.items():
        if all(held.outlook.lots != other.outlook.lots for other in found.values()):
            found[name] = held
    return found


def _study(setting: Setting, parts: dict[str, object], wall_s: float) -> Study:
    plan, portfolio = setting.plan, setting.portfolio
    risk = setting.risk
    made: dict[str, object] = {
        "portfolio": portfolio.name,
        "about": portfolio.about,
        "as_of": portfolio.as_of,
        "inputs_sha256": sha256(
            portfolio, setting.count, setting.seed, risk.weight, risk.alpha, sorted(parts)
        ),
        "version": VERSION,
        "horizon": portfolio.horizon,
        "scenarios": setting.count,
        "seed": setting.seed,
        "risk_share": risk.weight,
        "cvar_alpha_share": risk.alpha,
        "story": setting.samples.story,
        "probability_share": tuple(min(float(p), 1.0) for p in setting.samples.probability),
        "plan": setting.base.outlook,
        "remarks": (*plan.remarks, *_remarks(setting)),
        "wall_s": max(wall_s, 0.0),
    }
    return Study(**made, **parts)  # type: ignore[arg-type]


def _remarks(setting: Setting) -> tuple[str, ...]:
    return (
        f"All comparisons are on the same {setting.count} scenarios; of every plan a gap of at "
        f"most {percent(setting.gap)} of the volume of cost was wanted.",
    )
