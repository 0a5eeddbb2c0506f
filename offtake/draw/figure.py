"""The figures of a plan: each answers one question, with its words and its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import altair as alt

from offtake.draw import (
    capacity,
    cash,
    cover,
    limits,
    power,
    power_told,
    says,
    spread,
    tables,
    timeline,
    unserved,
    vehicle,
    words,
)
from offtake.draw.layout import FULL, WIDE, Frame
from offtake.draw.tables import Table
from offtake.model.plan import Plan

Held = TypeVar("Held")
"""What a figure is of: a plan, a study."""


@dataclass(frozen=True, slots=True)
class Figure(Generic[Held]):
    """A figure that answers one question."""

    key: str
    """Short name, unique on a page."""
    title: str
    """Its subject."""
    says: str
    """Its answer, in sentences."""
    reading: str
    """How to read it: units, signs, and what is modelled."""
    kind: str
    """What one would see, for who cannot see it."""
    table: Table
    """Its numbers."""
    draw: Callable[[Held, Frame], alt.LayerChart]
    """Draws it for a place."""
    wide: Frame = WIDE
    """The place it has on a wide page."""

    @property
    def described(self) -> str:
        """Say what it shows to who cannot see it."""
        return f"{self.title}. {self.kind} {self.says}"


def chart(plan: Plan, key: str, frame: Frame | None = None) -> alt.LayerChart:
    """Draw one figure of a plan by its short name, as an Altair chart.

    Raises:
        KeyError: the plan has no such figure.
    """
    figure = {figure.key: figure for figure in figures(plan)}[key]
    return figure.draw(plan, frame or figure.wide)


def figures(plan: Plan) -> tuple[Figure[Plan], ...]:
    """Give the figures of a plan, in the order a reader wants them.

    A figure that would be empty is left out: no deliveries, no time line.
    """
    found = (*_quarters(plan), *_dates(plan), *_vehicles(plan), *_power(plan), *_limits(plan))
    return tuple(figure for figure in found if figure.table.rows)


def _quarters(plan: Plan) -> tuple[Figure[Plan], ...]:
    on = words.modelled(plan).capitalize()
    return (
        Figure(
            key="capacity",
            title="Capacity in service against demand",
            says=says.capacity(plan),
            reading=f"{on}: mean capacity by tenure at the mix of work asked for; demand as "
            "median and P10–P90. Dashes: what was signed before the plan.",
            kind="Capacity stacked by tenure, quarter by quarter, under a fan of demand.",
            table=tables.capacity(plan),
            draw=capacity.draw,
        ),
        Figure(
            key="cash",
            title="Cash by quarter",
            says=f"{says.cash(plan)} {says.discounted(plan)}".strip(),
            reading=f"{on}, mean, not discounted. Below zero is paid.",
            kind="Bars of cash paid below zero and revenue above, and the net as a line.",
            table=tables.cash(plan),
            draw=cash.draw,
        ),
    )


def _left_out(plan: Plan) -> str:
    many = len(plan.deliveries)
    if many <= timeline.MOST:
        return ""
    return f" The largest of {many} deliveries are drawn, and all that is to be signed."


def _dates(plan: Plan) -> tuple[Figure[Plan], ...]:
    on = words.modelled(plan).capitalize()
    return (
        Figure(
            key="timeline",
            title="What is signed, what to sign, and when it comes",
            says=says.timeline(plan),
            reading="Hatched: signed but not yet in service. A bar begins at the median date; "
            "the whisker is its P10–P90, modelled. MW at the servers, as written."
            + _left_out(plan),
            kind="A bar for each delivery on a time line.",
            table=tables.timeline(plan),
            draw=timeline.draw,
            wide=FULL,
        ),
        Figure(
            key="spread",
            title="Cost, net present value and their risk",
            says=says.spread(plan),
            reading=f"{on}, discounted to {plan.horizon.first}. Bar: P10–P90; stroke: median; "
            f"dot: mean; diamond: mean of the {words.worst(plan)}.",
            kind="Two strips on one scale of money.",
            table=tables.spread(plan),
            draw=spread.draw,
        ),
        Figure(
            key="unserved",
            title="Demand not served",
            says=says.unserved(plan),
            reading=f"{on}, mean share of each quarter's demand.",
            kind="A bar for each quarter.",
            table=tables.unserved(plan),
            draw=unserved.draw,
        ),
    )


def _vehicles(plan: Plan) -> tuple[Figure[Plan], ...]:
    table = vehicle.cover(plan)
    if not table.rows:
        return ()
    largest = vehicle.building(plan)[0]
    return (
        Figure(
            key="cover",
            title=f"How well {vehicle.named(largest)} covers its debt service",
            says=vehicle.covered(largest),
            reading=f"{words.modelled(plan).capitalize()}: box P10–P90, stroke median, diamond the "
            "worst scenario, over those in which service is due; dot: as planned.",
            kind="A box for each year, and lines for lock-up and covenant.",
            table=table,
            draw=cover.draw,
        ),
    )


def _power(plan: Plan) -> tuple[Figure[Plan], ...]:
    if not power_told.powered(plan):
        return ()
    return (
        Figure(
            key="power",
            title="What powers the sites that are run by the hour",
            says=power_told.says(plan),
            reading=f"{words.modelled(plan).capitalize()}, mean: energy each supply makes for "
            "the work done, what batteries lose included.",
            kind="A bar for each year of each site, stacked by kind of supply.",
            table=power_told.energy(plan),
            draw=power.draw,
        ),
    )


def _limits(plan: Plan) -> tuple[Figure[Plan], ...]:
    return (
        Figure(
            key="limits",
            title="What one percent more of each limit is worth",
            says=says.limits(plan),
            reading="Modelled, at the margin, with whole blocks held: gain in the objective, "
            "discounted, added up over the quarters a limit holds in. One percent, because "
            "limits have different units; in grey what one more unit is worth.",
            kind="A horizontal bar for each limit, the most valuable first.",
            table=tables.limits(plan),
            draw=limits.draw,
        ),
    )
