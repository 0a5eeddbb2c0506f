"""How late capacity comes by what the catalogue knew on a day, and nothing later.

Two ways, tried in this order:

    fit        the milestones that were due by then (`fit_delay`), where at least two were
               late and more of them were looked at again than were not
    studies    published overruns of large projects (`fit_overruns`)

A fit of a handful is widened, so that its central 90 % is that of the next one to come and
not of the curve: for n late ones with deviation s of their logarithms,

    sigma = s · √(1 + 1/n) · t(n−1, 0.95) / 1.645        late = (n + 1) / (due + 2)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

import scipy

from offtake.catalogue.delay import DelayFit, fit_delay
from offtake.catalogue.lateness import Lateness
from offtake.catalogue.overruns import fit_overruns
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.value import Value

Basis = Literal["fit", "studies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayForecast(Value):
    """A law of lateness, made with the knowledge of one day."""

    as_of: date
    """The day whose knowledge was used."""
    law: Lateness
    basis: Basis
    """Which way it was found."""
    why: str
    """What it rests on, in a sentence."""
    passed_over: tuple[str, ...] = ()
    """The ways that come first and could not be gone, each with the reason."""
    sources: tuple[str, ...] = ()
    """Whose figures it was made from."""


def forecast_delay(as_of: date) -> DelayForecast:
    """Say how late capacity comes by what the catalogue knew on a day.

    Raises:
        OfftakeError: nothing known on that day says so (`OTK-K306`).
    """
    own, refused = _own(as_of)
    if own is not None:
        return _fitted(own)
    published = fit_overruns(as_of)
    if published is None:
        raise OfftakeError(
            Fault(
                code="OTK-K306",
                what="nothing known on that day says how late capacity comes",
                where=Where(path="overruns"),
                got=str(as_of),
                hint="ask for a later day, or give the portfolio a delay process of that day",
            )
        )
    law = Lateness(
        late_share=published.late_share,
        median_days=published.median_days,
        log_sigma=published.log_sigma,
    )
    return DelayForecast(
        as_of=as_of,
        law=law,
        basis="studies",
        why=(
            f"{len(published.studies)} published points of how far large projects overran, over a "
            f"planned time of {published.planned_days:.0f} days: the median of the "
            f"{published.planned_count} milestones whose announcement was on record"
        ),
        passed_over=(refused,),
        sources=tuple(dict.fromkeys(row.source for row in published.studies)),
    )


def _own(as_of: date) -> tuple[DelayFit | None, str]:
    """Fit the catalogue's own record; else say why it cannot serve."""
    try:
        fit = fit_delay(as_of)
    except OfftakeError:
        return None, "the record of milestones (fewer than two late ones were known)"
    if fit.unseen_count >= fit.due_count:
        return None, (
            f"the record of milestones ({fit.due_count} of those due had been looked at again and "
            f"{fit.unseen_count} had not: who was looked at decides such a sample)"
        )
    return fit, ""


def _fitted(fit: DelayFit) -> DelayForecast:
    late = fit.late_count
    wide = math.sqrt(1 + 1 / late) * float(
        scipy.special.stdtrit(late - 1, 0.95) / scipy.special.ndtri(0.95)
    )
    law = Lateness(
        late_share=(late + 1) / (fit.due_count + 2),
        median_days=math.exp(fit.late_mu),
        log_sigma=fit.late_sigma * wide,
    )
    return DelayForecast(
        as_of=fit.as_of,
        law=law,
        basis="fit",
        why=f"{late} of {fit.due_count} milestones due by then were late, fitted and widened",
        sources=tuple(dict.fromkeys(row.source for row in fit.sample)),
    )
