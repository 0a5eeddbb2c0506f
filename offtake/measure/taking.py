"""Metrics are made here and nowhere else, each held against its definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.definitions import definition
from offtake.model.metric import Boundary, Counting, Definition, Evidence, Metric, Subject
from offtake.model.power import CarbonBasis

_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What metrics of one subject and window share."""

    of: Subject
    starts: datetime
    ends: datetime
    source: str
    evidence: Evidence = Evidence.MEASURED
    covered: float = 1.0
    """Share of the window that was read."""
    counting: Counting | None = None
    carbon_basis: CarbonBasis | None = None
    note: str = ""

    def but(self, **changed: object) -> Within:
        """Give the same with something else."""
        return replace(self, **changed)  # type: ignore[arg-type]


def take(
    name: str,
    within: Within,
    boundary: Boundary,
    numerator: float,
    denominator: float | None = None,
) -> Metric:
    """Give a metric.

    Raises:
        OfftakeError: with everything about it that its definition does not allow
            (`OTK-Q001` to `OTK-Q005`).
    """
    known = definition(name)
    made = Metric(
        id=known.id,
        version=known.version,
        of=within.of,
        numerator_amount=float(numerator),
        denominator_amount=None if denominator is None else float(denominator),
        unit=known.unit,
        boundary=boundary,
        starts=within.starts,
        ends=within.ends,
        source=within.source,
        evidence=within.evidence,
        covered_share=within.covered,
        counting=within.counting if known.is_carbon else None,
        carbon_basis=within.carbon_basis if known.is_carbon else None,
        note=within.note,
    )
    faults = list(against(made, known))
    if faults:
        raise OfftakeError(faults)
    return made


def against(metric: Metric, known: Definition) -> Iterator[Fault]:
    """Hold a metric against its definition; `OTK-Q002` to `OTK-Q005`, and `OTK-Q034`."""
    where = Where(path=f"{metric.of.name}: {metric.id}")

    def fault(code: str, what: str, got: object) -> Fault:
        return Fault(code=code, what=what, where=where, got=str(got))

    if metric.boundary not in known.boundaries:
        listed = ", ".join(known.boundaries)
        yield fault("OTK-Q002", f"it may be taken at: {listed}", metric.boundary)
    if metric.unit != known.unit:
        yield fault("OTK-Q034", f"its unit is {known.unit}", metric.unit)
    below = metric.denominator_amount
    if bool(known.denominator) != (below is not None) or (below is not None and below <= 0):
        wanted = f"{known.denominator}, above 0" if known.denominator else "no denominator"
        yield fault("OTK-Q003", f"what is below the line must be {wanted}", below)
    elif known.is_share and not -_SLACK <= metric.value <= 1 + _SLACK:
        yield fault("OTK-Q004", "a share lies between 0 and 1", f"{metric.value:g}")
    if known.is_carbon and (metric.counting is None or metric.carbon_basis is None):
        what = "carbon says `counting` (average or marginal) and `carbon_basis`"
        yield fault("OTK-Q005", what, f"{metric.counting}, {metric.carbon_basis}")


def above_zero(**numbers: float) -> None:
    """Refuse numbers a formula cannot have.

    Raises:
        OfftakeError: one is not above 0, or not a number (`OTK-Q006`).
    """
    wrong = [
        Fault(code="OTK-Q006", what="must be above 0", where=Where(path=name), got=f"{number!r}")
        for name, number in numbers.items()
        if not number > 0.0
    ]
    if wrong:
        raise OfftakeError(wrong)
