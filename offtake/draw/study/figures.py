"""The figures of a study, with their words: each is there if the study has its part."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from offtake.draw import words
from offtake.draw.figure import Figure
from offtake.draw.layout import FULL, WIDE
from offtake.draw.study import (
    fresh,
    frontier,
    ranges,
    regret,
    strategies,
    tables,
    tornado,
    worth,
)
from offtake.model.study import Study


def figures(study: Study) -> tuple[Figure[Study], ...]:
    """Give the figures of a study, in the order a reader wants them."""
    return tuple(make(study) for part, make in _MADE.items() if getattr(study, part) is not None)


def _worst(study: Study) -> str:
    return f"worst {(1 - study.cvar_alpha_share) * 100:.3g} % of scenarios"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _on(scenarios: int) -> str:
    return f"Modelled on {words.counted(scenarios, 'scenario')}"


def _strategies(study: Study) -> Figure[Study]:
    found = study.strategies
    assert found is not None, "asked only of a study that has the part"
    return Figure(
        key="strategies",
        title="Strategies side by side",
        says=words.sentence(found.says),
        reading=f"{_on(found.scenarios)}, the same for all, discounted to "
        f"{study.horizon.first}. Bar: P10–P90; dot: mean; diamond: mean of the {_worst(study)}. "
        "Coloured: what is signed ahead, by tenure; what was signed before is not counted.",
        kind="A strip of net present value and a bar of power by tenure for each strategy.",
        table=tables.strategies(study),
        draw=strategies.draw,
        wide=FULL,
    )


def _frontier(study: Study) -> Figure[Study]:
    found = study.frontier
    assert found is not None, "asked only of a study that has the part"
    many = next((p.fresh.scenarios for p in found.points if p.fresh is not None), None)
    pale = (
        f" Pale: the same plans in {many:,} fresh scenarios, with 95 % intervals." if many else ""
    )
    return Figure(
        key="frontier",
        title="What safety costs",
        says=words.sentence(found.says),
        reading=f"{_on(found.scenarios)}: each dot is the best plan at a weight λ of the tail; "
        f"right is safer, up is better in the mean. Blue: λ of the plan studied.{pale}",
        kind="Dots of mean against tail, joined by a line.",
        table=tables.frontier(study),
        draw=frontier.draw,
        wide=WIDE,
    )


def _value(study: Study) -> Figure[Study]:
    found = study.value
    assert found is not None, "asked only of a study that has the part"
    return Figure(
        key="value",
        title="What looking at many futures is worth",
        says=f"{words.sentence(found.vss_says)} {words.sentence(found.evpi_says)}",
        reading=f"{_on(found.scenarios)}. The plan for the mean future is held in all of them; "
        "knowing the future is a plan for each scenario by itself, which nobody can have. "
        "Grey: what the step is worth.",
        kind="Three dots on a scale of money, with the steps between them.",
        table=tables.value(study),
        draw=worth.draw,
    )


def _fresh(study: Study) -> Figure[Study]:
    found = study.out_of_sample
    assert found is not None, "asked only of a study that has the part"
    gap = found.gap.says if found.gap is not None else ""
    many, made = found.fresh.scenarios, study.scenarios
    sure = _percent(found.fresh.mean.confidence_share)
    return Figure(
        key="fresh",
        title="In futures it was not made on",
        says=" ".join(words.sentence(one) for one in (found.says, gap) if one),
        reading=f"{_on(many)} drawn with seed {found.seed}, less what the plan brings in the "
        f"{words.counted(made, 'scenario')} it was made on, which is the line at zero. Bar: {sure} "
        f"interval. Worst: mean of the {_worst(study)}.",
        kind="Intervals of what mean, tail and objective miss of the plan's own.",
        table=tables.intervals(study, of_plan=True),
        draw=fresh.draw,
    )


def _regret(study: Study) -> Figure[Study]:
    found = study.regret
    assert found is not None, "asked only of a study that has the part"
    against = {
        "candidates": "the best of the plans compared",
        "wait-and-see": "a plan that knows the scenario",
    }.get(found.against, words.plain(found.against))
    return Figure(
        key="regret",
        title="What each plan loses in hindsight",
        says=words.sentence(found.says),
        reading=f"{_on(study.scenarios)}: net present value against {against}, scenario by "
        "scenario: mean in each named scenario, mean of all, and largest. The stronger the "
        "colour, the more.",
        kind="A table of losses, shaded by size.",
        table=tables.losses(study),
        draw=regret.draw,
    )


def _tornado(study: Study) -> Figure[Study]:
    found = study.tornado
    assert found is not None, "asked only of a study that has the part"
    more = len(found.bars) - tornado.MOST
    left = f" The {tornado.MOST} largest of {len(found.bars)} are drawn." if more > 0 else ""
    return Figure(
        key="tornado",
        title="What the result hangs on",
        says=words.sentence(found.says),
        reading=f"{_on(found.scenarios)}: objective when one input is turned. Thick: the plan "
        "held; thin: planned anew. Grey: the input at its lower end; blue: at its upper. Ranges "
        f"are assumed unless the data say otherwise.{left}",
        kind="Bars around the objective as it stands, the widest first.",
        table=tables.tornado(study),
        draw=tornado.draw,
        wide=FULL,
    )


def _ranges(study: Study) -> Figure[Study]:
    found = study.alternatives
    assert found is not None, "asked only of a study that has the part"
    least = min((r.tolerance_share for r in found.ranges), default=0.0)
    return Figure(
        key="ranges",
        title="What is always signed, and what is a choice",
        says=words.sentence(found.says),
        reading=f"{_on(found.scenarios)}: plans that lose at most {_percent(least)} of the "
        "volume of cost. Solid: signed in each of them; pale: in some; dot: in the plan studied.",
        kind="A bar for each group from the least to the most of it.",
        table=tables.ranges(study),
        draw=ranges.draw,
    )


def _rolling(study: Study) -> Figure[Study]:
    found = study.rolling
    assert found is not None, "asked only of a study that has the part"
    reviews = words.listed(str(quarter) for quarter in found.reviews)
    return Figure(
        key="rolling",
        title="What revising the plan is worth",
        says=words.sentence(found.says),
        reading=f"Modelled on {words.counted(found.paths_count, 'path')}: the plan held to the "
        f"end, and made anew in {reviews} from what is known by then. Bars: "
        f"{_percent(found.gain.confidence_share)} intervals of the means; the gain is taken "
        "path by path, so it is surer than either.",
        kind="Intervals of the mean with and without revising.",
        table=tables.intervals(study, of_plan=False),
        draw=fresh.rolling,
    )


_MADE: Mapping[str, Callable[[Study], Figure[Study]]] = {
    "strategies": _strategies,
    "frontier": _frontier,
    "value": _value,
    "out_of_sample": _fresh,
    "regret": _regret,
    "tornado": _tornado,
    "alternatives": _ranges,
    "rolling": _rolling,
}
