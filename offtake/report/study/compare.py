"""Two studies side by side: what their plans sign, and what each part found."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.draw import words
from offtake.model.study import Study
from offtake.report.compare import Comparison, MeasureChange, asked, measured, signings, unlike
from offtake.report.study import content

_PARTS = tuple(content.PARTS)


def compare_studies(a: Study, b: Study) -> Comparison:
    """Compare two studies: their plans, and the figures both of them have."""
    differences = tuple(unlike(asked(a, content.span(a)), asked(b, content.span(b))))
    return Comparison(
        a=_title(a),
        b=_title(b),
        alike=not differences,
        warnings=(*differences, *_lacking(a, b)),
        signings=tuple(signings(a.plan.lots, b.plan.lots, "study")),
        measures=tuple(_measures(a, b)),
    )


def _title(study: Study) -> str:
    return (
        f"{content.title(study)}, as of {words.day(study.as_of)}, "
        f"{words.counted(study.scenarios, 'scenario')}, λ {study.risk_share:g}"
    )


def _lacking(a: Study, b: Study) -> Iterator[str]:
    """Say which parts only one of the two has."""
    for study, other, which in ((a, b, "first"), (b, a, "second")):
        more = [
            part.replace("_", " ")
            for part in _PARTS
            if getattr(study, part) is not None and getattr(other, part) is None
        ]
        if more:
            yield f"Only the {which} has {words.listed(more)}."


def _measures(a: Study, b: Study) -> Iterator[MeasureChange]:
    first, second = dict(_told(a)), dict(_told(b))
    for (name, unit), amount in first.items():
        if (name, unit) in second:
            yield measured(name, unit, amount, second[name, unit])


def _told(study: Study) -> Iterator[tuple[tuple[str, str], float]]:
    """Give the figures of a study by name and unit; what is not known is left out."""
    plan = study.plan
    yield ("to sign", "MW IT"), float(sum(plan.signed_it_mw.values()))
    yield ("objective", "USD"), plan.objective_usd
    yield ("net present value, mean", "USD"), plan.npv.mean_usd
    yield ("net present value, tail", "USD"), plan.npv.cvar_usd
    yield ("cost, mean", "USD"), plan.cost.mean_usd
    yield ("demand not served", "share"), plan.unserved_share
    yield from ((key, amount) for key, amount in _parts(study) if amount is not None)


def _parts(study: Study) -> Iterator[tuple[tuple[str, str], float | None]]:
    value, fresh, rolling = study.value, study.out_of_sample, study.rolling
    if value is not None:
        yield ("worth of planning for many futures", "USD"), value.vss_usd
        yield ("worth of knowing the future", "USD"), value.evpi_usd
    if fresh is not None:
        yield ("fresh scenarios, mean", "USD"), fresh.fresh.mean.mean_usd
        yield ("fresh scenarios, tail", "USD"), fresh.fresh.cvar.mean_usd
        yield ("optimism of the plan", "USD"), fresh.optimism_usd
    for strategy in study.strategies.strategies if study.strategies is not None else ():
        if strategy.plan is not None:
            name = f"objective of {words.plain(strategy.name).lower()}"
            yield (name, "USD"), strategy.plan.objective_usd
    for line in study.regret.lines if study.regret is not None else ():
        yield (f"largest regret of {words.plain(line.plan)}", "USD"), line.max_usd
    if rolling is not None:
        yield ("worth of revising", "USD"), rolling.gain.mean_usd
