"""What is there in a quarter of one future: spans of time of each lot, and what took the rest.

planned   on the days it is due
late      not yet there because it is late (less what it stays longer at its end)
default   gone because who provides it is
outage    dark, with its site
there     what is left: planned = late + default + outage + there
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from offtake.model.fleet import Cluster, Delivery
from offtake.simulate.stress.case import QUARTER_HOURS, Case, Floats, Lot

EFFECTS = ("planned", "late", "default", "outage", "there")
"""What `hours` tells of each place, in order."""
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Moment:
    """A quarter of a future."""

    future: int
    quarter: int

    @property
    def first(self) -> float:
        """Hours from the beginning of the horizon to its own."""
        return self.quarter * QUARTER_HOURS


def dark(case: Case, place: int, at: Moment) -> Span:
    """Give the hours of the quarter in which a place is dark, drawn once for all of a site."""
    lasts = float(case.outage[place, at.future, at.quarter]) * QUARTER_HOURS
    site = case.places[place].site
    key = [case.seed, at.future, at.quarter, *site.encode()]
    begins = float(np.random.default_rng(key).random()) * (QUARTER_HOURS - lasts)
    return begins, begins + lasts


def spans(case: Case, lot: Lot, at: Moment) -> tuple[list[Span], Floats]:
    """Give when a lot is there, in hours of the quarter, and the hours of each of `EFFECTS`."""
    late = float(lot.late_hours[at.future])
    planned = _inside(lot.due_hours, lot.due_hours + lot.lasts_hours, at)
    begins, ends = lot.due_hours + late, lot.due_hours + late + lot.lasts_hours
    come = _inside(begins, ends, at)
    kept = _inside(begins, min(ends, float(lot.ends_hours[at.future])), at)
    off, on = dark(case, lot.place, at)
    left = [(kept[0], min(kept[1], off)), (max(kept[0], on), kept[1])] if on > off else [kept]
    left = [span for span in left if span[1] > span[0]]
    there = sum(_long(span) for span in left)
    hours = np.array(
        [
            _long(planned),
            _long(planned) - _long(come),
            _long(come) - _long(kept),
            _long(kept) - there,
            there,
        ]
    )
    return left, hours


def _inside(begins: float, ends: float, at: Moment) -> Span:
    first = min(max(begins - at.first, 0.0), QUARTER_HOURS)
    return first, max(first, min(ends - at.first, QUARTER_HOURS))


def _long(span: Span) -> float:
    return max(0.0, span[1] - span[0])


def hours(case: Case, at: Moment) -> Floats:
    """Give accelerator-hours of each of `EFFECTS`, [P, 5]."""
    made = np.zeros((len(case.places), len(EFFECTS)))
    for lot in case.lots:
        made[lot.place] += lot.accelerators * spans(case, lot, at)[1]
    return made


def clusters(case: Case, at: Moment, unit: int) -> tuple[tuple[int, ...], tuple[Cluster, ...]]:
    """Give the clusters of a quarter, in nodes of `unit` accelerators, and their places."""
    given: dict[int, list[Delivery]] = {}
    so_far = [0.0] * len(case.places)
    for lot in case.lots:
        before = round(so_far[lot.place] / unit)
        so_far[lot.place] += lot.accelerators
        nodes = round(so_far[lot.place] / unit) - before
        if nodes > 0:
            given.setdefault(lot.place, []).extend(_deliveries(case, lot, at, nodes))
    found = sorted((place, held) for place, held in given.items() if held)
    return (
        tuple(place for place, _ in found),
        tuple(
            Cluster(
                id=f"p{place}",
                site=case.places[place].site,
                accelerator=case.places[place].accelerator,
                accelerators_per_node_count=unit,
                nodes_per_pod_count=max(1, 3072 // unit),
                deliveries=tuple(held),
            )
            for place, held in found
        ),
    )


def _deliveries(case: Case, lot: Lot, at: Moment, nodes: int) -> Iterator[Delivery]:
    for begins, ends in spans(case, lot, at)[0]:
        # What goes with the quarter's end may finish what it does.
        gone = None if ends >= QUARTER_HOURS else ends
        yield Delivery(node_count=nodes, arrives_hours=begins, leaves_hours=gone)
