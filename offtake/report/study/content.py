"""What the report of a study says, in the order a reader needs it; no layout, no colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from offtake.draw import numbers, words
from offtake.model.study import Study
from offtake.report.content import Tile

PARTS = {
    "strategies": "Strategies side by side",
    "frontier": "What safety costs",
    "value": "What looking at many futures is worth",
    "out_of_sample": "In futures it was not made on",
    "regret": "What each plan loses in hindsight",
    "tornado": "What the result hangs on",
    "conditions": "What would have to be true for another strategy to win",
    "alternatives": "What is always signed, and what is a choice",
    "rolling": "What revising the plan is worth",
}
"""Parts of a study by field, as they are headed."""


_MOST_TILES = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part found, in sentences."""

    part: str
    title: str
    says: tuple[str, ...]


def title(study: Study) -> str:
    """Name the study: `Study of stargate, 2026Q4 to 2031Q1`."""
    return f"Study of {words.plain(study.portfolio)}, {span(study)}"


def span(study: Study) -> str:
    """Write the horizon: `2026Q4 to 2031Q1`."""
    first, last = study.horizon.first, study.horizon.last
    return f"{first} to {last}" if last > first else str(first)


def worst(study: Study) -> str:
    """Name the tail: `worst 10 % of scenarios`."""
    return f"worst {(1 - study.cvar_alpha_share) * 100:.3g} % of scenarios"


def modelled(study: Study) -> str:
    """Say where the numbers come from."""
    return f"modelled on {words.counted(study.scenarios, 'scenario')}"


def answer(study: Study) -> tuple[str, ...]:
    """Answer in sentences: the plan, then which strategy wins, then what a fresh look says."""
    npv, power = study.plan.npv, sum(study.plan.signed_it_mw.values())
    signs = f"signs {numbers.power(power)} ahead" if power else "signs nothing ahead"
    plan = (
        f"The plan {signs} and has a net present value of {numbers.usd(npv.mean_usd)} in the mean, "
        f"{numbers.usd(npv.cvar_usd)} in the {worst(study)}."
    )
    parts = (study.strategies, study.out_of_sample)
    rest = (words.sentence(part.says) for part in parts if part is not None)
    return (plan, *(sentence for sentence in rest if sentence))


def tiles(study: Study) -> tuple[Tile, ...]:
    """Give the numbers that are read first."""
    npv = study.plan.npv
    note = f"mean of the plan; P10 {numbers.usd(npv.p10_usd)}, P90 {numbers.usd(npv.p90_usd)}"
    found = [
        Tile("Net present value", numbers.usd(npv.mean_usd), note),
        *_tiles_of_parts(study),
    ]
    gap = study.plan.gap_share
    left = f"; gap {numbers.share(gap)} of the volume of cost" if gap is not None else ""
    objective = numbers.usd(study.plan.objective_usd)
    found.append(Tile("Objective", objective, f"λ {study.risk_share:g}{left}"))
    return tuple(found[:_MOST_TILES])


def _tiles_of_parts(study: Study) -> Iterator[Tile]:
    fresh, value, regret, rolling = (
        *(study.out_of_sample, study.value),
        *(study.regret, study.rolling),
    )
    if fresh is not None:
        low, high = fresh.fresh.mean.low_usd, fresh.fresh.mean.high_usd
        yield Tile(
            "In fresh scenarios",
            numbers.usd(fresh.fresh.mean.mean_usd),
            f"mean; {numbers.usd(low)} to {numbers.usd(high)} with "
            f"{fresh.fresh.mean.confidence_share * 100:g} % confidence",
        )
    if value is not None:
        if value.vss_usd is not None:
            note = "planning for many futures instead of the mean one"
            yield Tile("Many futures", numbers.usd(value.vss_usd, signed=True), note)
        note = "knowing the future before signing"
        yield Tile("Foresight", numbers.usd(value.evpi_usd, signed=True), note)
    if regret is not None and regret.lines:
        least = min(regret.lines, key=lambda line: line.max_usd)
        note = f"the largest in any scenario, of {words.plain(least.plan)}: the smallest of all"
        yield Tile("Regret", numbers.usd(least.max_usd), note)
    if rolling is not None:
        low, high = rolling.gain.low_usd, rolling.gain.high_usd
        note = f"{numbers.usd(low)} to {numbers.usd(high)}; better on "
        note += f"{numbers.share(rolling.better_share)} of paths"
        yield Tile("Revising", numbers.usd(rolling.gain.mean_usd, signed=True), note)


def findings(study: Study) -> tuple[Finding, ...]:
    """Give what each part found."""
    made = ((part, heading, tuple(_said(study, part))) for part, heading in PARTS.items())
    return tuple(Finding(part, heading, said) for part, heading, said in made if said)


def _said(study: Study, part: str) -> Iterator[str]:
    found = getattr(study, part)
    if found is None:
        return
    if isinstance(found, tuple):
        told = [one.says for one in found]
    else:
        names = ("says", "vss_says", "evpi_says")
        told = [getattr(found, name) for name in names if hasattr(found, name)]
    yield from (words.sentence(one) for one in told if words.plain(one))
    if part == "out_of_sample" and found.gap is not None:
        yield words.sentence(found.gap.says)


def rules(study: Study) -> tuple[tuple[str, str], ...]:
    """Give what each strategy may sign, and why one has no plan."""
    if study.strategies is None:
        return ()
    return tuple(
        (words.plain(s.name), _rule(s.rule, s.why_not if s.plan is None else ""))
        for s in study.strategies.strategies
    )


def _rule(rule: str, why_not: str) -> str:
    said = words.sentence(rule)
    return f"{said} No plan: {words.plain(why_not).rstrip('.')}." if why_not else said


def left_out(study: Study) -> tuple[str, ...]:
    """Give the inputs that would change nothing, and what was simplified."""
    lines = study.tornado.left_out if study.tornado is not None else ()
    return tuple(map(words.sentence, lines))


def remarks(study: Study) -> tuple[str, ...]:
    """Give what a reader must know to use it."""
    more = study.value.remarks if study.value is not None else ()
    return tuple(map(words.sentence, (*study.remarks, *more)))


def method(study: Study) -> Iterator[tuple[str, str]]:
    """Give how the study was computed, as names and values."""
    yield (
        "Objective",
        f"(1 − λ)·mean + λ·tail of net present value; λ = {study.risk_share:g}, tail: the "
        f"{worst(study)} (α = {study.cvar_alpha_share:g})",
    )
    yield "Scenarios", f"{words.counted(study.scenarios, 'scenario')}, drawn with seed {study.seed}"
    quarters = words.counted(len(study.horizon.quarters), "quarter")
    first = study.horizon.first
    yield "Horizon", f"{span(study)}, {quarters}; discounted to the first day of {first}"
    yield "As of", words.day(study.as_of)
    volume = numbers.usd(study.plan.volume_usd)
    yield "Volume of cost", f"{volume}: mean discounted cash out, which shares of cost are of"
    yield "Time", str(numbers.seconds(study.wall_s))
    yield "Inputs", f"SHA-256 {words.plain(study.inputs_sha256)}"
    yield "Made by", f"offtake {words.plain(study.version)}"
