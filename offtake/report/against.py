"""Two of a kind side by side: two plans, or two studies."""

from __future__ import annotations

from offtake.errors import Exit, Fault, OfftakeError
from offtake.model.plan import Plan
from offtake.model.study import Study
from offtake.report.compare import Comparison, compare_plans
from offtake.report.study.compare import compare_studies


def compare(a: Plan | Study, b: Plan | Study) -> Comparison:
    """Compare two plans or two studies: what is signed, what it brings, if it may be compared.

    Raises:
        OfftakeError: one is a plan and the other a study (`OTK-R004`).
    """
    if isinstance(a, Plan) and isinstance(b, Plan):
        return compare_plans(a, b)
    if isinstance(a, Study) and isinstance(b, Study):
        return compare_studies(a, b)
    fault = Fault(
        code="OTK-R004",
        what="a plan and a study do not compare",
        got=f"a {type(a).__name__.lower()} and a {type(b).__name__.lower()}",
        hint="compare two plans, or two studies",
    )
    raise OfftakeError(fault, exit=Exit.USAGE)
