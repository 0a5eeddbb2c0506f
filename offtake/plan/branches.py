"""Branches: what a plan that is revised signs now, what it leaves to later, and to what.

A tree has no words of its own: its nodes are groups of scenarios. Here each is given the
one threshold on one observed number that tells it best from the others it could have been,
and how often that is right; so a reader learns what to look at, and how far to trust it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.plan import Branch, BranchSigning, LaterSigning, Stages
from offtake.plan.formulate import Facts
from offtake.plan.observed import Seen, state
from offtake.plan.tree import Stage, labels, stages, unresolved
from offtake.units import it_mw

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEAST_MW = 0.05
"""Signings below this are rounding of the solver, not something to sign."""
NAMED = 4
"""Most branches a sentence names."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One threshold on one observed number."""

    words: str
    """`demand of chat in 2027Q4 is above 812 k H100e`."""
    right_share: float
    """Share of chance it puts on the right side."""
    even_share: float
    """Mean of how much it finds of those it is for, and of those it is not for."""


def told(facts: Facts, amounts: Mapping[tuple[int, int], Floats]) -> Stages | None:
    """Tell what a plan leaves to what is learnt; None where nothing is learnt.

    Args:
        facts: of the program, with its scenarios and information structure.
        amounts: [W] MW signed, by offer and quarter of signing.
    """
    found = stages(facts.node)
    if len(found) == 1 and found[0].count == 1:
        return None
    first = facts.portfolio.horizon.first
    open_ = unresolved(facts.portfolio, facts.supply, facts.scenarios, facts.node)
    begins = found[1].period if found[0].count == 1 else 0
    later = sorted((key for key in amounts if key[1] >= begins), key=lambda k: (k[1], k[0]))
    reviews = tuple(first + stage.period for stage in found if stage.count > 1)
    return Stages(
        reviews=reviews,
        about=_about(found, facts, open_),
        unresolved_share={first + period: min(share, 1.0) for period, share in open_.items()},
        certain=tuple(
            _signing(facts, key, float(amounts[key][0]))
            for key in sorted(amounts, key=lambda k: (k[1], k[0]))
            if key[1] < begins and amounts[key][0] >= LEAST_MW
        ),
        later=tuple(_later(facts, found, amounts, later)),
        branches=tuple(_branches(facts, found, amounts)),
    )


def _signing(facts: Facts, key: tuple[int, int], mw: float) -> BranchSigning:
    offer = facts.supply.offers[key[0]]
    return BranchSigning(
        offer=offer.id,
        period=facts.portfolio.horizon.first + key[1],
        power_it_mw=it_mw(mw),
        block_count=max(round(mw / offer.block_it_mw), 1) if offer.block_it_mw else None,
    )


def _about(found: tuple[Stage, ...], facts: Facts, open_: Mapping[int, float]) -> str:
    """Say what the tree is."""
    first = facts.portfolio.horizon.first
    parts = [
        f"{stage.count} states of knowledge from {first + stage.period} on"
        for stage in found
        if stage.count > 1
    ]
    sizes = np.bincount(found[-1].group)
    last = (
        "The last knows its future: each is a single scenario."
        if sizes.max() == 1
        else f"Each of the last stands for {sizes.min()} scenarios or more and does not know which."
    )
    shares = [f"{share:.0%} at {first + period}" for period, share in sorted(open_.items())]
    coarse = (
        f" Of how far apart scenarios will be seen to be, the branches leave {', '.join(shares)} "
        "open: finer ones may be worth more."
        if shares
        else ""
    )
    return f"{'; '.join(parts)}. {last}{coarse}"


def _branches(
    facts: Facts, found: tuple[Stage, ...], amounts: Mapping[tuple[int, int], Floats]
) -> Iterator[Branch]:
    first, chance = facts.portfolio.horizon.first, facts.scenarios.probability
    names = labels(facts.node)
    ends = [stage.period for stage in found[1:]] + [facts.shape[1]]
    for place, (stage, end) in enumerate(zip(found, ends, strict=True)):
        if stage.count == 1:
            continue
        looked = features(facts, stage.period)
        above = found[place - 1].group if place else np.zeros_like(stage.group)
        for number in range(stage.count):
            inside = stage.group == number
            family = above == above[inside][0]
            label, parent = names[int(np.argmax(inside))][stage.period]
            known = condition(looked, inside, chance, family)
            yield Branch(
                id=label,
                parent=parent,
                review=first + stage.period,
                probability_share=min(float(chance[inside].sum()), 1.0),
                scenarios=int(inside.sum()),
                when=known.words if known else "",
                accuracy_share=known.right_share if known else None,
                signed=tuple(
                    _signing(facts, key, float(mw[inside][0]))
                    for key, mw in sorted(amounts.items(), key=lambda item: item[0][::-1])
                    if stage.period <= key[1] < end and mw[inside][0] >= LEAST_MW
                ),
            )


def _later(
    facts: Facts,
    found: tuple[Stage, ...],
    amounts: Mapping[tuple[int, int], Floats],
    keys: list[tuple[int, int]],
) -> Iterator[LaterSigning]:
    first, chance = facts.portfolio.horizon.first, facts.scenarios.probability
    names = labels(facts.node)
    for key in keys:
        mw = amounts[key]
        signs = mw >= LEAST_MW
        if not signs.any():
            continue
        stage = [s for s in found if s.period <= key[1]][-1]
        in_ = list(dict.fromkeys(names[w][key[1]][0] for w in np.flatnonzero(signs)))
        everyone = np.ones(len(chance), bool)
        known = condition(features(facts, stage.period), signs, chance, everyone)
        offer = facts.supply.offers[key[0]]
        share = min(float(chance[signs].sum() / chance.sum()), 1.0)
        yield LaterSigning(
            offer=offer.id,
            name=offer.name or offer.id,
            period=first + key[1],
            mean_it_mw=it_mw(float(chance @ mw / chance.sum())),
            least_it_mw=it_mw(float(mw.min())),
            most_it_mw=it_mw(float(mw.max())),
            probability_share=share,
            branches=tuple(in_),
            accuracy_share=known.right_share if known else None,
            why=_why(in_, stage.count, share, known, mw, signs),
        )


def _why(
    branches: list[str],
    of: int,
    share: float,
    known: Condition | None,
    mw: Floats,
    signs: Bools,
) -> str:
    """Say in which branches something is signed, and when that is."""
    least, most = float(mw[signs].min()), float(mw[signs].max())
    much = f"{most:,.0f} MW IT" if most - least < 0.5 else f"{least:,.0f} to {most:,.0f} MW IT"
    if signs.all():
        return f"Signed in all {of} branches: {much}"
    named = f" ({', '.join(branches)})" if len(branches) <= NAMED else ""
    plain = f"Signed in {len(branches)} of {of} branches{named}, {share:.0%} of chance: {much}"
    if known is None:
        return plain
    return f"{plain}; mostly when {known.words} (right for {known.right_share:.0%})"


# ------------------------------------------------------------------ what tells them apart


def features(facts: Facts, until: int) -> tuple[Seen, ...]:
    """List what a reader can look at before the signings of a quarter."""
    found = state(facts.portfolio, facts.supply, facts.scenarios, until)
    demand = [one for one in found if one.series.startswith("inference/")]
    if len(demand) < 2:
        return found
    when = facts.portfolio.horizon.first + (until - 1)
    total = np.sum([one.values for one in demand], axis=0)
    all_ = Seen("inference", f"all inference demand in {when}", "k H100e", total, 1.0)
    return (all_, *found)


def condition(
    looked: tuple[Seen, ...], wanted: Bools, chance: Floats, among: Bools
) -> Condition | None:
    """Find the threshold that tells some scenarios best from the others of a family.

    Best is by the mean of two shares: of those wanted that are found, and of the others that
    are left out; so that rare branches are not told by "never". None where nobody is to be
    told apart, or nothing that can be looked at tells anything.
    """
    inside, outside = wanted & among, ~wanted & among
    if not inside.any() or not outside.any():
        return None
    mass, other = float(chance[inside].sum()), float(chance[outside].sum())
    best: Condition | None = None
    for one in looked:
        order = np.argsort(one.values[among], kind="stable")
        values = one.values[among][order]
        cuts = np.flatnonzero(np.diff(values) > 1e-9 * (1 + abs(values[:-1])))
        if not len(cuts):
            continue
        below = np.cumsum(np.where(inside, chance, 0.0)[among][order])[cuts]
        below_not = np.cumsum(np.where(outside, chance, 0.0)[among][order])[cuts]
        low = (below / mass + 1 - below_not / other) / 2
        place = int(np.argmax(np.maximum(low, 1 - low)))
        under = bool(low[place] >= 0.5)
        even = float(max(low[place], 1 - low[place]))
        if best is not None and even <= best.even_share + 1e-9:
            continue
        right = below[place] + other - below_not[place]
        right = right if under else mass + other - right
        limit = float(values[cuts[place]] + values[cuts[place] + 1]) / 2
        share = min(float(right) / (mass + other), 1.0)  # sums of chances round
        best = Condition(_words(one, limit, under), share, even)
    return best


def _words(one: Seen, limit: float, under: bool) -> str:
    series, _, name = one.series.partition("/")
    if series == "default":
        return f"{name} has {'not ' if under else ''}defaulted"
    return f"{one.what} is {'below' if under else 'above'} {_shown(limit, one.unit)}"


def _shown(value: float, unit: str) -> str:
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()
