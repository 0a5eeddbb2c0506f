"""What figures and tables of a study both read out of it; loads no library of figures."""

from __future__ import annotations

from collections.abc import Sequence

from offtake.model.outlook import Estimate
from offtake.model.study import RegretLine, Study
from offtake.model.what_if import AlternativeRange

Line = tuple[str, Estimate, float | None]
"""A name, what was estimated, and the amount to hold it against."""
Step = tuple[str, float, float | None]
"""A plan, its objective, and what it gains over the one before."""


def of_plan(study: Study) -> tuple[Line, ...]:
    """Give what was estimated of the plan in fresh scenarios, against its own figures."""
    found = study.out_of_sample
    assert found is not None, "only asked of a study that has the part"
    return (
        ("Mean", found.fresh.mean, found.in_sample.mean_usd),
        ("Worst", found.fresh.cvar, found.in_sample.cvar_usd),
        ("Objective", found.fresh.objective, study.plan.objective_usd),
    )


def of_rolling(study: Study) -> tuple[Line, ...]:
    """Give what holding and revising bring, and the gain."""
    found = study.rolling
    assert found is not None, "only asked of a study that has the part"
    return (
        ("Held to the end", found.held, None),
        ("Revised", found.revised, None),
        ("Gain", found.gain, None),
    )


def steps(study: Study) -> list[Step]:
    """Give the objectives from the least informed plan on, each with its gain over the last."""
    found = study.value
    assert found is not None, "only asked of a study that has the part"
    lines: list[Step] = []
    if found.eev_usd is not None:
        lines.append(("Plan for the mean future", found.eev_usd, None))
    lines.append(("This plan", found.rp_usd, found.vss_usd))
    lines.append(("Knowing the future", found.ws_usd, found.evpi_usd))
    return lines


def stories(lines: Sequence[RegretLine]) -> list[str]:
    """List the named scenarios any of the plans tells its loss in."""
    return list(dict.fromkeys(story for line in lines for story in line.story_usd))


def losses(line: RegretLine, told: Sequence[str]) -> list[float | None]:
    """Give a plan's loss in each story, its mean and its largest."""
    return [*map(line.story_usd.get, told), line.mean_usd, line.max_usd]


MOST_RANGES = 18
"""Groups of near-optimal plans that are drawn; the table has all."""
_KINDS = ("tenure", "site", "accelerator", "offer")


def ranges(study: Study) -> list[AlternativeRange]:
    """List the ranges worth a look: those of the least tolerance, the largest of each kind."""
    found = study.alternatives
    assert found is not None, "only asked of a study that has the part"
    least = min((r.tolerance_share for r in found.ranges), default=0.0)
    mine = [r for r in found.ranges if r.tolerance_share == least and r.most_it_mw > 0]
    mine.sort(key=lambda r: (_KINDS.index(r.kind) if r.kind in _KINDS else 9, -r.most_it_mw))
    return mine[:MOST_RANGES]
