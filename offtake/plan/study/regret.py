"""Regret: what each plan loses, scenario by scenario, to the best in hindsight.

    regret[k, w] = max_j npv[j, w] − npv[k, w]  ≥  0      (Savage 1951)

The best in hindsight is the best of the candidates, or of plans that know the scenario.
The minimax choice is the candidate whose largest regret is smallest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from offtake.model.study import Regret, RegretLine
from offtake.plan.program import Floats
from offtake.plan.study.setting import Candidate, Setting
from offtake.plan.study.words import money, percent
from offtake.plan.workloads import MILLION

TIE = 1e-9
"""Million USD by which two values may differ and both be the best."""


def regret(
    setting: Setting, candidates: Mapping[str, Candidate], known: Floats | None = None
) -> Regret:
    """Hold candidates against the best of them in every scenario.

    Args:
        setting: the scenarios they were made on.
        candidates: plans by short name.
        known: [W] M USD that plans which know the scenario reach; None leaves them out.

    Raises:
        ValueError: there is no candidate.
    """
    if not candidates:
        raise ValueError("regret needs at least one candidate")
    values = np.array([held.npv for held in candidates.values()])
    best = values.max(axis=0)
    hindsight = best if known is None else np.maximum(best, known)
    missed = hindsight - values
    lines = [
        _line(setting, name, missed[row], values[row] >= best - TIE)
        for row, name in enumerate(candidates)
    ]
    lines.sort(key=lambda line: (line.max_usd, line.mean_usd))
    against = "candidates" if known is None else "wait-and-see"
    return Regret(
        against=against, lines=tuple(lines), minimax=lines[0].plan, says=_says(lines, against)
    )


def _line(setting: Setting, name: str, missed: Floats, best: Floats) -> RegretLine:
    chance, story = setting.samples.probability, np.array(setting.samples.story)
    worst = int(np.argmax(missed))
    return RegretLine(
        plan=name,
        max_usd=float(missed[worst]) * MILLION,
        worst_story=str(story[worst]),
        mean_usd=float(chance @ missed) * MILLION,
        story_usd={
            str(told): float(np.average(missed[story == told], weights=chance[story == told]))
            * MILLION
            for told in dict.fromkeys(setting.samples.story)
            if told
        },
        best_share=float(np.minimum(chance @ best, 1.0)),
        scenario_usd=tuple(float(m) * MILLION for m in missed),
    )


def _says(lines: list[RegretLine], against: str) -> str:
    first = lines[0]
    whom = "the best of the plans" if against == "candidates" else "who knew the future"
    where = f", in {first.worst_story}" if first.worst_story else ""
    said = (
        f"Whoever wants to regret least signs {first.plan}: it never loses more than "
        f"{money(first.max_usd)} to {whom}{where}, and is the best of the plans with a chance of "
        f"{percent(first.best_share)}."
    )
    steady = min(lines, key=lambda line: line.mean_usd)
    if steady.plan != first.plan:
        said += f" On average {steady.plan} loses least, {money(steady.mean_usd)}."
    return said
