"""Breaches: service levels that were missed, with the credit each is worth and its proof.

    availability < tier ──> credit share · fee of the same scope ──> one line, rounded once

The fee is that of what was looked at. Of a cluster it is what was charged for its tranche
(capacity or use, minimums left out); of a node it is the node's part of that, by its seconds
in service; of an accelerator its part of the node's. Of a quarter or a year it is the fee of
all its months, and the credit is settled with the last of them.

Nodes with the very same outages share a line: a fabric that takes 4,096 nodes down is one
line, not 4,096, and is rounded once. A line is called after the first of its nodes, so that
it keeps its name when a late fact moves another node out of the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from offtake.ledger.availability import WHOLE, Fared, fared
from offtake.ledger.case import Case, exactly, window
from offtake.ledger.fees import fee
from offtake.ledger.fleet import fleet
from offtake.ledger.hosts import folded
from offtake.ledger.intervals import closes, months
from offtake.ledger.outages import Facts, facts, named
from offtake.ledger.spans import Span
from offtake.ledger.sweeps import cut, marks
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.claim import ClaimState
from offtake.model.clause import CreditTier, Scope, ServiceLevel
from offtake.model.contract import Tranche
from offtake.model.event import EventKind
from offtake.model.month import Month

SECONDS_PER_DAY = 86_400
_UNIT = "share of the fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A service level missed by a node, nodes of one fate, or a tranche as a whole."""

    level: ServiceLevel
    """The service level."""
    availability: Fraction
    """Share of the time in service it was up."""
    tier: CreditTier
    """The tier it reached."""
    evidence: tuple[str, ...]
    """Events it rests on, as sources of a step."""
    line: Charge
    """The line of its credit, whether or not it is given."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Units of one fate."""

    name: str
    """The first of them."""
    subject: str
    """All of them."""
    unit: int
    """One of them."""
    many: int
    """How many nodes, or accelerators."""
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tier:
    """A tier, as it is reckoned with and said."""

    tier: CreditTier
    below: Fraction
    share: Fraction
    what: str
    says: str


@dataclass(frozen=True, slots=True)
class _Missed:
    """What a group missed a service level by, and the fee its credit is a share of."""

    tier: _Tier
    availability: Fraction
    part: Fraction
    fees: tuple[Step, ...]


def breaches(case: Case, level: ServiceLevel, charges: Sequence[Charge]) -> tuple[Breach, ...]:
    """Give what missed a service level in the interval that is settled with this month.

    Nothing where the interval goes on after this month. `charges` are this month's lines of
    capacity and use.
    """
    found: list[Breach] = []
    for name in case.covered(level.tranches):
        tranche = next(t for t in case.contract.tranches if t.id == name)
        covered = interval(case, level, tranche)
        if covered:
            found += _of(case, level, tranche, covered, charges)
    return tuple(found)


def interval(case: Case, level: ServiceLevel, tranche: Tranche) -> tuple[Month, ...]:
    """Give the months of the interval that ends with this one; none where it goes on."""
    if not closes(case, level.interval, (tranche.id,)):
        return ()
    return months(case, level.interval)


def span_of(case: Case, covered: Sequence[Month]) -> Span:
    """Give the first second of the first month, and the first second after the last."""
    zone = case.contract.time_zone
    return window(covered[0], zone)[0], window(covered[-1], zone)[1]


def promised(level: ServiceLevel) -> Fraction:
    """Give the availability from which no credit is due."""
    return max((Fraction(tier.below_share) for tier in level.credits), default=Fraction(0))


def deadline(case: Case, level: ServiceLevel) -> datetime | None:
    """Give the last moment credits settled with this month can be claimed; None is automatic."""
    if level.claim_deadline_days is None:
        return None
    end = datetime.fromtimestamp(case.window[1], UTC)
    return end + timedelta(seconds=int(exactly(level.claim_deadline_days) * SECONDS_PER_DAY))


def state(case: Case, level: ServiceLevel, tranche: str) -> ClaimState:
    """Tell where credits of a tranche settled with this month stand."""
    last = deadline(case, level)
    if last is None:
        return ClaimState.AUTOMATIC
    path = f"{case.contract.id}.{tranche}"
    for event in case.known.of(EventKind.CLAIMED):
        of_this = (event.contract, event.service_level, event.month) == (
            case.contract.id,
            level.id,
            case.month,
        )
        if of_this and event.starts <= last and (not event.tranches or path in event.tranches):
            return ClaimState.CLAIMED
    return ClaimState.OPEN if case.as_of <= last else ClaimState.LAPSED


def _of(
    case: Case,
    level: ServiceLevel,
    tranche: Tranche,
    covered: Sequence[Month],
    charges: Sequence[Charge],
) -> Iterator[Breach]:
    span = span_of(case, covered)
    how = fared(case, level, tranche, span)
    units = how.below(promised(level))
    if not len(units):
        return
    tiers, base = _tiers(level), fee(case, tranche, covered, charges)
    weight = int((how.served * how.units.many).sum()) * base.amount.denominator
    for group in _groups(case, level, tranche, how, units, span):
        availability = how.availability(group.unit)
        tier = next(t for t in tiers if availability < t.below)
        held = int(how.served[group.unit]) * group.many
        part = Fraction(base.amount.numerator * held, weight)
        missed = _Missed(tier, availability, part, base.steps)
        yield Breach(
            level=level,
            availability=availability,
            tier=tier.tier,
            evidence=group.events,
            line=_line(case, level, tranche, group, how, missed),
        )


def _tiers(level: ServiceLevel) -> tuple[_Tier, ...]:
    """Give the tiers, the lowest first: the first that an availability is below of holds."""
    made = []
    for tier in sorted(level.credits, key=lambda tier: tier.below_share):
        below, share = Fraction(tier.below_share), Fraction(tier.credit_share)
        says = f"credit of {percent(share)} of its fee"
        made.append(_Tier(tier, below, share, f"credit below {percent(below)}", says))
    return tuple(made)


def _groups(
    case: Case, level: ServiceLevel, tranche: Tranche, how: Fared, units: Iterable[int], span: Span
) -> Iterator[_Group]:
    """Gather units with the same outages, in the order of their first node."""
    known = facts(case, tranche)
    if level.scope in WHOLE:
        inside = cut(how.units.marks, (span,)).spans(0)
        picked = np.flatnonzero(how.rows)
        hit = cut(marks(picked, known.start[picked], known.end[picked]), inside).unit
        events = named(known, np.unique(hit).tolist(), tranche.site)
        yield _Group(tranche.id, tranche.id, 0, int(how.units.many[0]), events)
        return
    alike: dict[tuple[tuple[int, ...] | None, int, int], list[int]] = {}
    rows = _hits(known, how, span)
    for unit in units:
        node = int(how.units.node[unit])
        fate = rows.get(node, ()) if node >= 0 else None
        key = (fate, int(how.units.cohort[unit]), int(how.down[unit]))
        alike.setdefault(key, []).append(int(unit))
    shared = rows.get(-1, ())
    for (outages, _, _), members in alike.items():
        events = named(known, sorted({*shared, *(outages or ())}), tranche.site)
        yield _group(case, level, tranche, how, members, events)


def _hits(known: Facts, how: Fared, span: Span) -> dict[int, tuple[int, ...]]:
    """Give the rows that hit each node inside a span; of -1 those that hit every node."""
    inside = how.rows & (known.start < span[1]) & (known.end > span[0])
    found: dict[int, tuple[int, ...]] = {-1: tuple(known.whole[inside[known.whole]].tolist())}
    mine = inside[known.event]
    nodes, rows = known.node[mine], known.event[mine]
    distinct, first = np.unique(nodes, return_index=True)
    ends = [*first.tolist()[1:], len(rows)]
    for node, start, end in zip(distinct.tolist(), first.tolist(), ends, strict=False):
        found[node] = tuple(rows[start:end].tolist())
    return found


def _group(
    case: Case,
    level: ServiceLevel,
    tranche: Tranche,
    how: Fared,
    members: list[int],
    events: tuple[str, ...],
) -> _Group:
    many = sum(how.units.many[members].tolist())
    places = how.units.node[members]
    if how.names and len(members) == 1 and places[0] >= 0 and level.scope is not Scope.GPU:
        name = how.names[int(places[0])]
        return _Group(name, name, members[0], many, events)
    if not how.names:
        cohort = int(how.units.cohort[members[0]])
        name = f"part{cohort}" if places[0] < 0 else f"part{cohort}.{members[0] + 1}"
        return _Group(name, f"{many} of {tranche.id}", members[0], many, events)
    if (places < 0).any():
        cohort = int(how.units.cohort[members[0]])
        apart = how.units.node[how.units.cohort == cohort]
        places = np.setdiff1d(fleet(case, tranche).cohorts[cohort].members, apart)
    names = [how.names[place] for place in np.unique(places).tolist()]
    name = names[0]
    if level.scope is Scope.GPU:
        name = f"{name}.gpu{members[0] - int(np.flatnonzero(how.units.node == places[0])[0])}"
    return _Group(name, folded(names), members[0], many, events)


def _line(
    case: Case,
    level: ServiceLevel,
    tranche: Tranche,
    group: _Group,
    how: Fared,
    missed: _Missed,
) -> Charge:
    clause, tier, subject = f"service_levels.{level.id}", missed.tier, group.subject
    whole = level.scope in WHOLE
    one = "" if group.many == 1 or whole else " each"
    steps = (
        Step(
            what=f"{subject}{one} in service",
            value=Fraction(int(how.served[group.unit]), 3600),
            unit="hours",
            sources=case.services[tranche.id].sources,
        ),
        Step(
            what=f"{subject}{one} down, outages united",
            value=Fraction(int(how.down[group.unit]), how.scale * 3600),
            unit="hours",
            sources=group.events,
        ),
        Step(what=f"availability of {subject}", value=missed.availability, unit="share"),
        Step(what=tier.what, value=tier.share, unit=_UNIT, sources=(f"clause:{clause}",)),
        *missed.fees,
        Step(what=f"fee of {subject}", value=missed.part, unit=case.contract.currency),
    )
    return case.charge(
        name=f"{clause}.{tranche.id}" if whole else f"{clause}.{tranche.id}.{group.name}",
        kind=ChargeKind.SERVICE_CREDIT,
        clause=clause,
        tranche=tranche.id,
        subject=subject,
        text=f"{subject} was up {percent(missed.availability)}: {tier.says}",
        quantity=-tier.share,
        unit=_UNIT,
        price=missed.part,
        steps=steps,
    )


def percent(share: Fraction) -> str:
    """Say a share as a percentage of at most six places, half up: `98.333333 %`."""
    numerator, denominator = share.numerator, share.denominator
    millionths = (2 * numerator * 10**8 + denominator) // (2 * denominator)
    text = f"{Decimal(millionths).scaleb(-6):f}"
    return f"{text.rstrip('0').rstrip('.')} %"
