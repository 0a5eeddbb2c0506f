"""Twins: each clause of a contract beside the one that answers it in the neighbouring contract.

above: service_levels.node      delay_damages[0]    pass_through    (none)
below: service_levels.cluster   delay_damages[0]    (none)          options.exit
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from offtake.ledger.aspects import OF
from offtake.ledger.hosts import hosts
from offtake.ledger.terms import Difference, Pair, terms
from offtake.model.contract import Contract, Tranche
from offtake.model.leak import Gap, Side, Topic

_CLAUSES: Mapping[Topic, str] = {
    Topic.SERVICE_LEVEL: "service_levels",
    Topic.DELAY: "delay_damages",
    Topic.POWER: "pass_through",
    Topic.PREPAYMENT: "prepayments",
    Topic.DEMAND_RESPONSE: "demand_response",
}
"""The field of a contract that holds the clauses of each topic with twins of its own kind."""

_ALONE: Mapping[Topic, tuple[Side, str, Side, str]] = {
    Topic.SERVICE_LEVEL: (
        Side.FOR,
        "Outages bring credits from above and cost none below.",
        Side.AGAINST,
        "Outages cost credits below and bring none from above.",
    ),
    Topic.DELAY: (
        Side.FOR,
        "Lateness brings damages from above and costs none below.",
        Side.AGAINST,
        "Lateness costs damages below and brings none from above.",
    ),
    Topic.POWER: (
        Side.AGAINST,
        "Electricity is paid above and is in the price below.",
        Side.FOR,
        "Electricity is in the price above and is charged below.",
    ),
    Topic.PREPAYMENT: (
        Side.AGAINST,
        "Money is paid ahead above and none comes in ahead below.",
        Side.FOR,
        "Money comes in ahead below and none is paid ahead above.",
    ),
    Topic.DEMAND_RESPONSE: (
        Side.FOR,
        "Income is shared with the middle party and it hands none on.",
        Side.EITHER,
        "A share is promised below of income that comes from no clause above.",
    ),
}
"""What follows where a clause has no twin: above alone, then below alone."""


def gaps(above: Contract, below: Contract) -> tuple[Gap, ...]:
    """Tell every difference between two neighbouring contracts, by topic.

    Args:
        above: The contract the middle party buys under.
        below: The contract it sells under.
    """
    pairs = twin_tranches(above, below)
    found: list[Difference] = []
    for topic in OF:
        found += _clauses(topic, above, below, pairs)
    found += terms(above, below, pairs)
    order = list(Topic)
    return tuple(
        Gap(
            party=below.seller,
            above=above.id,
            below=below.id,
            topic=each.topic,
            aspect=each.aspect,
            above_clause=each.above_clause,
            below_clause=each.below_clause,
            above_says=each.above_says,
            below_says=each.below_says,
            side=each.side,
            text=each.text,
        )
        for each in sorted(found, key=lambda each: order.index(each.topic))
    )


def twin_tranches(above: Contract, below: Contract) -> tuple[Pair, ...]:
    """Pair tranches that stand in the same place, wholly or in part.

    Where both name their nodes, those they share decide; else their phase, where both have
    one; else a site where one of the contracts has a single tranche. Others are not paired:
    nothing says that they belong together.
    """
    return tuple(
        (upper, lower)
        for upper in above.tranches
        for lower in below.tranches
        if _twins(upper, lower, above, below)
    )


def same_place(first: Tranche, second: Tranche) -> bool | None:
    """Whether two tranches stand in the same place: by nodes, else by phase; None is not said."""
    if first.site != second.site:
        return False
    if first.nodes is not None and second.nodes is not None:
        return not set(hosts(first.nodes)).isdisjoint(hosts(second.nodes))
    if first.phase is not None and second.phase is not None:
        return first.phase == second.phase
    return None


def _twins(upper: Tranche, lower: Tranche, above: Contract, below: Contract) -> bool:
    said = same_place(upper, lower)
    if said is not None:
        return said
    return 1 in [sum(t.site == upper.site for t in c.tranches) for c in (above, below)]


Clause = tuple[str, Any]
"""A clause with its path in the contract."""


def clauses(contract: Contract, topic: Topic) -> tuple[Clause, ...]:
    """Give the clauses of a topic with their paths: `service_levels.node`, `delay_damages[0]`."""
    name = _CLAUSES[topic]
    held = getattr(contract, name)
    if held is None:
        return ()
    if not isinstance(held, tuple):
        return ((name, held),)
    return tuple(
        (f"{name}.{clause.id}" if hasattr(clause, "id") else f"{name}[{index}]", clause)
        for index, clause in enumerate(held)
    )


def _clauses(
    topic: Topic, above: Contract, below: Contract, pairs: Sequence[Pair]
) -> Iterator[Difference]:
    """Hold the clauses of one topic against their twins."""
    uppers, lowers = list(clauses(above, topic)), list(clauses(below, topic))
    for upper, lower in _matched(uppers, lowers, pairs):
        for aspect in OF[topic]:
            values = (aspect.read(upper[1]), aspect.read(lower[1]))
            looked_at = aspect.applies(upper[1]) and aspect.applies(lower[1])
            if looked_at and values[0] != values[1]:
                said = (aspect.say(values[0]), aspect.say(values[1]))
                yield Difference(
                    topic,
                    aspect.name,
                    upper[0],
                    lower[0],
                    said[0],
                    said[1],
                    aspect.judge(*values),
                    aspect.text.format(above=said[0], below=said[1]),
                )
    side_above, text_above, side_below, text_below = _ALONE[topic]
    for path, _ in uppers:
        yield Difference(topic, "none below", path, None, path, "nothing", side_above, text_above)
    for path, _ in lowers:
        yield Difference(topic, "none above", None, path, "nothing", path, side_below, text_below)


def _matched(
    uppers: list[Clause], lowers: list[Clause], pairs: Sequence[Pair]
) -> Iterator[tuple[Clause, Clause]]:
    """Pair clauses that hold for the same capacity, those of one scope first; the rest stay."""
    for same_scope in (True, False):
        for upper in list(uppers):
            fitting = (
                lower
                for lower in lowers
                if _together(upper[1], lower[1], pairs)
                and (not same_scope or _scope(upper[1]) == _scope(lower[1]))
            )
            lower = next(fitting, None)
            if lower is not None:
                uppers.remove(upper)
                lowers.remove(lower)
                yield upper, lower


def _scope(clause: Any) -> object:
    return getattr(clause, "scope", None)


def _together(upper: Any, lower: Any, pairs: Sequence[Pair]) -> bool:
    """Whether two clauses hold for a pair of twin tranches; clauses of the whole always do."""
    of_upper, of_lower = getattr(upper, "tranches", ()), getattr(lower, "tranches", ())
    if not of_upper and not of_lower:
        return True
    return any(
        (not of_upper or first.id in of_upper) and (not of_lower or second.id in of_lower)
        for first, second in pairs
    )
