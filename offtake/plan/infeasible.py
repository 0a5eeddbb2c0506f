"""No feasible plan: which limits clash, by how much, in the portfolio's own names.

First every limit is made elastic and the cheapest shortfall is found: "short by 40 MW at
this site in 2027Q3". Then the clash is made irreducible: limits are taken out one at a
time, and those without which the rest can be satisfied are kept. Each of the limits named
is needed for the clash; dropping any one of them dissolves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from offtake.errors import Fault, InfeasibleError, Where
from offtake.model.period import Quarter
from offtake.plan.program import ABSENT, Assembled, Floats, Ints, Program
from offtake.plan.question import Question
from offtake.plan.solve import How, solve

Name = tuple[str, Quarter | None]

TOLERANCE = 1e-6
MOST_ROUNDS = 60
MOST_ALONE = 3
"""Limits tried alone before the clash is made irreducible step by step."""


@dataclass(frozen=True, slots=True)
class _Group:
    """All rows of one limit in one quarter (one for each scenario, say)."""

    name: Name
    rows: Ints
    unit: str
    scale: float


def explain(question: Question, which: Sequence[Ints]) -> InfeasibleError:
    """Name the limits that clash and by how much they fall short.

    Args:
        question: that has no plan.
        which: scenarios that may show the clash, from few to many; the first that do are told.
    """
    for scenarios in which:
        part = question.part(scenarios)
        groups = _groups(part.made.program)
        everything = set(range(len(groups)))
        short = _shortfall(part.assembled, groups, everything, everything)
        if short:
            candidates = _candidates(part.assembled, groups, short)
            return InfeasibleError(
                list(_faults(groups, short, _irreducible(part.assembled, groups, candidates)))
            )
    return InfeasibleError(
        Fault(
            code="OTK-P300",
            what="no plan satisfies the portfolio, and no limit of it explains why",
            hint="this is a defect; please report the portfolio",
        )
    )


def _groups(program: Program) -> list[_Group]:
    """Gather the rows of each limit in each quarter."""
    found: dict[Name, tuple[list[int], str, float]] = {}
    for rows in program.rows.values():
        limit = rows.limit
        if limit is None:
            continue
        for place in np.argwhere(rows.index != ABSENT):
            spot = tuple(place)
            when = limit.periods[spot] if limit.periods is not None else None
            name = (str(limit.paths[spot]), when)
            held = found.setdefault(name, ([], limit.unit, limit.scale))[0]
            held.append(int(rows.index[spot]))
    return [_Group(n, np.array(r, np.int64), u, s) for n, (r, u, s) in found.items()]


def _elastic(
    program: Assembled, groups: list[_Group], active: Iterable[int], soft: Iterable[int]
) -> tuple[Assembled, list[int]]:
    """Give a program that minimises the shortfall of `soft`; limits not active are dropped."""
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    held = set(active)
    for number, group in enumerate(groups):
        if number not in held:
            lower[group.rows], upper[group.rows] = -np.inf, np.inf
    chosen = [n for n in soft if n in held]
    rows, sign, owner, weight = _slacks(program, groups, chosen)
    count = len(rows)
    columns = np.arange(count)
    slack = sparse.csc_array((sign, (rows, columns)), shape=(program.matrix.shape[0], count))
    size = len(program.cost)
    made = Assembled(
        cost=np.concatenate([np.zeros(size), -weight]),
        matrix=sparse.hstack([program.matrix, slack], format="csc"),
        row_lower=lower,
        row_upper=upper,
        column_lower=np.concatenate([program.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([program.column_upper, np.full(count, np.inf)]),
        integer=np.concatenate([program.integer, np.zeros(count, bool)]),
    )
    return made, owner


def _slacks(
    program: Assembled, groups: list[_Group], chosen: list[int]
) -> tuple[Ints, Floats, list[int], Floats]:
    """One slack for each finite side of each soft row, weighted by one over its size."""
    rows: list[int] = []
    sign: list[float] = []
    owner: list[int] = []
    for number in chosen:
        for row in groups[number].rows:
            for side, direction in ((program.row_upper, -1.0), (program.row_lower, 1.0)):
                if np.isfinite(side[row]):
                    rows.append(int(row))
                    sign.append(direction)
                    owner.append(number)
    index = np.array(rows, np.int64)
    limit = np.where(np.array(sign) < 0, program.row_upper[index], program.row_lower[index])
    return index, np.array(sign), owner, 1.0 / np.maximum(abs(limit), 1.0)


def _shortfall(
    program: Assembled, groups: list[_Group], active: set[int], soft: set[int]
) -> dict[int, float] | None:
    """Shortfall of each soft limit, in row units; None if even then nothing is feasible."""
    made, owner = _elastic(program, groups, active, soft)
    mixed = bool(made.integer.any())
    found = solve(made, How(method="choose", seconds=30 if mixed else np.inf))
    if found.status == "infeasible" or not len(found.values):
        return None
    slack = found.values[len(program.cost) :]
    total: dict[int, float] = {}
    for number, amount in zip(owner, slack, strict=True):
        if amount > TOLERANCE:
            total[number] = max(total.get(number, 0.0), float(amount))
    return total


def _candidates(program: Assembled, groups: list[_Group], short: dict[int, float]) -> set[int]:
    """Collect limits that can carry the shortfall: an elastic filter (Chinneck 2008).

    Limits that fell short are made hard and the rest asked again, until nothing can
    give way any more; all that ever fell short then contain a clash.
    """
    everything = set(range(len(groups)))
    hard: set[int] = set()
    now: dict[int, float] | None = short
    for _ in range(MOST_ROUNDS):
        if not now:
            break
        hard |= set(now)
        now = _shortfall(program, groups, everything, everything - hard)
    return hard


def _feasible(program: Assembled, groups: list[_Group], active: set[int]) -> bool:
    made, _ = _elastic(program, groups, active, ())
    return solve(made, How(method="choose", seconds=30)).status != "infeasible"


def _irreducible(program: Assembled, groups: list[_Group], candidates: set[int]) -> list[int]:
    """Drop limits one at a time; what cannot be dropped is the clash."""
    for number in sorted(candidates)[:MOST_ALONE]:
        if not _feasible(program, groups, {number}):
            return [number]
    kept = set(candidates)
    if _feasible(program, groups, kept):
        return sorted(kept)
    for number in sorted(candidates):
        if not _feasible(program, groups, kept - {number}):
            kept.remove(number)
    return sorted(kept)


def _faults(groups: list[_Group], short: dict[int, float], clash: list[int]) -> Iterable[Fault]:
    """One fault for each limit, the largest shortfall first, its quarters told together."""
    members: dict[str, list[int]] = {}
    for number in [*sorted(short, key=lambda n: -short[n]), *clash]:
        held = members.setdefault(groups[number].name[0], [])
        if number not in held:
            held.append(number)
    for path, numbers in members.items():
        missing = max((short.get(n, 0.0) for n in numbers), default=0.0)
        others = {groups[n].name[0] for n in clash} - {path}
        yield Fault(
            code="OTK-P301" if missing > 0 else "OTK-P302",
            what=_what(groups[numbers[0]], missing, [groups[n].name[1] for n in numbers]),
            where=Where(path=path),
            hint=_hint(sorted(others)) if set(numbers) & set(clash) else None,
        )


def _what(group: _Group, missing: float, periods: list[Quarter | None]) -> str:
    named = sorted(p for p in periods if p is not None)
    when = f" in {named[0]}" if named else ""
    if len(named) > 1:
        when = f" in {len(named)} quarters from {named[0]} to {named[-1]}"
    if missing == 0:
        return f"clashes with the limits above{when}: it leaves them no room"
    most = "at most " if len(named) > 1 else ""
    amount = f"{missing * group.scale:,.4g} {group.unit}"
    return f"no plan satisfies this limit{when}: short by {most}{amount}"


def _hint(others: list[str]) -> str:
    if not others:
        return "it cannot be met by itself: loosen it, or add capacity that helps"
    shown = ", ".join(others[:4]) + (" …" if len(others) > 4 else "")
    return f"it clashes with {shown}: loosen one of them"
