"""Availability: how long each unit of a tranche was up, as a service level counts it.

    1 − down / in service        over month ∩ service time, by unit

Down is the union of the outages that count: of the scope looked at or a larger one, not of
an excluded cause, from failure or from notice, at least as long as the shortest that counts
(judged on the united outage, before a month cuts it). Maintenance that counts as up leaves
that untouched: an outage that falls into it still counts. Beyond the allowance, or where it
does not count as up, the time that only maintenance took is down too.

What is looked at, by scope: `gpu` each accelerator; `node` each node; `rack` each node, by
outages of racks and more; `cluster` the tranche, down while less than `up_share` of its
nodes in service are up; `fabric` the same, by outages of the fabric alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from offtake.ledger.case import Case, exactly
from offtake.ledger.fleet import fleet
from offtake.ledger.outages import (
    OPEN,
    RANK,
    Downs,
    Facts,
    Mask,
    downs,
    facts,
    note_open,
    touches,
)
from offtake.ledger.spans import Span, Spans, seconds
from offtake.ledger.sweeps import (
    Ints,
    Marks,
    at_least_long,
    cut,
    falls_short,
    joined,
    lengths,
    marks,
    united,
)
from offtake.model.clause import Clock, Scope, ServiceLevel
from offtake.model.contract import Tranche
from offtake.model.month import epoch

WHOLE = (Scope.CLUSTER, Scope.FABRIC)
"""Scopes that look at a tranche as one."""
_LEAST = {
    Scope.GPU: RANK[Scope.GPU],
    Scope.NODE: RANK[Scope.NODE],
    Scope.RACK: RANK[Scope.RACK],
    Scope.CLUSTER: RANK[Scope.NODE],
    Scope.FABRIC: RANK[Scope.FABRIC],
}
"""The smallest failure each scope looks at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fared:
    """How the units of a tranche fared over an interval."""

    units: Downs
    """The units: nodes, accelerators, or the tranche as one."""
    served: Ints
    """Seconds each was in service."""
    down: Ints
    """Seconds each was down, times `scale`."""
    scale: int
    """What `down` is to be divided by: 1 unless an allowance has parts of a second."""
    rows: Mask
    """The events that were looked at."""
    names: tuple[str, ...]
    """Nodes of the tranche."""

    def availability(self, unit: int) -> Fraction:
        """Give the share of its time in service that a unit was up."""
        whole = int(self.served[unit]) * self.scale
        return Fraction(whole - int(self.down[unit]), whole)

    def below(self, share: Fraction) -> Ints:
        """Give the units that were up for less than a share of their time in service."""
        up = self.served * self.scale - self.down
        short = up * share.denominator < share.numerator * self.served * self.scale
        return np.flatnonzero(short & (self.served > 0))

    def of(self, node: str) -> Fraction:
        """Give the availability of a node, or of its first accelerator; any name of a whole."""
        place = self.names.index(node) if node in self.names else -1
        units = np.flatnonzero(self.units.node == place)
        if not len(units):
            units = np.flatnonzero(self.units.node < 0)
        return self.availability(int(units[0]))


def fared(case: Case, level: ServiceLevel, tranche: Tranche, window: Span) -> Fared:
    """Work out how long each unit of a tranche was up over a window."""
    known = facts(case, tranche)
    rows = _rows(known, level, window)
    note_open(case, known, rows)
    _note_unnoticed(case, known, level, rows)
    if level.scope in WHOLE:
        units, out, both = _whole(case, level, tranche, window, rows)
    else:
        units, out, both = _each(case, level, tranche, window, rows)
    count = len(units.node)
    lost = lengths(cut(out, (window,)), count)
    only = lengths(cut(both, (window,)), count) - lost
    free = _allowance(level)
    if free is None:
        down, scale = lost, 1
    else:
        scale = free.denominator
        down = lost * scale + np.maximum(only * scale - free.numerator, 0)
    return Fared(
        units=units,
        served=_served(case, level, tranche, units, window),
        down=down,
        scale=scale,
        rows=rows,
        names=fleet(case, tranche).names,
    )


def _rows(known: Facts, level: ServiceLevel, window: Span) -> Mask:
    """Tell which events a service level looks at."""
    rows = (known.rank >= _LEAST[level.scope]) & known.causes(level.excluded_causes)
    if _allowance(level) is None:
        rows &= ~known.maintenance
    if level.shortest_outage_minutes:
        return rows & (known.start < window[1])  # earlier ones may be part of a longer outage
    return rows & touches(known, window)


def _allowance(level: ServiceLevel) -> Fraction | None:
    """Give the seconds of maintenance that are free; None is any."""
    if not level.maintenance_counts_as_up:
        return Fraction(0)
    if level.maintenance_allowance_hours is None:
        return None
    return exactly(level.maintenance_allowance_hours) * 3600


def _each(
    case: Case, level: ServiceLevel, tranche: Tranche, window: Span, rows: Mask
) -> tuple[Downs, Marks, Marks]:
    """Give the units of nodes or accelerators, when outages and when anything took them down."""
    known = facts(case, tranche)
    by_gpu = level.scope is Scope.GPU
    made = downs(
        case,
        tranche,
        rows & ~known.maintenance,
        window=window,
        apart=rows,
        clock=level.clock,
        by_gpu=by_gpu,
    )
    out = at_least_long(made.marks, _shortest(level))
    if not (rows & known.maintenance).any():
        return made, out, out
    kept = downs(
        case,
        tranche,
        rows & known.maintenance,
        window=window,
        apart=rows,
        clock=level.clock,
        by_gpu=by_gpu,
    )
    return made, out, united(joined(out, kept.marks))


def _whole(
    case: Case, level: ServiceLevel, tranche: Tranche, window: Span, rows: Mask
) -> tuple[Downs, Marks, Marks]:
    """Give a tranche as one unit, when outages and when anything took too much of it down."""
    known, found = facts(case, tranche), fleet(case, tranche)
    horizon = min(window[1], epoch(case.as_of))
    up_share = Fraction(level.up_share)

    def short(mask: Mask) -> Marks:
        made = downs(case, tranche, mask, window=window, clock=level.clock)
        there = [
            ((start, min(end, horizon)), len(cohort.members))
            for cohort in found.cohorts
            for start, end in cohort.spans
        ]
        return _marked(falls_short(made.marks, made.many, there, up_share))

    out = at_least_long(short(rows & ~known.maintenance), _shortest(level))
    both = united(joined(out, short(rows))) if (rows & known.maintenance).any() else out
    one = np.array([0], np.int64)
    many = np.array([found.count], np.int64)
    return Downs(node=one - 1, many=many, cohort=one, marks=out), out, both


def _marked(spans: Spans) -> Marks:
    return marks([0] * len(spans), [s for s, _ in spans], [e for _, e in spans])


def _shortest(level: ServiceLevel) -> Fraction:
    return exactly(level.shortest_outage_minutes) * 60


def _served(case: Case, level: ServiceLevel, tranche: Tranche, units: Downs, window: Span) -> Ints:
    """Give the seconds each unit was in service inside a window."""
    if level.scope in WHOLE:
        return np.array([seconds(case.services[tranche.id].spans(window))], np.int64)
    cohorts = fleet(case, tranche).cohorts
    each = [
        sum(max(min(e, window[1]) - max(s, window[0]), 0) for s, e in cohort.spans)
        for cohort in cohorts
    ]
    return np.array([*each, 0], np.int64)[units.cohort]


def _note_unnoticed(case: Case, known: Facts, level: ServiceLevel, rows: Mask) -> None:
    if level.clock is not Clock.NOTICE:
        return
    for event in _unnoticed(known, rows):
        case.note(
            f"outage {event} was never noticed to the seller: "
            f"by service_levels.{level.id} it does not count"
        )


def _unnoticed(known: Facts, rows: Mask) -> Iterator[str]:
    missing = rows & ~known.maintenance & (known.noticed >= OPEN)
    for row in np.flatnonzero(missing).tolist():
        yield known.events[row].id
